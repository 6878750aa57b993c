import { end, rows, verifyRecords, watermark } from "@millrace/testkit";
import { describe, expect, it } from "vitest";
import { FAIL } from "../record/user-code.ts";
import { type CoGroupRecordsSpec, createCoGroupRecords } from "./co-group-records.ts";

const keyOf = (record: unknown) => (record as readonly unknown[])[0];

const base: CoGroupRecordsSpec = {
  kind: "co-group-records",
  keysOf: [keyOf, keyOf],
  windows: { kind: "tumble", sizeMs: 10, offsetMs: 0 },
  apply: (lefts, rights, key, window) => [
    `${String(key)} ${window.start}-${window.end}: ${lefts.length} ${rights.length}`,
  ],
  onError: FAIL,
  late: 1,
  deadLetters: 2,
};

const verification = (spec: Partial<CoGroupRecordsSpec>) =>
  verifyRecords((context) => createCoGroupRecords({ ...base, ...spec }, context), [keyOf, keyOf]);

describe("co-group", () => {
  it("gives the records of each key and window once, when event time has passed its end", () => {
    verification({})
      .input(
        rows(0, [
          [["a", 1], 1],
          [["a", 2], 9],
          [["b", 3], 10],
        ]),
        rows(1, [
          [["a", 4], 5],
          [["c", 5], 7],
        ]),
        watermark(9),
        rows(1, [[["b", 6], 19]]),
        end(),
      )
      .expect([0, "a 0-10: 2 1", 9], [0, "c 0-10: 0 1", 9], [0, "b 10-20: 1 1", 19]);
  });

  it("keeps a record for each of its windows, and keys by value", () => {
    verification({ windows: { kind: "hop", sizeMs: 20, slideMs: 10, offsetMs: 0 }, apply: (lefts) => [lefts] })
      .input(
        rows(0, [
          [[[1, "x"], "first"], 5],
          [[[1, "x"], "second"], 15],
        ]),
        watermark(8),
        end(),
      )
      .expect(
        [0, [[[1, "x"], "first"]], 9],
        [
          0,
          [
            [[1, "x"], "first"],
            [[1, "x"], "second"],
          ],
          19,
        ],
        [0, [[[1, "x"], "second"]], 29],
      );
  });

  it("late records go to their side output; what is late for one window of two is not late", () => {
    verification({ windows: { kind: "hop", sizeMs: 20, slideMs: 10, offsetMs: 0 } })
      .input(
        watermark(19),
        rows(0, [
          [["a", 1], 9],
          [["a", 2], 10],
        ]),
        end(),
      )
      .metrics({ numLateRecords: 1 })
      .expect([1, ["a", 1], 9], [0, "a 10-30: 1 0", 29]);
  });

  it("errors follow the policy: of a record without time, of a key, of the function", () => {
    const spec: Partial<CoGroupRecordsSpec> = {
      onError: { retries: 0, otherwise: "skip" },
      keysOf: [
        (record) => {
          if (record === null) throw new Error("no key");
          return keyOf(record);
        },
        keyOf,
      ],
      apply: (_, __, key) => {
        if (key === "bad") throw new Error("bad key");
        return [key];
      },
    };
    verification(spec)
      .input(
        rows(0, [
          [["bad", 1], 1],
          [["a", 1], null],
          [["a", 1], 2],
        ]),
        end(),
      )
      .metrics({ numRecordsFailed: 2 })
      .expect([0, "a", 9]);
    expect(() =>
      verification({})
        .input(rows(0, [[["a", 1], null]]))
        .expect(),
    ).toThrow('operator failed on ["a",1]: the record has no event time, which windows go by');
  });
});
