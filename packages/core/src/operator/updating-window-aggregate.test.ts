import { change, end, rows, seededRandom, verifyOperator, watermark } from "@millrace/testkit";
import { describe, it } from "vitest";
import type { AggregateSpec } from "../aggregate/aggregate-spec.ts";
import { BIGINT, type Field, STRING, TIMESTAMP_3 } from "../batch/data-type.ts";
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

function verify() {
  return verifyOperator({
    create: (context) =>
      createUpdatingWindowAggregate(
        {
          kind: "updating-window-aggregate",
          inputFields: fields,
          keys: [1],
          startColumn: 3,
          endColumn: 0,
          aggregates: [max, distinct],
          properties: ["window_end", "window_start"],
        },
        context,
      ),
    inputs: [{ fields }],
    output: {
      fields: [
        { name: "item", type: STRING },
        { name: "most", type: BIGINT },
        { name: "kinds", type: { kind: "bigint", nullable: false } },
        { name: "window_end", type: TIMESTAMP_3 },
        { name: "window_start", type: TIMESTAMP_3 },
      ],
    },
    partitionedBy: [[1]],
  });
}

describe("updating window aggregate", () => {
  it("emits what is left of a window when it closes", () => {
    verify()
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
    verify()
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
    verify()
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
    verify()
      .input(rows(0, input), end())
      .expect(...expected);
  });
});
