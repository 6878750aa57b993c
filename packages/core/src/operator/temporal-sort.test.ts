import { end, type OperatorEvent, rows, verifyOperator, watermark } from "@millrace/testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BIGINT, type Field, STRING, TIMESTAMP_3 } from "../batch/data-type.ts";
import { createTemporalSort } from "./temporal-sort.ts";

const fields: readonly Field[] = [
  { name: "ts", type: TIMESTAMP_3 },
  { name: "n", type: BIGINT },
  { name: "name", type: STRING },
];

function verify(...keys: readonly (readonly [column: number, descending: boolean])[]) {
  const sortKeys = keys.map(([column, descending]) => ({ column, descending, nullsFirst: !descending }));
  return verifyOperator({
    create: (context) => createTemporalSort({ kind: "temporal-sort", fields, timeColumn: 0, keys: sortKeys }, context),
    inputs: [{ fields }],
    output: { fields },
  });
}

describe("temporal sort", () => {
  it("gives rows in the order of time as the watermark reaches them", () => {
    verify()
      .input(
        rows(0, [
          [30, 1, "a"],
          [10, 2, "b"],
          [20, 3, "c"],
          [10, 4, "d"],
        ]),
        watermark(10),
        rows(0, [[15, 5, "e"]]),
        watermark(20),
        rows(0, [[25, 6, null]]),
        end(),
      )
      .expectInOrder([10, 2, "b"], [10, 4, "d"], [15, 5, "e"], [20, 3, "c"], [25, 6, null], [30, 1, "a"]);
  });

  it("orders rows of one time by the further keys", () => {
    verify([1, true], [2, false])
      .input(
        rows(0, [
          [10, 1, "a"],
          [10, 3, "c"],
          [10, null, "x"],
          [10, 3, "b"],
          [9, 0, "first"],
        ]),
        end(),
      )
      .expectInOrder([9, 0, "first"], [10, 3, "b"], [10, 3, "c"], [10, 1, "a"], [10, null, "x"]);
  });

  it("leaves late rows out and counts them", () => {
    verify()
      .input(
        rows(0, [[5, 1, "a"]]),
        watermark(10),
        rows(0, [
          [10, 2, "b"],
          [11, 3, "c"],
        ]),
        end(),
      )
      .metrics({ numLateRecordsDropped: 1 })
      .expectInOrder([5, 1, "a"], [11, 3, "c"]);
  });

  it("fails for a row without time", () => {
    expect(() =>
      verify()
        .input(rows(0, [[null, 1, "a"]]))
        .expect(),
    ).toThrow(/rowtime is NULL/);
  });

  it("agrees with sorting all", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat({ max: 20 }), fc.nat({ max: 3 })), { maxLength: 60 }), (list) => {
        // Each row is at most 5 behind the watermark's pace.
        const events: OperatorEvent[] = [];
        const expected: (readonly [number, number, string])[] = [];
        for (const [i, [jitter, n]] of list.entries()) {
          const row = [i * 4 + jitter, n, `n${i}`] as const;
          expected.push(row);
          events.push(rows(0, [row]), watermark(i * 4));
        }
        verify([1, true])
          .input(...events.filter((event, i) => event.kind === "rows" || i % 3 === 0), end())
          .expectInOrder(
            ...expected
              .filter(([time], i) => time > lastWatermark(events, i))
              .toSorted((a, b) => a[0] - b[0] || b[1] - a[1]),
          );
      }),
      { numRuns: 40 },
    );
  });
});

/** The watermark before row i, of those that are kept. */
function lastWatermark(events: readonly OperatorEvent[], row: number): number {
  let watermarkAt = Number.NEGATIVE_INFINITY;
  for (const [i, event] of events.slice(0, 2 * row).entries()) {
    if (event.kind === "watermark" && i % 3 === 0) watermarkAt = event.at;
  }
  return watermarkAt;
}
