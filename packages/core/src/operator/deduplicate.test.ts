/** The operators of deduplication: first by arrival, first in time, last (Top-1 that keeps the last of equal rows). */
import {
  change,
  end,
  processingTime,
  processingTimer,
  rows,
  type TestRow,
  verifyOperator,
  watermark,
} from "@millrace/testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BIGINT, type Field, STRING, TIMESTAMP_3 } from "../batch/data-type.ts";
import { createDeduplicateFirst } from "./deduplicate-first.ts";
import { createDeduplicateFirstInTime } from "./deduplicate-first-in-time.ts";
import { createTopOne } from "./top-one.ts";

const fields: readonly Field[] = [
  { name: "key", type: BIGINT },
  { name: "ts", type: TIMESTAMP_3 },
  { name: "name", type: STRING },
];
const allColumns = [0, 1, 2];

function verifyFirst(outputs: readonly number[] = allColumns) {
  return verifyOperator({
    create: (context) => createDeduplicateFirst({ kind: "deduplicate-first", fields, keys: [0], outputs }, context),
    inputs: [{ fields }],
    output: { fields: outputs.map((output) => fields[output]) },
    partitionedBy: [[0]],
  });
}

function verifyFirstInTime(outputs: readonly number[] = allColumns, keys: readonly number[] = [0]) {
  const spec = { kind: "deduplicate-first-in-time", fields, keys, timeColumn: 1, outputs } as const;
  return verifyOperator({
    create: (context) => createDeduplicateFirstInTime(spec, context),
    inputs: [{ fields }],
    output: { fields: outputs.map((output) => fields[output]) },
    ...(keys.length === 0 ? {} : { partitionedBy: [keys] }),
  });
}

describe("first by arrival", () => {
  it("lets the first row of each key pass, NULL being a key", () => {
    verifyFirst()
      .input(
        rows(0, [
          [1, 5, "a"],
          [2, 4, "b"],
          [1, 3, "c"],
          [null, 2, "d"],
        ]),
        rows(0, [
          [null, 1, "e"],
          [3, 0, null],
        ]),
      )
      .expectInOrder([1, 5, "a"], [2, 4, "b"], [null, 2, "d"], [3, 0, null]);
  });

  it("gives the columns that are asked for", () => {
    verifyFirst([2])
      .input(
        rows(0, [
          [1, 5, "a"],
          [1, 4, "b"],
          [2, 4, "c"],
        ]),
      )
      .expectInOrder(["a"], ["c"]);
  });
});

describe("first in time", () => {
  it("comes out when the watermark reaches it, and nothing of its key after it", () => {
    verifyFirstInTime()
      .input(
        rows(0, [
          [1, 20, "a"],
          [2, 30, "b"],
          [1, 10, "c"],
          [1, 10, "d"],
        ]),
        watermark(9),
        rows(0, [
          [1, 15, "e"],
          [2, 25, "f"],
        ]),
        watermark(10),
        rows(0, [
          [1, 11, "g"],
          [3, 12, "h"],
        ]),
        watermark(20),
        end(),
      )
      .expectInOrder([1, 10, "c"], [3, 12, "h"], [2, 25, "f"]);
  });

  it("leaves late rows out and counts them, but not those of keys that are done", () => {
    verifyFirstInTime()
      .input(
        rows(0, [[1, 10, "a"]]),
        watermark(20),
        rows(0, [
          [1, 5, "b"],
          [2, 20, "c"],
          [2, 21, "d"],
        ]),
        end(),
      )
      .metrics({ numLateRecordsDropped: 1 })
      .expectInOrder([1, 10, "a"], [2, 21, "d"]);
  });

  it("works without a key, and with the time as one", () => {
    verifyFirstInTime([1, 2], [])
      .input(
        rows(0, [
          [1, 20, "a"],
          [2, 10, "b"],
        ]),
        watermark(10),
        rows(0, [[3, 11, "c"]]),
        end(),
      )
      .expectInOrder([10, "b"]);
    verifyFirstInTime([1, 0], [1])
      .input(
        rows(0, [
          [1, 20, "a"],
          [2, 10, "b"],
          [3, 20, "c"],
        ]),
        watermark(10),
        end(),
      )
      .expectInOrder([10, 2], [20, 1]);
  });

  it("fails for a row without time", () => {
    expect(() =>
      verifyFirstInTime()
        .input(rows(0, [[1, null, "a"]]))
        .expect(),
    ).toThrow(/rowtime is NULL/);
  });

  it("agrees with the definition", () => {
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.tuple(fc.nat({ max: 4 }), fc.nat({ max: 30 })) },
      { weight: 1, arbitrary: fc.nat({ max: 30 }) },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const first = new Map<number, TestRow & readonly [number, number, string]>();
        const events = [];
        let reached = Number.NEGATIVE_INFINITY;
        let count = 0;
        for (const given of steps) {
          if (typeof given === "number") {
            if (given <= reached) continue;
            reached = given;
            events.push(watermark(given));
            continue;
          }
          const [key, time] = given;
          const row = [key, time, `n${count++}`] as const;
          events.push(rows(0, [row]));
          const known = first.get(key);
          const isDone = known !== undefined && known[1] <= reached;
          if (time > reached && !isDone && (known === undefined || time < known[1])) first.set(key, row);
        }
        verifyFirstInTime()
          .input(...events, end())
          .expect(...first.values());
      }),
      { numRuns: 40 },
    );
  });
});

describe("time to live", () => {
  it("of a key in the order of arrival ends so long after its first row", () => {
    const spec = { kind: "deduplicate-first", fields, keys: [0], outputs: [2], ttlMs: 100 } as const;
    verifyOperator({
      create: (context) => createDeduplicateFirst(spec, context),
      inputs: [{ fields }],
      output: { fields: [fields[2]] },
    })
      .input(
        processingTime(0),
        rows(0, [[1, 5, "a"]]),
        processingTime(60),
        rows(0, [
          [1, 5, "b"],
          [2, 5, "c"],
        ]),
        processingTime(100),
        rows(0, [
          [1, 5, "d"],
          [2, 5, "e"],
          [1, 5, "f"],
        ]),
        processingTimer(1000),
        rows(0, [[2, 5, "g"]]),
      )
      .expectInOrder(["a"], ["c"], ["d"], ["g"]);
  });

  it("of a key in time ends so long after its row came out", () => {
    const spec = {
      kind: "deduplicate-first-in-time",
      fields,
      keys: [0],
      timeColumn: 1,
      outputs: [2],
      ttlMs: 100,
    } as const;
    verifyOperator({
      create: (context) => createDeduplicateFirstInTime(spec, context),
      inputs: [{ fields }],
      output: { fields: [fields[2]] },
    })
      .input(
        processingTime(0),
        rows(0, [[1, 5, "a"]]),
        processingTime(50),
        watermark(5),
        processingTime(140),
        rows(0, [[1, 6, "b"]]),
        processingTime(150),
        rows(0, [[1, 7, "c"]]),
        end(),
      )
      .expectInOrder(["a"], ["c"]);
  });
});

describe("last", () => {
  const verifyLast = (order: readonly number[]) =>
    verifyOperator({
      create: (context) =>
        createTopOne(
          {
            kind: "top-one",
            fields,
            keys: [0],
            order: order.map((column) => ({ column, descending: true, nullsFirst: false })),
            outputs: allColumns,
            keepsLast: true,
          },
          context,
        ),
      inputs: [{ fields }],
      output: { fields },
      partitionedBy: [[0]],
    });

  it("in time: an earlier row changes nothing, one of the same time does", () => {
    verifyLast([1])
      .input(rows(0, [[1, 10, "a"]]), rows(0, [[1, 9, "b"]]), rows(0, [[1, 10, "c"]]), rows(0, [[1, 12, "d"]]))
      .expectInOrder(
        [1, 10, "a"],
        change("-U", 1, 10, "a"),
        change("+U", 1, 10, "c"),
        change("-U", 1, 10, "c"),
        change("+U", 1, 12, "d"),
      );
  });

  it("by arrival: each row takes the place of the one before", () => {
    verifyLast([])
      .input(
        rows(0, [
          [1, 10, "a"],
          [2, 1, "x"],
        ]),
        rows(0, [[1, 9, "b"]]),
        rows(0, [[1, 8, "c"]]),
      )
      .expectTable([1, 8, "c"], [2, 1, "x"]);
  });
});
