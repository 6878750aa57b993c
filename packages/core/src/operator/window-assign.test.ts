import { end, rows, verifyOperator, watermark } from "@millrace/testkit";
import { describe, expect, it } from "vitest";
import { columnOf } from "../batch/column-builder.ts";
import { BIGINT, STRING, TIMESTAMP_3 } from "../batch/data-type.ts";
import { recordBatch } from "../batch/record-batch.ts";
import { createMetricGroup } from "../metrics.ts";
import { createMemoryState } from "../state/memory-state-backend.ts";
import type { TimeWindowSpec } from "../window/time-windows.ts";
import { createWindowAssign } from "./window-assign.ts";

const input = {
  fields: [
    { name: "name", type: STRING },
    { name: "ts", type: TIMESTAMP_3 },
    { name: "n", type: BIGINT },
  ],
};
const windowFields = ["window_start", "window_end", "window_time"].map((name) => ({ name, type: TIMESTAMP_3 }));
const output = { fields: [...input.fields, ...windowFields] };
const verify = (window: TimeWindowSpec) =>
  verifyOperator({
    create: (context) => createWindowAssign({ kind: "window-assign", window, timeColumn: 1 }, context),
    inputs: [input],
    output,
    partitionedBy: [[0]],
  });

describe("window assign", () => {
  it("appends the tumbling window of each row, late rows and rows before the epoch too", () => {
    verify({ kind: "tumble", sizeMs: 10, offsetMs: 0 })
      .input(
        rows(0, [
          ["a", 9, 1],
          [null, 10, 2n ** 60n],
        ]),
        watermark(50),
        rows(0, [["b", -1, null]]),
        end(),
      )
      .expectInOrder(["a", 9, 1, 0, 10, 9], [null, 10, 2n ** 60n, 10, 20, 19], ["b", -1, null, -10, 0, -1]);
  });

  it("repeats a row for each of its hop windows", () => {
    verify({ kind: "hop", sizeMs: 10, slideMs: 4, offsetMs: 0 })
      .input(
        rows(0, [
          ["a", 5, 1],
          ["b", 8, 2],
        ]),
        end(),
      )
      .expectInOrder(
        ["a", 5, 1, -4, 6, 5],
        ["a", 5, 1, 0, 10, 9],
        ["a", 5, 1, 4, 14, 13],
        ["b", 8, 2, 0, 10, 9],
        ["b", 8, 2, 4, 14, 13],
        ["b", 8, 2, 8, 18, 17],
      );
  });

  it("leaves a row out that falls between hop windows", () => {
    verify({ kind: "hop", sizeMs: 3, slideMs: 10, offsetMs: 0 })
      .input(
        rows(0, [
          ["a", 2, 1],
          ["b", 3, 2],
          ["c", 10, 3],
        ]),
        end(),
      )
      .expectInOrder(["a", 2, 1, 0, 3, 2], ["c", 10, 3, 10, 13, 12]);
  });

  it("gives the cumulating windows that end after the row", () => {
    verify({ kind: "cumulate", sizeMs: 6, stepMs: 2, offsetMs: 1 })
      .input(rows(0, [["a", 3, 1]]), end())
      .expectInOrder(["a", 3, 1, 1, 5, 4], ["a", 3, 1, 1, 7, 6]);
  });

  it("emits at most 4096 rows at once and fails on a NULL time", () => {
    const context = { operatorId: "assign", state: createMemoryState(), metrics: createMetricGroup() };
    const window = { kind: "hop", sizeMs: 3, slideMs: 1, offsetMs: 0 } as const;
    const assign = createWindowAssign({ kind: "window-assign", window, timeColumn: 0 }, context);
    const batch = (times: (number | null)[]) => recordBatch(times.length, [columnOf(TIMESTAMP_3, times)]);
    const out = [...assign.onBatch(batch(Array.from({ length: 3000 }, (_, i) => i)), 0)];
    expect(out.map(({ length }) => length)).toEqual([4096, 4096, 808]);
    expect(() => [...assign.onBatch(batch([1, null]), 0)]).toThrow(/rowtime is NULL/);
  });
});
