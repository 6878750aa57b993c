import { change, changesOf, end, rows, seededRandom, type TestRow, verifyOperator } from "@millrace/testkit";
import { describe, expect, it } from "vitest";
import { columnOf } from "../batch/column-builder.ts";
import { compareValues } from "../batch/compare-values.ts";
import { BIGINT, type Field, STRING } from "../batch/data-type.ts";
import { recordBatch } from "../batch/record-batch.ts";
import type { SortKey } from "../batch/row-order.ts";
import { createMetricGroup } from "../metrics.ts";
import { createMemoryState } from "../state/memory-state-backend.ts";
import { createTopN, PLACE_TYPE, type TopNSpec } from "./top-n.ts";

const fields: readonly Field[] = [
  { name: "shop", type: BIGINT },
  { name: "price", type: BIGINT },
  { name: "name", type: STRING },
];
const by = (column: number, descending = false, nullsFirst = !descending): SortKey => ({
  column,
  descending,
  nullsFirst,
});
const place: Field = { name: "place", type: PLACE_TYPE };

function specOf(more: Partial<TopNSpec>): TopNSpec {
  return {
    kind: "top-n",
    fields,
    keys: [0],
    order: [by(1, true)],
    start: 1,
    end: 2,
    outputs: [0, 1, 2],
    withPlace: true,
    inputIsAppendOnly: true,
    ...more,
  };
}

function verify(more: Partial<TopNSpec> = {}) {
  const spec = specOf(more);
  const outputs = spec.outputs.map((output) => fields[output]);
  return verifyOperator({
    create: (context) => createTopN(spec, context),
    inputs: [{ fields }],
    output: { fields: spec.withPlace ? [...outputs, place] : outputs },
    ...(spec.keys.length > 0 ? { partitionedBy: [spec.keys] } : {}),
  });
}

const each = (list: readonly TestRow[]) => list.map((row) => rows(0, [row]));

describe("top-n of rows that are only added", () => {
  const list = [
    [1, 5, "a"],
    [1, 7, "b"],
    [1, 6, "c"],
    [1, 1, "d"],
    [2, 9, "e"],
  ];

  it("with the place shifts the rows behind", () => {
    verify()
      .input(...each(list), end())
      .expect(
        [1, 5, "a", 1],
        change("-U", 1, 5, "a", 1),
        change("+U", 1, 7, "b", 1),
        [1, 5, "a", 2],
        change("-U", 1, 5, "a", 2),
        change("+U", 1, 6, "c", 2),
        [2, 9, "e", 1],
      );
  });

  it("without the place takes away the row that falls off", () => {
    verify({ withPlace: false })
      .input(...each(list), end())
      .expect([1, 5, "a"], [1, 7, "b"], change("-D", 1, 5, "a"), [1, 6, "c"], [2, 9, "e"]);
  });

  it("shows only the places between start and end", () => {
    verify({ start: 2, end: 3, withPlace: false })
      .input(...each(list), end())
      .expect([1, 5, "a"], [1, 6, "c"]);
    verify({ start: 2, end: 2, withPlace: false })
      .input(...each(list), end())
      .expect([1, 5, "a"], change("-U", 1, 5, "a"), change("+U", 1, 6, "c"));
  });

  it("leaves out -U where it is not wanted", () => {
    verify({ emitUpdateBefore: false, outputs: [2] })
      .input(...each(list.slice(0, 2)))
      .expect(["a", 1], change("+U", "b", 1), ["a", 2]);
  });

  it("keeps rows that are equal in the order as they came, without keys too", () => {
    const equal = Array.from({ length: 30 }, (_, i) => [i % 3, 4, `n${i}`]);
    verify({ keys: [], end: 5 })
      .input(...each(equal), end())
      .expectTable(...equal.slice(0, 5).map((row, i) => [...row, i + 1]));
  });
});

describe("top-n of rows that are taken away too", () => {
  it("moves up what stands behind", () => {
    const list: TestRow[] = [[1, 5, "a"], [1, 7, "b"], [1, 6, "c"], change("-D", 1, 7, "b"), change("-D", 1, 5, "a")];
    verify({ inputIsAppendOnly: false })
      .input(...each(list), end())
      .expect(
        [1, 5, "a", 1],
        change("-U", 1, 5, "a", 1),
        change("+U", 1, 7, "b", 1),
        [1, 5, "a", 2],
        change("-U", 1, 5, "a", 2),
        change("+U", 1, 6, "c", 2),
        change("-U", 1, 7, "b", 1),
        change("+U", 1, 6, "c", 1),
        change("-U", 1, 6, "c", 2),
        change("+U", 1, 5, "a", 2),
        change("-D", 1, 5, "a", 2),
      );
  });

  it("of one place gives updates", () => {
    const list: TestRow[] = [[1, 5, "a"], change("-U", 1, 5, "a"), change("+U", 1, 8, "a"), [1, 9, "b"]];
    verify({ inputIsAppendOnly: false, end: 1, withPlace: false })
      .input(...each(list), end())
      .expect([1, 5, "a"], change("-D", 1, 5, "a"), [1, 8, "a"], change("-U", 1, 8, "a"), change("+U", 1, 9, "b"));
  });

  it("ignores the removal of a row that is not there", () => {
    verify({ inputIsAppendOnly: false })
      .input(...each([change("-D", 1, 5, "a"), [1, 5, "b"], change("-D", 1, 5, "a")]), end())
      .expect([1, 5, "b", 1]);
  });
});

function naiveOrder(order: readonly SortKey[], a: readonly unknown[], b: readonly unknown[]): number {
  for (const { column, descending, nullsFirst } of order) {
    const [x, y] = [a[column], b[column]];
    if (x === y) continue;
    if (x === null) return nullsFirst ? -1 : 1;
    if (y === null) return nullsFirst ? 1 : -1;
    const order = compareValues(x, y);
    if (order !== 0) return descending ? -order : order;
  }
  return 0;
}

/** Top-N by its definition, over the rows that the changes leave, in the order of their arrival. */
function naiveTopN(spec: TopNSpec, changes: readonly TestRow[]): unknown[][] {
  const table: (readonly unknown[])[] = [];
  for (const row of changes) {
    if (!("kind" in row)) table.push(row);
    else if (row.kind === 0 || row.kind === 2) table.push(row.values);
    else
      table.splice(
        table.findIndex((other) => other.every((value, i) => value === row.values[i])),
        1,
      );
  }
  const byKey = new Map<string, (readonly unknown[])[]>();
  for (const row of table) {
    const key = JSON.stringify(spec.keys.map((column) => String(row[column])));
    byKey.set(key, [...(byKey.get(key) ?? []), row]);
  }
  return [...byKey.values()].flatMap((list) => {
    list.sort((a, b) => naiveOrder(spec.order, a, b));
    return list.slice(spec.start - 1, spec.end).map((row, i) => {
      const outputs = spec.outputs.map((output) => row[output]);
      return spec.withPlace ? [...outputs, spec.start + i] : outputs;
    });
  });
}

function randomChanges(seed: number, count: number, keyCount: number, retracts: boolean): TestRow[] {
  const next = seededRandom(seed);
  const int = (n: number) => Math.floor(next() * n);
  const prices = [null, 1, 2, 3, 9007199254740993n, -4];
  const names = [null, "", "a", "é", "x".repeat(70)];
  const live: unknown[][] = [];
  return Array.from({ length: count }, () => {
    if (retracts && live.length > 0 && int(5) < 2) {
      const [row] = live.splice(int(live.length), 1);
      return change("-D", ...row);
    }
    const row = [int(30) === 0 ? null : int(keyCount), prices[int(prices.length)], names[int(names.length)]];
    live.push(row);
    return row;
  });
}

describe("top-n agrees with its definition on random changes", () => {
  const order = [by(1, true), by(2)];
  for (const retracts of [false, true]) {
    for (const [seed, more] of [
      [1, { end: 1, withPlace: false }],
      [2, { end: 3 }],
      [3, { end: 3, withPlace: false }],
      [4, { start: 2, end: 4 }],
      [5, { start: 3, end: 20, withPlace: false, outputs: [2, 0] }],
      [6, { keys: [], end: 40 }],
      [7, { keys: [], start: 5, end: 700, withPlace: false }],
    ] as const) {
      it(`${retracts ? "changes" : "rows"}, ${JSON.stringify(more)}, seed ${seed}`, () => {
        const input = randomChanges(seed, 1500, 25, retracts);
        const spec = specOf({ order, inputIsAppendOnly: !retracts, ...more });
        verify({ order, inputIsAppendOnly: !retracts, ...more })
          .seed(seed)
          .input(rows(0, input), end())
          .expectTable(...naiveTopN(spec, input));
      });
    }
  }

  it("with many rows of one key, half of them taken away again", () => {
    const input = randomChanges(8, 6000, 1, true);
    const spec = specOf({ order, end: 10, keys: [], inputIsAppendOnly: false });
    const context = { operatorId: "top-n", state: createMemoryState(), metrics: createMetricGroup() };
    const operator = createTopN(spec, context);
    const table = new Map<string, number>();
    for (let from = 0; from < input.length; from += 500) {
      const part = input.slice(from, from + 500).map((row) => ("kind" in row ? row : { kind: 0, values: row }));
      const columns = fields.map((field, c) =>
        columnOf(
          field.type,
          part.map(({ values }) => values[c]),
        ),
      );
      const kinds = Uint8Array.from(part, ({ kind }) => kind);
      for (const batch of operator.onBatch(recordBatch(part.length, columns, kinds), 0)) {
        for (const { kind, values } of changesOf(batch, { fields: [...fields, place] })) {
          const text = values.join("|");
          const count = (table.get(text) ?? 0) + (kind === 0 || kind === 2 ? 1 : -1);
          if (count === 0) table.delete(text);
          else table.set(text, count);
        }
      }
    }
    const expected = naiveTopN(spec, input).map((row) => row.join("|"));
    expect([...table].sort()).toEqual(expected.map((text) => [text, 1]).sort());
  });
});
