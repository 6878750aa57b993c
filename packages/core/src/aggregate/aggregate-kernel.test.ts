import {
  aggregateChanges,
  aggregateRows,
  batchOf,
  change,
  changesOf,
  compareRows,
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

for (const name of ["first_value", "last_value", "array_agg", "collect"] as const) {
  for (const column of [1, 3, 4, 5]) everything.push(spec(name, [column]), spec(name, [column], true, 6));
}
for (const name of ["var_pop", "var_samp", "stddev_pop", "stddev_samp"] as const)
  everything.push(spec(name, [2]), spec(name, [2], false, 5), spec(name, [2], true));
everything.push({ ...spec("listagg", [4]), parameters: ["; "] }, spec("listagg", [4], true, 5));
everything.push(
  { ...spec("percentile", [2]), parameters: [0.3] },
  { ...spec("json_arrayagg", [4]), parameters: ["NULL"] },
);

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
  return changesOf(recordBatch(slots.length, columns), { fields }).map((row) => ({
    ...row,
    values: rounded(row.values, specs),
  }));
}

/** Groups of which no row is left stay in the kernel's table, as NULLs and counts of 0; an operator removes them. */
function expected(changes: readonly TestRow[], specs: readonly AggregateSpec[]): unknown[][] {
  const groups = aggregateChanges(changes, [KEY], specs).map((row) => rounded(row, specs));
  const all = aggregateRows(
    changes.map((row) => ("kind" in row ? row.values : row)),
    [KEY],
    [],
  );
  const missing = all.filter(([key]) => !groups.some(([other]) => other === key));
  return [...groups, ...missing.map(([key]) => [key, ...specs.map((one) => emptyResults.get(one.function) ?? null)])];
}

const emptyResults = new Map<AggregateFunction, unknown>([
  ["count", 0],
  ["collect", new Map()],
  ["json_arrayagg", "[]"],
]);

/** Squares that cancel leave noise, which is much beside 0. */
function rounded(row: readonly unknown[], specs: readonly AggregateSpec[]): unknown[] {
  return row.map((value, i) => {
    const isMoment = /^(var|stddev)/.test(specs[i - 1]?.function ?? "");
    return isMoment && typeof value === "number" && Math.abs(value) < 1e-6 ? 0 : value;
  });
}

function isOrdered({ function: name }: AggregateSpec): boolean {
  return ["first_value", "last_value", "array_agg", "listagg", "json_arrayagg"].includes(name);
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

  it.each([3, 4])("remember distinct values by filter, of groups that stay, through a restore, seed %i", (seed) => {
    const kernelOptions = {
      keys,
      keyColumns: [KEY],
      aggregates: everything,
      inputIsAppendOnly: true,
      keepsGroups: true,
    };
    let state = createMemoryState();
    let kernel = new AggregateKernel(kernelOptions);
    let tables = kernel.open(state);
    const seen: TestRow[] = [];
    for (const rows of randomBatches(seed, options, false)) {
      add(kernel, tables, rows);
      seen.push(...rows);
      expect(compareRows(read(kernel, tables, everything), expected(seen, everything))).toBe(null);
      const restored = createMemoryState();
      restored.restore([state.snapshot()]);
      state = restored;
      kernel = new AggregateKernel(kernelOptions);
      tables = kernel.open(state);
    }
  });

  it.each([7, 8])("merge tables as if the rows had come into one, seed %i", (seed) => {
    // In which order the distinct values of two tables come is not told.
    const specs = everything.filter((one) => !one.distinct || !isOrdered(one));
    const kernel = new AggregateKernel({ keys, keyColumns: [KEY], aggregates: specs, inputIsAppendOnly: true });
    const [first, second, target] = [1, 2, 3].map(() => kernel.open(createMemoryState()));
    const batches = randomBatches(seed, options, false);
    for (const [i, rows] of batches.entries()) add(kernel, i < 4 ? first : second, rows);
    kernel.mergeAll(first, target);
    kernel.mergeAll(second, target);
    expect(compareRows(read(kernel, target, specs), expected(batches.flat(), specs))).toBe(null);
  });

  it.each([9, 10])("subtract what was merged, seed %i", (seed) => {
    const specs = everything.filter((one) => !one.distinct && ["count", "sum", "avg"].includes(one.function));
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
    expect(compareRows(read(kernel, tables, specs), [[1, sum, sum / 1025n]])).toBe(null);
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

  it("puts what is merged before what was there if it is older", () => {
    const specs = [
      spec("first_value", [1]),
      spec("last_value", [1]),
      { ...spec("listagg", [4]), parameters: ["-"] },
      spec("array_agg", [4]),
    ];
    const kernel = new AggregateKernel({ keys, keyColumns: [KEY], aggregates: specs, inputIsAppendOnly: true });
    const rest = new Array<null>(5).fill(null);
    const tablesOf = (value: number | null, text: string | null) => {
      const tables = kernel.open(createMemoryState());
      add(kernel, tables, [[1, value, null, null, text, ...rest]]);
      return tables;
    };
    const merged = (fromIsOlder: boolean, value: number | null = 2) => {
      const [to, from] = [tablesOf(1, "a"), tablesOf(value, "b")];
      const slot = Int32Array.of(0);
      kernel.merge(from.groups, slot, to.groups, slot, 1, fromIsOlder);
      return read(kernel, to, specs)[0].values;
    };
    expect(merged(false)).toEqual([1, 1, 2, "a-b", ["a", "b"]]);
    expect(merged(true)).toEqual([1, 2, 1, "b-a", ["b", "a"]]);
    expect(merged(false, null).slice(0, 3)).toEqual([1, 1, 1]);
    expect(merged(true, null).slice(0, 3)).toEqual([1, 1, 1]);
  });

  it.each([
    // Values of Flink 2.3 for these rows; a TINYINT's variance wraps.
    [INT, [2, 4, 4, 4, 5, 5, 7, 9], [2, 2, 4, 4]],
    [BIGINT, [1], [0, null, 0, null]],
    [decimal(3, 2), [150, 225, 300], [612372, 750000, 375000, 562500]],
    [{ kind: "float", nullable: true } as const, [1.5, 2.25], [0.375, Math.fround(0.53033006), 0.140625, 0.28125]],
    [{ kind: "tinyint", nullable: true } as const, [1, 1, 100], [46, 57, -126, -61]],
    [DOUBLE, [null, null], [null, null, null, null]],
  ])("deviations and variances of %j", (type, values, results) => {
    const names = ["stddev_pop", "stddev_samp", "var_pop", "var_samp"] as const;
    const specs = names.map(
      (name): AggregateSpec => ({
        function: name,
        args: [1],
        argTypes: [type],
        filter: null,
        distinct: false,
        type: aggregateType(name, [type]),
      }),
    );
    const kernel = new AggregateKernel({ keys, keyColumns: [KEY], aggregates: specs, inputIsAppendOnly: true });
    const tables = kernel.open(createMemoryState());
    const batch = batchOf(
      { fields: [...keys, { name: "x", type }] },
      values.map((value) => [1, value]),
    );
    const slots = new Int32Array(batch.length);
    tables.groups.slotsOf([batch.columns[0]], batch.length, slots);
    kernel.update(tables, batch.columns, null, batch.length, slots);
    expect(compareRows(read(kernel, tables, specs), [[1, ...results]])).toBe(null);
  });
});
