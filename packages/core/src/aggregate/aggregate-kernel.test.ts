import {
  aggregateRows,
  batchOf,
  change,
  changesOf,
  compareRows,
  remainingRows,
  seededRandom,
  type TestRow,
} from "@millrace/testkit";
import { describe, expect, it } from "vitest";
import {
  BIGINT,
  BOOLEAN,
  type DataType,
  DOUBLE,
  decimal,
  type Field,
  INT,
  STRING,
  TIMESTAMP_3,
  withNullable,
} from "../batch/data-type.ts";
import { recordBatch } from "../batch/record-batch.ts";
import { createMemoryState } from "../state/memory-state-backend.ts";
import { AggregateKernel, type AggregateTables } from "./aggregate-kernel.ts";
import { type AggregateFunction, type AggregateSpec, acceptsArgument, aggregateType } from "./aggregate-spec.ts";

const types: readonly DataType[] = [
  BIGINT,
  BIGINT,
  DOUBLE,
  decimal(20, 4),
  STRING,
  BOOLEAN,
  BOOLEAN,
  INT,
  TIMESTAMP_3,
  withNullable(BIGINT, false),
];
const schema = { fields: types.map((type, i): Field => ({ name: `c${i}`, type })) };
const KEY = 0;

function spec(name: AggregateFunction, args: number[], distinct = false, filter: number | null = null): AggregateSpec {
  const argTypes = args.map((arg) => types[arg]);
  return { function: name, args, argTypes, distinct, filter, type: aggregateType(name, argTypes) };
}

/** Every function over every column that it takes, plain, DISTINCT and with two filters. */
const everything: AggregateSpec[] = [spec("count", []), spec("count", [], false, 5)];
for (const name of ["count", "sum", "avg", "min", "max"] as const) {
  for (let column = 1; column < types.length; column++) {
    if (!acceptsArgument(name, types[column])) continue;
    everything.push(spec(name, [column]), spec(name, [column], true), spec(name, [column], false, 5));
    everything.push(spec(name, [column], true, 5), spec(name, [column], true, 6));
  }
}

interface RowOptions {
  readonly nulls: boolean;
  readonly wide: boolean;
}

function randomRow(next: () => number, { nulls, wide }: RowOptions): unknown[] {
  const int = (n: number) => Math.floor(next() * n);
  const big = () => {
    const value = [2n ** 62n, -(2n ** 63n), 2n ** 63n - 1n, 2n ** 53n + 1n][int(4)];
    return wide && next() < 0.2 ? value : [int(20) - 10, 9007199254740991 - int(5), int(1e9)][int(3)];
  };
  const texts = ["", "a", "b", "é", "\u{10000}", "\uffee", "longer text"];
  const values = [
    int(4),
    big(),
    // Sums of eighths are exact, so that the order of rows does not matter.
    int(1000) / 8 - 50,
    wide && next() < 0.2 ? 10n ** 19n + BigInt(int(9)) : int(1e6) - 5e5,
    texts[int(texts.length)],
    next() < 0.5,
    next() < 0.5,
    int(2 ** 32) - 2 ** 31,
    1.6e12 + int(50),
    int(100),
  ];
  return values.map((value, c) => (nulls && c !== 9 && next() < 0.15 ? null : value));
}

/** Batches of rows, later ones taking away some of the rows before if `retracts`. */
function randomBatches(seed: number, options: RowOptions, retracts: boolean): TestRow[][] {
  const next = seededRandom(seed);
  const live: unknown[][] = [];
  return Array.from({ length: 6 }, (_, batch) => {
    const takesAway = retracts ? [0, 0.3, 0.5, 0.9, 0.2, 1][batch] : 0;
    return Array.from({ length: 40 }, (): TestRow => {
      if (live.length > 0 && next() < takesAway) {
        const [row] = live.splice(Math.floor(next() * live.length), 1);
        return change(next() < 0.5 ? "-U" : "-D", ...row);
      }
      const row = randomRow(next, options);
      live.push(row);
      return row;
    });
  });
}

const keys = [{ name: "k", type: types[KEY] }];

function add(kernel: AggregateKernel, tables: AggregateTables, rows: readonly TestRow[]): void {
  const batch = batchOf(schema, rows);
  const slots = new Int32Array(batch.length);
  tables.groups.slotsOf([batch.columns[KEY]], batch.length, slots);
  kernel.update(tables, batch.columns, batch.kinds, batch.length, slots);
}

function read(kernel: AggregateKernel, tables: AggregateTables, specs: readonly AggregateSpec[]) {
  const list: number[] = [];
  tables.groups.forEachSlot((slot) => list.push(slot));
  if (list.length === 0) return [];
  const slots = Int32Array.from(list);
  const columns = [...tables.groups.keysOf(slots, slots.length), ...kernel.results(tables, slots, slots.length)];
  const fields = [...keys, ...specs.map((one, i) => ({ name: `a${i}`, type: one.type }))];
  return changesOf(recordBatch(slots.length, columns), { fields });
}

/** Groups of which no row is left stay in the kernel's table, as NULLs and counts of 0; an operator removes them. */
function expected(changes: readonly TestRow[], specs: readonly AggregateSpec[]): unknown[][] {
  const groups = aggregateRows(remainingRows(changes), [KEY], specs);
  const all = aggregateRows(
    changes.map((row) => ("kind" in row ? row.values : row)),
    [KEY],
    [],
  );
  const missing = all.filter(([key]) => !groups.some(([other]) => other === key));
  return [...groups, ...missing.map(([key]) => [key, ...specs.map((one) => (one.function === "count" ? 0 : null))])];
}

const variants = [
  { nulls: false, wide: false },
  { nulls: true, wide: false },
  { nulls: true, wide: true },
];

describe.each(variants)("aggregates of rows with $nulls NULLs and $wide wide values", (options) => {
  it.each([1, 2, 3])("agree with the reference, append-only, seed %i", (seed) => {
    const kernel = new AggregateKernel({ keys, keyColumns: [KEY], aggregates: everything, inputIsAppendOnly: true });
    const tables = kernel.open(createMemoryState());
    const seen: TestRow[] = [];
    for (const rows of randomBatches(seed, options, false)) {
      add(kernel, tables, rows);
      seen.push(...rows);
      expect(compareRows(read(kernel, tables, everything), expected(seen, everything))).toBe(null);
    }
  });

  it.each([4, 5, 6])("agree with the reference under retraction, seed %i", (seed) => {
    const kernel = new AggregateKernel({ keys, keyColumns: [KEY], aggregates: everything, inputIsAppendOnly: false });
    const tables = kernel.open(createMemoryState());
    const seen: TestRow[] = [];
    for (const rows of randomBatches(seed, options, true)) {
      add(kernel, tables, rows);
      seen.push(...rows);
      expect(compareRows(read(kernel, tables, everything), expected(seen, everything))).toBe(null);
    }
  });

  it.each([7, 8])("merge tables as if the rows had come into one, seed %i", (seed) => {
    const kernel = new AggregateKernel({ keys, keyColumns: [KEY], aggregates: everything, inputIsAppendOnly: true });
    const [first, second, target] = [1, 2, 3].map(() => kernel.open(createMemoryState()));
    const batches = randomBatches(seed, options, false);
    for (const [i, rows] of batches.entries()) add(kernel, i < 4 ? first : second, rows);
    kernel.mergeAll(first, target);
    kernel.mergeAll(second, target);
    expect(compareRows(read(kernel, target, everything), expected(batches.flat(), everything))).toBe(null);
  });

  it.each([9, 10])("subtract what was merged, seed %i", (seed) => {
    const specs = everything.filter((one) => !one.distinct && one.function !== "min" && one.function !== "max");
    const kernel = new AggregateKernel({
      keys,
      keyColumns: [KEY],
      aggregates: specs,
      inputIsAppendOnly: true,
      isSubtractable: true,
    });
    expect(kernel.isInvertible).toBe(true);
    const [first, second] = [1, 2].map(() => kernel.open(createMemoryState()));
    const batches = randomBatches(seed, options, false);
    for (const [i, rows] of batches.entries()) add(kernel, i < 3 ? first : second, rows);
    const window = kernel.open(createMemoryState());
    kernel.mergeAll(first, window);
    kernel.mergeAll(second, window);
    const slots: number[] = [];
    first.groups.forEachSlot((slot) => slots.push(slot));
    const from = Int32Array.from(slots);
    const to = new Int32Array(from.length);
    window.groups.find(first.groups.keysOf(from, from.length), from.length, to);
    kernel.subtract(first.groups, from, window.groups, to, from.length);
    expect(compareRows(read(kernel, window, specs), expected(batches.slice(3).flat(), specs))).toBe(null);
  });
});

describe("aggregates", () => {
  it("leave out rows with slot -1", () => {
    const specs = everything;
    const kernel = new AggregateKernel({ keys, keyColumns: [KEY], aggregates: specs, inputIsAppendOnly: true });
    const tables = kernel.open(createMemoryState());
    const rows = randomBatches(11, { nulls: true, wide: false }, false)[0];
    const batch = batchOf(schema, rows);
    const kept = rows.filter((_, i) => i % 3 === 0);
    const slots = new Int32Array(batch.length);
    const some = batchOf(schema, kept);
    const keptSlots = new Int32Array(kept.length);
    tables.groups.slotsOf([some.columns[KEY]], kept.length, keptSlots);
    for (let i = 0; i < rows.length; i++) slots[i] = i % 3 === 0 ? keptSlots[i / 3] : -1;
    kernel.update(tables, batch.columns, null, batch.length, slots);
    expect(compareRows(read(kernel, tables, specs), expected(kept, specs))).toBe(null);
  });

  it("sum exactly far beyond 2^53, and wrap at 64 bits as Java does", () => {
    const specs = [spec("sum", [1]), spec("avg", [1])];
    const kernel = new AggregateKernel({ keys, keyColumns: [KEY], aggregates: specs, inputIsAppendOnly: true });
    const tables = kernel.open(createMemoryState());
    const max = 9007199254740991;
    const rows = Array.from({ length: 1025 }, () => [1, max, ...new Array<null>(8).fill(null)]);
    add(kernel, tables, rows);
    // 1025 * (2^53 - 1) = 2^63 + 2^53 - 1025, one turn of 2^64 too much.
    const sum = 2n ** 53n - 1025n - 2n ** 63n;
    expect(compareRows(read(kernel, tables, specs), [[1, sum, max]])).toBe(null);
  });

  it("give NULL for a DECIMAL sum of more than 38 digits, and the sum again when rows are taken away", () => {
    const type = decimal(38, 0);
    const sum: AggregateSpec = { function: "sum", args: [1], argTypes: [type], filter: null, distinct: false, type };
    const kernel = new AggregateKernel({ keys, keyColumns: [KEY], aggregates: [sum], inputIsAppendOnly: false });
    const tables = kernel.open(createMemoryState());
    const fields = [
      { name: "k", type: BIGINT },
      { name: "d", type },
    ];
    const most = 10n ** 38n - 1n;
    const apply = (rows: TestRow[]) => {
      const batch = batchOf({ fields }, rows);
      const slots = new Int32Array(batch.length);
      tables.groups.slotsOf([batch.columns[0]], batch.length, slots);
      kernel.update(tables, batch.columns, batch.kinds, batch.length, slots);
      return read(kernel, tables, [sum])[0].values[1];
    };
    expect(apply([[1, most]])).toBe(most);
    expect(apply([[1, 1]])).toBe(null);
    expect(apply([change("-D", 1, 1)])).toBe(most);
  });

  it("share accumulators", () => {
    const specs = [spec("sum", [9]), spec("avg", [9]), spec("count", [9]), spec("count", [])];
    const kernel = new AggregateKernel({ keys, keyColumns: [KEY], aggregates: specs, inputIsAppendOnly: true });
    expect(kernel.fields.map(({ name }) => name)).toEqual(["low_0", "high_1", "count_2"]);
  });

  it("keep MIN and MAX over a restore, with the values behind them", () => {
    const specs = [spec("min", [1]), spec("max", [4])];
    const options = { keys, keyColumns: [KEY], aggregates: specs, inputIsAppendOnly: false };
    const state = createMemoryState();
    const before = new AggregateKernel(options);
    const rest = new Array<null>(5).fill(null);
    const row = (value: number, text: string) => [1, value, null, null, text, ...rest];
    add(before, before.open(state), [row(5, "a"), row(3, "b"), row(4, "c"), row(3, "b")]);
    const restored = createMemoryState();
    restored.restore([state.snapshot()]);
    const after = new AggregateKernel(options);
    const tables = after.open(restored);
    const retract = (value: number, text: string) => add(after, tables, [change("-D", ...row(value, text))]);
    retract(3, "b");
    expect(read(after, tables, specs)[0].values).toEqual([1, 3, "c"]);
    retract(3, "b");
    retract(4, "c");
    expect(read(after, tables, specs)[0].values).toEqual([1, 5, "a"]);
  });
});
