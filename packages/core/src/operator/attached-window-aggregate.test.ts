import { change, end, rows, seededRandom, verifyOperator, watermark } from "@millrace/testkit";
import { describe, expect, it } from "vitest";
import type { AggregateSpec } from "../aggregate/aggregate-spec.ts";
import type { AttachedAggregation } from "../aggregate/attached-aggregation.ts";
import { columnOf } from "../batch/column-builder.ts";
import { BIGINT, type Field, STRING, TIMESTAMP_3 } from "../batch/data-type.ts";
import { recordBatch } from "../batch/record-batch.ts";
import { createMetricGroup } from "../metrics.ts";
import { createMemoryState } from "../state/memory-state-backend.ts";
import { createAttachedWindowAggregate } from "./attached-window-aggregate.ts";
import type { Operator, OperatorContext } from "./operator.ts";
import { createUpdatingWindowAggregate } from "./updating-window-aggregate.ts";

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

const aggregationOf = (keys: readonly number[]): AttachedAggregation => ({
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

type Create = (aggregation: AttachedAggregation, context: OperatorContext) => Operator;

const attached: Create = (aggregation, context) =>
  createAttachedWindowAggregate({ kind: "attached-window-aggregate", ...aggregation }, context);
const updating: Create = (aggregation, context) =>
  createUpdatingWindowAggregate({ kind: "updating-window-aggregate", ...aggregation }, context);

function verify(create: Create, keys: readonly number[] = [1]) {
  return verifyOperator({
    create: (context) => create(aggregationOf(keys), context),
    inputs: [{ fields }],
    output: { fields: outputOf(keys) },
    partitionedBy: [keys],
  });
}

// Of rows that are only added both give the same.
describe.each([
  ["attached", attached],
  ["updating", updating],
])("%s window aggregate", (_, create) => {
  it("groups by keys and the window that rows carry, late rows left out", () => {
    verify(create)
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
    verify(create, [])
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
    const operator = create(aggregationOf([2]), context);
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

describe("updating window aggregate, of changes", () => {
  it("emits what is left of a window when it closes", () => {
    verify(updating)
      .input(
        rows(0, [
          [10, "a", 5, 0],
          [10, "a", 7, 0],
          [10, "b", 1, 0],
          [20, "a", 7, 10],
        ]),
        rows(0, [change("-U", 10, "a", 7, 0), change("+U", 10, "a", 6, 0), change("-D", 10, "b", 1, 0)]),
        watermark(9),
        end(),
      )
      .expect(["a", 6, 2, 10, 0], ["a", 7, 1, 20, 10]);
  });

  it("leaves changes of closed windows out, and counts them", () => {
    verify(updating)
      .input(
        rows(0, [
          [10, "a", 5, 0],
          [20, "a", 5, 10],
        ]),
        watermark(9),
        rows(0, [change("-D", 10, "a", 5, 0), change("-U", 20, "a", 5, 10), change("+U", 20, "a", 4, 10)]),
        end(),
      )
      .metrics({ numLateRecordsDropped: 1 })
      .expect(["a", 5, 1, 10, 0], ["a", 4, 1, 20, 10]);
  });

  it("tells windows of one end apart by their start", () => {
    verify(updating)
      .input(
        rows(0, [
          [20, "a", 1, 0],
          [20, "a", 2, 10],
        ]),
        end(),
      )
      .expect(["a", 1, 1, 20, 0], ["a", 2, 1, 20, 10]);
  });

  const seed = Date.now() % 1_000_000;
  it(`gives the aggregate of the rows that stay, seed ${seed}`, () => {
    const random = seededRandom(seed);
    const below = (limit: number) => Math.floor(random() * limit);
    type Row = [end: number, item: string, bids: number | null, start: number];
    const kept: Row[] = [];
    const input = Array.from({ length: 300 }, () => {
      if (kept.length > 0 && below(3) === 0) {
        const [row] = kept.splice(below(kept.length), 1);
        return change("-D", ...row);
      }
      const window = 10 * below(4);
      const row: Row = [window + 10, `k${below(3)}`, below(8) === 0 ? null : below(5), window];
      kept.push(row);
      return change("+I", ...row);
    });
    const groups = Map.groupBy(kept, ([windowEnd, item]) => `${windowEnd} ${item}`);
    const expected = [...groups.values()].map((group) => {
      const [windowEnd, item, , start] = group[0];
      const values = group.flatMap(([, , bids]) => (bids === null ? [] : [bids]));
      return [item, values.length === 0 ? null : Math.max(...values), new Set(values).size, windowEnd, start] as const;
    });
    verify(updating)
      .input(rows(0, input), end())
      .expect(...expected);
  });
});
