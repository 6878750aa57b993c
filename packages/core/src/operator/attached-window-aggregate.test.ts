import { end, rows, verifyOperator, watermark } from "@millrace/testkit";
import { describe, expect, it } from "vitest";
import type { AggregateSpec } from "../aggregate/aggregate-spec.ts";
import { columnOf } from "../batch/column-builder.ts";
import { BIGINT, type Field, STRING, TIMESTAMP_3 } from "../batch/data-type.ts";
import { recordBatch } from "../batch/record-batch.ts";
import { createMetricGroup } from "../metrics.ts";
import { createMemoryState } from "../state/memory-state-backend.ts";
import { type AttachedWindowAggregateSpec, createAttachedWindowAggregate } from "./attached-window-aggregate.ts";

const fields: readonly Field[] = [
  { name: "window_end", type: TIMESTAMP_3 },
  { name: "item", type: STRING },
  { name: "bids", type: BIGINT },
  { name: "window_start", type: TIMESTAMP_3 },
];
const max: AggregateSpec = {
  function: "max",
  args: [2],
  argTypes: [BIGINT],
  filter: null,
  distinct: false,
  type: BIGINT,
};
const distinct: AggregateSpec = {
  ...max,
  function: "count",
  distinct: true,
  type: { kind: "bigint", nullable: false },
};

const specOf = (keys: readonly number[]): AttachedWindowAggregateSpec => ({
  kind: "attached-window-aggregate",
  inputFields: fields,
  keys,
  startColumn: 3,
  endColumn: 0,
  aggregates: [max, distinct],
  properties: ["window_end", "window_start"],
});
const outputOf = (keys: readonly number[]): Field[] => [
  ...keys.map((key) => fields[key]),
  { name: "most", type: BIGINT },
  { name: "kinds", type: { kind: "bigint", nullable: false } },
  { name: "window_end", type: TIMESTAMP_3 },
  { name: "window_start", type: TIMESTAMP_3 },
];

describe("attached window aggregate", () => {
  it("groups by keys and the window that rows carry, late rows left out", () => {
    verifyOperator({
      create: (context) => createAttachedWindowAggregate(specOf([1]), context),
      inputs: [{ fields }],
      output: { fields: outputOf([1]) },
      partitionedBy: [[1]],
    })
      .input(
        rows(0, [
          [10, "a", 5, 0],
          [10, "a", 7, 0],
          [20, "a", 1, 10],
          [10, null, null, 0],
          [20, "a", 2n ** 60n, 0],
        ]),
        watermark(8),
        rows(0, [[10, "a", 7, 0]]),
        watermark(9),
        rows(0, [
          [10, "a", 9, 0],
          [20, "b", 3, 10],
        ]),
        end(),
      )
      .metrics({ numLateRecordsDropped: 1 })
      .expect(
        ["a", 7, 2, 10, 0],
        [null, null, 0, 10, 0],
        ["a", 1, 1, 20, 10],
        ["a", 2n ** 60n, 1, 20, 0],
        ["b", 3, 1, 20, 10],
      );
  });

  it("gives one row per window without keys, and none for a window without rows", () => {
    verifyOperator({
      create: (context) => createAttachedWindowAggregate(specOf([]), context),
      inputs: [{ fields }],
      output: { fields: outputOf([]) },
      partitionedBy: [[]],
    })
      .input(
        rows(0, [
          [30, "c", 4, 20],
          [10, "a", 5, 0],
          [10, "b", 7, 0],
        ]),
        end(),
      )
      .expectInOrder([7, 2, 10, 0], [4, 1, 30, 20]);
  });

  it("emits at most 4096 rows at once", () => {
    const context = { operatorId: "attached", state: createMemoryState(), metrics: createMetricGroup() };
    const operator = createAttachedWindowAggregate(specOf([2]), context);
    for (let part = 0; part < 2; part++) {
      const numbers = Array.from({ length: 3000 }, (_, i) => part * 3000 + i);
      const columns = [numbers.map(() => 10), numbers.map(() => "x"), numbers, numbers.map(() => 0)];
      const batch = recordBatch(
        3000,
        columns.map((values, c) => columnOf(fields[c].type, values)),
      );
      for (const _ of operator.onBatch(batch, 0));
    }
    expect([...operator.onWatermark(9)].map(({ length }) => length)).toEqual([4096, 1904]);
  });
});
