import { end, rows, seededRandom, type TestRow, verifyOperator, watermark } from "@millrace/testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AggregateSpec } from "../aggregate/aggregate-spec.ts";
import { aggregateType } from "../aggregate/aggregate-spec.ts";
import { valueAt } from "../batch/column.ts";
import { columnOf } from "../batch/column-builder.ts";
import { BIGINT, BOOLEAN, type DataType, DOUBLE, type Field, STRING, TIMESTAMP_3 } from "../batch/data-type.ts";
import { type RecordBatch, recordBatch } from "../batch/record-batch.ts";
import { createMetricGroup } from "../metrics.ts";
import { createMemoryState } from "../state/memory-state-backend.ts";
import type { TimeWindowSpec } from "../window/time-windows.ts";
import type { Operator, OperatorContext } from "./operator.ts";
import { createWindowAggregate, type WindowAggregateSpec } from "./window-aggregate.ts";

const fields: readonly Field[] = [
  { name: "key", type: STRING },
  { name: "ts", type: TIMESTAMP_3 },
  { name: "n", type: BIGINT },
  { name: "x", type: DOUBLE },
  { name: "flag", type: BOOLEAN },
];
type Row = readonly [string | null, number, number | bigint | null, number | null, boolean | null];

function aggregate(
  name: AggregateSpec["function"],
  arg: number | null,
  options: { distinct?: boolean; filter?: number } = {},
): AggregateSpec {
  const args = arg === null ? [] : [arg];
  const argTypes = args.map((column) => fields[column].type);
  const { distinct = false, filter = null } = options;
  return { function: name, args, argTypes, filter, distinct, type: aggregateType(name, argTypes) };
}

const count = aggregate("count", null);
const sum = aggregate("sum", 2);
const invertible = [count, aggregate("count", 2), sum, aggregate("avg", 2), aggregate("sum", 2, { filter: 4 })];
const extremes = [count, aggregate("min", 2), aggregate("max", 3), aggregate("max", 0), aggregate("sum", 3)];
const distinct = [
  aggregate("count", 2, { distinct: true }),
  aggregate("sum", 2, { distinct: true, filter: 4 }),
  aggregate("avg", 2, { distinct: true }),
  aggregate("count", 3, { distinct: true }),
  sum,
];
/** Which row of a window comes first is told only where rows come in order: see below. */
const collected = [aggregate("collect", 2), aggregate("collect", 0, { filter: 4 }), aggregate("max", 2)];
const mixed = [aggregate("count", 2, { distinct: true }), sum, aggregate("max", 2)];

const properties = ["window_start", "window_end", "window_time"] as const;
const propertyFields: Field[] = properties.map((name) => ({ name, type: TIMESTAMP_3 }));

function specOf(
  window: TimeWindowSpec,
  aggregates: readonly AggregateSpec[],
  keys: readonly number[] = [0],
): WindowAggregateSpec {
  return { kind: "window-aggregate", inputFields: fields, keys, window, timeColumn: 1, aggregates, properties };
}

function outputOf(spec: WindowAggregateSpec): Field[] {
  const results = spec.aggregates.map(({ type }, i): Field => ({ name: `a${i}`, type }));
  return [...spec.keys.map((key) => fields[key]), ...results, ...propertyFields];
}

/** One aggregate by its definition. Doubles in tests are multiples of 1/4 and small, so that every order adds up alike. */
function evaluate({ function: name, args, filter, distinct }: AggregateSpec, group: readonly Row[]): unknown {
  const passed = filter === null ? group : group.filter((row) => row[filter] === true);
  if (args.length === 0) return passed.length;
  let values = passed.map((row) => row[args[0]]).filter((value) => value !== null);
  if (distinct) values = [...new Set(values)];
  if (name === "count") return values.length;
  if (name === "collect") {
    const counts = new Map<unknown, number>();
    for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
    return counts;
  }
  if (values.length === 0) return null;
  if (name === "first_value") return values[0];
  if (name === "last_value") return values.at(-1);
  if (name === "min" || name === "max") {
    const sorted = values.toSorted((a, b) => (a! < b! ? -1 : a! > b! ? 1 : 0));
    return name === "min" ? sorted[0] : sorted.at(-1);
  }
  if (args[0] === 3) return values.reduce((a: number, b) => a + (b as number), 0);
  const total = values.reduce((a: bigint, b) => a + BigInt(b as number), 0n);
  return name === "sum" ? BigInt.asIntN(64, total) : BigInt.asIntN(64, total) / BigInt(values.length);
}

interface Interval {
  readonly start: number;
  readonly end: number;
}

function windowsOf(spec: TimeWindowSpec, time: number): Interval[] {
  const every = spec.kind === "hop" ? spec.slideMs : spec.sizeMs;
  const steps = spec.kind === "cumulate" ? spec.sizeMs / spec.stepMs : 1;
  const found: Interval[] = [];
  const nearest = Math.floor((time - spec.offsetMs) / every);
  for (let k = nearest - Math.ceil(spec.sizeMs / every) - 1; k <= nearest + 1; k++) {
    const start = k * every + spec.offsetMs;
    for (let step = 1; step <= steps; step++) {
      const end = start + (spec.sizeMs / steps) * step;
      if (start <= time && time < end) found.push({ start, end });
    }
  }
  return found;
}

type Step = readonly Row[] | number;

/** All results, from scratch: each row in each of its windows that is open when it comes; and the rows that are in none. */
function naive(spec: WindowAggregateSpec, steps: readonly Step[]): { results: unknown[][]; late: number } {
  const groups = new Map<string, { window: Interval; key: unknown[]; rows: Row[] }>();
  let watermark = Number.NEGATIVE_INFINITY;
  let late = 0;
  for (const step of steps) {
    if (typeof step === "number") {
      watermark = Math.max(watermark, step);
      continue;
    }
    for (const row of step) {
      const windows = windowsOf(spec.window, row[1]);
      const open = windows.filter(({ end }) => end - 1 > watermark);
      if (windows.length > 0 && open.length === 0) late++;
      for (const window of open) {
        const key = spec.keys.map((column) => row[column]);
        const id = JSON.stringify([window, key]);
        const group = groups.get(id) ?? { window, key, rows: [] };
        groups.set(id, group);
        group.rows.push(row);
      }
    }
  }
  const results = [...groups.values()].map(({ window: { start, end }, key, rows }) => [
    ...key,
    ...spec.aggregates.map((one) => evaluate(one, rows)),
    start,
    end,
    end - 1,
  ]);
  return { results, late };
}

const textOf = (row: readonly unknown[]) =>
  row
    .map((value) =>
      value === null ? "NULL" : value instanceof Map ? [...value].map(String).sort().join() : `${value}`,
    )
    .join("|");

function contextOf(): OperatorContext & { metrics: ReturnType<typeof createMetricGroup> } {
  return { operatorId: "window", state: createMemoryState(), metrics: createMetricGroup() };
}

function batchOf(list: readonly Row[]): RecordBatch {
  const columns = fields.map((field, c) =>
    columnOf(
      field.type,
      list.map((row) => row[c]),
    ),
  );
  return recordBatch(list.length, columns);
}

function rowsOf(batch: RecordBatch, types: readonly { readonly type: DataType }[]): unknown[][] {
  expect(batch.columns.length).toBe(types.length);
  return Array.from({ length: batch.length }, (_, row) =>
    types.map(({ type }, c) => valueAt(batch.columns[c], row, type)),
  );
}

function check(spec: WindowAggregateSpec, steps: readonly Step[]): void {
  const context = contextOf();
  const operator = createWindowAggregate(spec, context);
  const output = outputOf(spec);
  const emitted: unknown[][] = [];
  let watermark = Number.NEGATIVE_INFINITY;
  const advance = (to: number) => {
    if (to <= watermark) return;
    const out = [...operator.onWatermark(to)].flatMap((batch) => rowsOf(batch, output));
    const times = out.map((row) => row.at(-1) as number);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    for (const time of times) expect(time > watermark && time <= to).toBe(true);
    emitted.push(...out);
    watermark = to;
  };
  for (const step of [...steps, Number.POSITIVE_INFINITY]) {
    if (typeof step === "number") advance(step);
    else expect([...operator.onBatch(batchOf(step), 0)]).toEqual([]);
  }
  const expected = naive(spec, steps);
  expect(emitted.map(textOf).sort()).toEqual(expected.results.map(textOf).sort());
  expect(context.metrics.read().numLateRecordsDropped).toBe(expected.late);
}

const row: fc.Arbitrary<Row> = fc.tuple(
  fc.constantFrom("a", "b", "c", null),
  fc.oneof(
    { weight: 9, arbitrary: fc.integer({ min: -30, max: 120 }) },
    { weight: 1, arbitrary: fc.constantFrom(1e12, 5e11 + 3, -7e11) },
  ),
  fc.constantFrom<number | bigint | null>(null, 0, 1, 2, -5, 2n ** 62n, -(2n ** 62n) - 1n),
  fc.constantFrom(null, 0, 0.25, -1.5, 8),
  fc.constantFrom(null, true, false),
);
/** Rows around a time that moves on, and watermarks around it too: most in time, some late for some windows or for all. */
const steps: fc.Arbitrary<Step[]> = fc
  .array(
    fc.oneof(
      { weight: 3, arbitrary: fc.array(row, { minLength: 1, maxLength: 8 }) },
      { weight: 2, arbitrary: fc.integer({ min: -20, max: 130 }) },
    ),
    { maxLength: 20 },
  )
  .map((list) => list.map((step, i) => (typeof step === "number" ? Math.min(step, i * 10) : step)));

const offsetMs = fc.integer({ min: -7, max: 7 });
const window: fc.Arbitrary<TimeWindowSpec> = fc.oneof(
  fc.record({ kind: fc.constant("tumble" as const), sizeMs: fc.integer({ min: 1, max: 20 }), offsetMs }),
  fc.record({
    kind: fc.constant("hop" as const),
    sizeMs: fc.integer({ min: 1, max: 30 }),
    slideMs: fc.integer({ min: 1, max: 12 }),
    offsetMs,
  }),
  fc
    .record({ stepMs: fc.integer({ min: 1, max: 8 }), parts: fc.integer({ min: 1, max: 5 }), offsetMs })
    .map(({ stepMs, parts, offsetMs }) => ({ kind: "cumulate" as const, stepMs, sizeMs: stepMs * parts, offsetMs })),
);

describe("window aggregate", () => {
  for (const window of [
    { kind: "tumble", sizeMs: 10, offsetMs: 0 },
    { kind: "hop", sizeMs: 10, slideMs: 4, offsetMs: 0 },
    { kind: "cumulate", sizeMs: 12, stepMs: 4, offsetMs: 0 },
  ] as const) {
    it(`keeps the order of rows that come in the order of time: ${window.kind}`, () => {
      const ordered = [
        aggregate("first_value", 2),
        aggregate("last_value", 2),
        aggregate("first_value", 0, { filter: 4 }),
      ];
      const inOrder = Array.from({ length: 40 }, (_, i): Row => ["a", i, i % 7 === 0 ? null : i, null, i % 3 === 0]);
      check(specOf(window, ordered), [inOrder.slice(0, 15), inOrder.slice(15, 16), 8, inOrder.slice(16)]);
    });
  }

  for (const [name, aggregates] of Object.entries({ invertible, extremes, distinct, mixed, collected })) {
    it(`gives what a computation from scratch gives: ${name}`, () => {
      fc.assert(
        fc.property(window, fc.constantFrom<readonly number[]>([0], [], [0, 4]), steps, (window, keys, steps) => {
          check(specOf(window, aggregates, keys), steps);
        }),
        { numRuns: 400 },
      );
    });
  }

  for (const [name, aggregates] of Object.entries({ invertible, extremes, distinct, mixed, collected })) {
    for (const window of [
      { kind: "tumble", sizeMs: 10, offsetMs: 0 },
      { kind: "hop", sizeMs: 10, slideMs: 4, offsetMs: 0 },
      { kind: "cumulate", sizeMs: 12, stepMs: 4, offsetMs: 0 },
    ] as const) {
      it(`survives splits, restores and rescales: ${name}, ${window.kind}`, () => {
        const random = seededRandom(7);
        const pick = <T>(values: readonly T[]) => values[Math.floor(random() * values.length)];
        const spec = specOf(window, aggregates);
        const list: Step[] = [];
        for (let time = 0; time < 60; time += 6) {
          list.push(
            Array.from(
              { length: 5 },
              (): Row => [
                pick(["a", "b", "c", null]),
                time + Math.floor(random() * 16) - 8,
                pick([1, null, -3, 2n ** 61n]),
                pick([0.5, null, 2]),
                pick([true, false, null]),
              ],
            ),
            time,
          );
        }
        const { results, late } = naive(spec, list);
        verifyOperator({
          create: (context) => createWindowAggregate(spec, context),
          inputs: [{ fields }],
          output: { fields: outputOf(spec) },
          partitionedBy: [[0]],
        })
          .input(...list.map((step) => (typeof step === "number" ? watermark(step) : rows(0, step))), end())
          .metrics({ numLateRecordsDropped: late })
          .expect(...(results as TestRow[]));
      });
    }
  }

  it("counts a row that is late for some of its windows in the others", () => {
    const spec = specOf({ kind: "hop", sizeMs: 10, slideMs: 5, offsetMs: 0 }, [count, aggregate("max", 2)], []);
    verifyOperator({
      create: (context) => createWindowAggregate(spec, context),
      inputs: [{ fields }],
      output: { fields: outputOf(spec) },
    })
      .input(
        rows(0, [
          ["a", 1, 1, null, null],
          ["a", 6, 2, null, null],
        ]),
        watermark(9),
        rows(0, [
          ["a", 7, 9, null, null],
          ["a", 3, 99, null, null],
        ]),
        end(),
      )
      .metrics({ numLateRecordsDropped: 1 })
      .expectInOrder([1, 1, -5, 5, 4], [2, 2, 0, 10, 9], [2, 9, 5, 15, 14]);
  });

  it("skips years without rows, and emits at most 4096 rows at once", () => {
    const spec = specOf({ kind: "hop", sizeMs: 2, slideMs: 1, offsetMs: 0 }, [count]);
    const operator = createWindowAggregate(spec, contextOf());
    const year = 365 * 86_400_000;
    for (const time of [0, 1000 * year]) {
      const list = Array.from({ length: 5000 }, (_, i): Row => [`key ${i}`, time, 1, 1, true]);
      for (const part of [list.slice(0, 4096), list.slice(4096)]) for (const _ of operator.onBatch(batchOf(part), 0));
    }
    const sizes = [...operator.onWatermark(Number.POSITIVE_INFINITY)].map(({ length }) => length);
    expect(sizes).toEqual([4096, 904, 4096, 904, 4096, 904, 4096, 904]);
  });

  it("fails on a NULL time", () => {
    const spec = specOf({ kind: "tumble", sizeMs: 2, offsetMs: 0 }, [count]);
    const operator: Operator = createWindowAggregate(spec, contextOf());
    const batch = recordBatch(
      1,
      fields.map(({ type }) => columnOf(type, [null])),
    );
    expect(() => [...operator.onBatch(batch, 0)]).toThrow(/rowtime is NULL/);
  });
});
