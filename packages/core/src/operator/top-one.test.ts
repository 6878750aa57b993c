import { change, end, rows, seededRandom, type TestRow, verifyOperator } from "@millrace/testkit";
import { describe, it } from "vitest";
import { compareValues } from "../batch/compare-values.ts";
import { BIGINT, type Field, STRING, TIMESTAMP_3 } from "../batch/data-type.ts";
import type { SortKey } from "../batch/row-order.ts";
import { createTopOne, type TopOneSpec } from "./top-one.ts";

const fields: readonly Field[] = [
  { name: "shop", type: BIGINT },
  { name: "price", type: BIGINT },
  { name: "name", type: STRING },
  { name: "ts", type: TIMESTAMP_3 },
];
const by = (column: number, descending = false, nullsFirst = !descending): SortKey => ({
  column,
  descending,
  nullsFirst,
});

function verify(order: readonly SortKey[], more: Partial<TopOneSpec> = {}) {
  const spec: TopOneSpec = {
    kind: "top-one",
    fields,
    keys: [0],
    order,
    outputs: [0, 1, 2, 3],
    keepsLast: false,
    ...more,
  };
  return verifyOperator({
    create: (context) => createTopOne(spec, context),
    inputs: [{ fields }],
    output: { fields: spec.outputs.map((output) => fields[output]) },
    partitionedBy: [spec.keys],
  });
}

describe("top-one", () => {
  it("emits a row of each key, and again when a better one comes", () => {
    verify([by(1, true)])
      .input(
        rows(0, [[1, 10, "a", 0]]),
        rows(0, [[2, 5, "b", 1]]),
        rows(0, [[1, 9, "c", 2]]),
        rows(0, [[1, 12, "d", 3]]),
        end(),
      )
      .expect([1, 10, "a", 0], [2, 5, "b", 1], change("-U", 1, 10, "a", 0), change("+U", 1, 12, "d", 3));
  });

  it("keeps the first of equal rows, or the last", () => {
    const input = [rows(0, [[1, 10, "a", 0]]), rows(0, [[1, 10, "b", 1]]), end()];
    verify([by(1)])
      .input(...input)
      .expect([1, 10, "a", 0]);
    verify([by(1)], { keepsLast: true })
      .input(...input)
      .expect([1, 10, "a", 0], change("-U", 1, 10, "a", 0), change("+U", 1, 10, "b", 1));
  });

  it("keeps the last row of all without an order", () => {
    verify([], { keepsLast: true, emitUpdateBefore: false })
      .input(rows(0, [[1, 3, "a", 0]]), rows(0, [[1, 1, null, 5]]), end())
      .expect([1, 3, "a", 0], change("+U", 1, 1, null, 5));
  });

  it("emits the wanted columns only", () => {
    verify([by(1, true), by(3)], { outputs: [2, 0] })
      .input(rows(0, [[1, 10, "a", 0]]), rows(0, [[1, 11, "b", 0]]))
      .expect(["a", 1], change("-U", "a", 1), change("+U", "b", 1));
  });

  it("puts NULLs where the order says, and takes NULL as a key", () => {
    const list = [
      [null, null, "a", 0],
      [null, 2n ** 60n, "b", 1],
      [null, 5, "c", 2],
    ];
    verify([by(1, false, true)])
      .input(rows(0, list))
      .expectTable(list[0]);
    verify([by(1, false, false)])
      .input(rows(0, list))
      .expectTable(list[2]);
    verify([by(1, true, false)])
      .input(rows(0, list))
      .expectTable(list[1]);
  });

  it("agrees with the definition on random rows", () => {
    const seed = 20;
    const next = seededRandom(seed);
    const int = (n: number) => Math.floor(next() * n);
    const prices = [null, 1, 2, 3, 9007199254740993n, -4];
    const names = [null, "", "a", "é", "x".repeat(70)];
    const list: TestRow[] = Array.from({ length: 5000 }, (_, i) => [
      int(40) === 0 ? null : int(300),
      prices[int(prices.length)],
      names[int(names.length)],
      i % 7,
    ]);
    const order = [by(1, true), by(2), by(3, true)];
    const best = new Map<unknown, readonly unknown[]>();
    for (const row of list as readonly (readonly unknown[])[]) {
      const old = best.get(row[0]);
      if (old === undefined || naiveOrder(order, row, old) < 0) best.set(row[0], row);
    }
    verify(order)
      .seed(seed)
      .input(rows(0, list), end())
      .expectTable(...best.values());
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
