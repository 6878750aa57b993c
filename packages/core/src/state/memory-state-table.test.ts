import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { columnOf } from "../batch/column-builder.ts";
import { BIGINT, BOOLEAN, type DataType, DOUBLE, type Field, STRING, VALUE } from "../batch/data-type.ts";
import { MemoryStateTable } from "./memory-state-table.ts";

const field = (name: string, type: DataType): Field => ({ name, type });

/** A key as text: equal exactly where the table must see one key. */
function identity(values: readonly unknown[]): string {
  return values
    .map((value) => {
      if (typeof value === "number") return `n${value + 0}`;
      return typeof value === "bigint" ? `n${value}` : `${typeof value}:${JSON.stringify(value)}`;
    })
    .join("|");
}

const arbitraries: [string, DataType, fc.Arbitrary<unknown>][] = [
  ["small numbers", BIGINT, fc.option(fc.integer({ min: -40, max: 40 }))],
  [
    "big numbers",
    BIGINT,
    fc.oneof(
      fc.integer({ min: -5, max: 5 }),
      fc.constantFrom(2n ** 62n, 2n ** 62n + 1n, -(2n ** 63n), 9007199254740991, -9007199254740991, 9007199254740993n),
    ),
  ],
  [
    "doubles",
    DOUBLE,
    fc.option(fc.constantFrom(0, -0, Number.NaN, 0.5, 1e300, -1e300, Number.POSITIVE_INFINITY, 2 ** 53)),
  ],
  ["strings", STRING, fc.option(fc.constantFrom("", "a", "b", "ab", "a longer string that does not fit a word", "é"))],
  ["booleans", BOOLEAN, fc.option(fc.boolean())],
  ["values", VALUE, fc.option(fc.constantFrom([1, "a"], [1, "b"], [0], [-0], { a: 1, b: 2 }, { b: 2, a: 1 }, "text"))],
];

type KeyCase = readonly [string, readonly DataType[], readonly fc.Arbitrary<unknown>[]];

describe.each<KeyCase>([
  ...arbitraries.map(([name, type, arbitrary]) => [name, [type], [arbitrary]] as const satisfies KeyCase),
  ["several", [BIGINT, STRING, BOOLEAN], [arbitraries[0][2], arbitraries[3][2], arbitraries[4][2]]],
])("a state table with keys of %s", (name, types, parts) => {
  it("agrees with a Map under inserts, look-ups and removals in batches", () => {
    const canonical = name === "values" ? (key: readonly unknown[]) => identity([sortedJson(key[0])]) : identity;
    const key: fc.Arbitrary<unknown[]> = fc.tuple(...parts);
    const step = fc.record({ insert: fc.array(key, { maxLength: 30 }), remove: fc.array(key, { maxLength: 12 }) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        const table = new MemoryStateTable({
          name: "t",
          key: types.map((type, i) => field(`k${i}`, type)),
          values: [field("v", BIGINT), field("s", STRING)],
        });
        const model = new Map<string, number>();
        let next = 0;
        const columnsOf = (keys: unknown[][]) =>
          types.map((type, i) =>
            columnOf(
              type,
              keys.map((values) => values[i]),
            ),
          );
        for (const { insert, remove } of steps) {
          const slots = new Int32Array(insert.length);
          const wasInserted = new Uint8Array(insert.length);
          table.slotsOf(columnsOf(insert), insert.length, slots, wasInserted);
          for (const [i, values] of insert.entries()) {
            const id = canonical(values);
            expect(wasInserted[i] === 1).toBe(!model.has(id));
            if (!model.has(id)) {
              expect(table.columns[0].get(slots[i])).toBe(null);
              expect(table.columns[0].float64?.[slots[i]] ?? 0).toBe(0);
              model.set(id, next);
              table.columns[0].set(slots[i], next);
              table.columns[1].set(slots[i], `row ${next++}`);
            }
            expect(table.columns[0].get(slots[i])).toBe(model.get(id));
          }
          const found = new Int32Array(remove.length);
          table.find(columnsOf(remove), remove.length, found);
          for (const [i, values] of remove.entries()) {
            const id = canonical(values);
            const expected = model.get(id);
            if (expected === undefined) {
              // Found before, but removed by an equal key earlier in this loop.
              continue;
            }
            expect(found[i]).toBeGreaterThanOrEqual(0);
            expect(table.columns[0].get(found[i])).toBe(expected);
            expect(table.columns[1].get(found[i])).toBe(`row ${expected}`);
            table.remove(found[i]);
            model.delete(id);
          }
          expect(table.size).toBe(model.size);
          const all: unknown[] = [];
          table.forEachSlot((slot) => all.push(table.columns[0].get(slot)));
          expect(all.sort()).toEqual([...model.values()].sort());
        }
      }),
      { seed: 7, numRuns: 60 },
    );
  });
});

function sortedJson(value: unknown): unknown {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort());
}

describe("a state table", () => {
  it("tells keys of one 32-bit hash apart", () => {
    // With 200,000 keys, about 200000^2 / 2^33 = 4.6 pairs share a hash: the table must still hold each key.
    const table = new MemoryStateTable({ name: "t", key: [field("a", BIGINT), field("b", BIGINT)], values: [] });
    const slots = new Int32Array(4000);
    for (let from = 0; from < 200_000; from += 4000) {
      const keys = Array.from({ length: 4000 }, (_, i) => from + i);
      table.slotsOf(
        [
          columnOf(BIGINT, keys),
          columnOf(
            BIGINT,
            keys.map((v) => v % 7),
          ),
        ],
        4000,
        slots,
      );
    }
    expect(table.size).toBe(200_000);
    expect(new Set(table.slots()).size).toBe(200_000);
  });

  it("finds a number whether its column is wide or not", () => {
    const table = new MemoryStateTable({ name: "t", key: [field("a", BIGINT)], values: [] });
    const slots = new Int32Array(3);
    table.slotsOf([columnOf(BIGINT, [1, 2, 3])], 3, slots);
    table.slotsOf([columnOf(BIGINT, [3, 2n ** 60n, 1])], 3, slots);
    expect([...slots]).toEqual([2, 3, 0]);
    expect(table.size).toBe(4);
    expect(table.keysOf(new Int32Array([3, 1]), 2)).toEqual([
      { kind: "wide", low: new BigInt64Array([2n ** 60n, 2n]), high: null, nulls: null },
    ]);
  });

  it("keeps what kernels hold of it over clear", () => {
    const table = new MemoryStateTable({ name: "t", key: [field("a", BIGINT)], values: [field("v", DOUBLE)] });
    const [column] = table.columns;
    const slots = new Int32Array(100);
    table.slotsOf(
      [
        columnOf(
          BIGINT,
          Array.from({ length: 100 }, (_, i) => i),
        ),
      ],
      100,
      slots,
    );
    column.set(7, 1.5);
    table.clear();
    table.slotsOf([columnOf(BIGINT, [7, 8, 9, 10, 11, 12, 13, 14])], 8, slots);
    expect(table.columns[0]).toBe(column);
    expect(column.get(7)).toBe(null);
    expect(column.float64?.[7]).toBe(0);
    expect(table.size).toBe(8);
  });

  it("gives back the room of strings that were overwritten", () => {
    const table = new MemoryStateTable({ name: "t", key: [], values: [field("v", STRING)] });
    const slots = new Int32Array(1);
    table.slotsOf([], 1, slots);
    for (let i = 0; i < 10_000; i++) table.columns[0].set(slots[0], "x".repeat(100));
    expect(table.byteSize).toBeLessThan(4096);
    expect(table.columns[0].get(slots[0])).toBe("x".repeat(100));
  });
});
