import { end, rows, seededRandom, type TestRow, verifyOperator, watermark } from "@millrace/testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AggregateSpec } from "../aggregate/aggregate-spec.ts";
import { valueAt } from "../batch/column.ts";
import { columnOf } from "../batch/column-builder.ts";
import { BIGINT, type Field, STRING, TIMESTAMP_3 } from "../batch/data-type.ts";
import { type RecordBatch, recordBatch } from "../batch/record-batch.ts";
import { createMetricGroup } from "../metrics.ts";
import { createMemoryState } from "../state/memory-state-backend.ts";
import { createSessionWindowAggregate, type SessionWindowAggregateSpec } from "./session-window-aggregate.ts";

const fields: readonly Field[] = [
  { name: "key", type: STRING },
  { name: "ts", type: TIMESTAMP_3 },
  { name: "n", type: BIGINT },
];
type Row = readonly [string | null, number, number | null];
type Step = readonly Row[] | number;

const aggregates: readonly AggregateSpec[] = [
  {
    function: "count",
    args: [],
    argTypes: [],
    filter: null,
    distinct: false,
    type: { kind: "bigint", nullable: false },
  },
  { function: "sum", args: [2], argTypes: [BIGINT], filter: null, distinct: false, type: BIGINT },
  { function: "max", args: [2], argTypes: [BIGINT], filter: null, distinct: false, type: BIGINT },
];
const properties = ["window_start", "window_end", "window_time"] as const;
const output: Field[] = [
  fields[0],
  ...aggregates.map(({ type }, i) => ({ name: `a${i}`, type })),
  ...properties.map((name) => ({ name, type: TIMESTAMP_3 })),
];
const specOf = (gapMs: number): SessionWindowAggregateSpec => ({
  kind: "session-window-aggregate",
  inputFields: fields,
  keys: [0],
  gapMs,
  timeColumn: 1,
  aggregates,
  properties,
});

interface Session {
  start: number;
  end: number;
  rows: Row[];
}

/**
 * Sessions as an operator that merges windows makes them: a row opens [t, t + gap), which takes in all windows of the key that
 * it intersects or touches; the row is late if the merged window is due, and a due window is emitted.
 */
function naive(gapMs: number, steps: readonly Step[]): { results: unknown[][]; late: number; perStep: number[] } {
  const sessions = new Map<string | null, Session[]>();
  const results: unknown[][] = [];
  const perStep: number[] = [];
  let watermark = Number.NEGATIVE_INFINITY;
  let late = 0;
  for (const step of [...steps, Number.POSITIVE_INFINITY]) {
    const before = results.length;
    if (typeof step === "number") {
      watermark = Math.max(watermark, step);
      for (const [key, list] of sessions) {
        for (const { start, end, rows } of list.filter((session) => session.end - 1 <= watermark)) {
          const values = rows.map((row) => row[2]).filter((value) => value !== null);
          const sum = values.length === 0 ? null : values.reduce((a, b) => a + b, 0);
          results.push([key, rows.length, sum, values.length === 0 ? null : Math.max(...values), start, end, end - 1]);
        }
        sessions.set(
          key,
          list.filter((session) => session.end - 1 > watermark),
        );
      }
    } else {
      for (const row of step) {
        const list = sessions.get(row[0]) ?? [];
        const merged: Session = { start: row[1], end: row[1] + gapMs, rows: [row] };
        const touching = list.filter((session) => session.start <= merged.end && session.end >= merged.start);
        for (const session of touching) {
          merged.start = Math.min(merged.start, session.start);
          merged.end = Math.max(merged.end, session.end);
          merged.rows.push(...session.rows);
        }
        if (merged.end - 1 <= watermark) late++;
        else sessions.set(row[0], [...list.filter((session) => !touching.includes(session)), merged]);
      }
    }
    perStep.push(results.length - before);
  }
  return { results, late, perStep };
}

const textOf = (row: readonly unknown[]) => row.map((value) => (value === null ? "NULL" : `${value}`)).join("|");

function batchOf(list: readonly Row[]): RecordBatch {
  const columns = fields.map((field, c) =>
    columnOf(
      field.type,
      list.map((row) => row[c]),
    ),
  );
  return recordBatch(list.length, columns);
}

function contextOf() {
  return { operatorId: "session", state: createMemoryState(), metrics: createMetricGroup() };
}

const row: fc.Arbitrary<Row> = fc.tuple(
  fc.constantFrom("a", "b", null),
  fc.oneof(
    { weight: 8, arbitrary: fc.integer({ min: -40, max: 160 }) },
    { weight: 2, arbitrary: fc.integer({ min: -160, max: 640 }).map((n) => n / 4) },
  ),
  fc.constantFrom(null, 1, 2, -7),
);
const stepsOf = (scale: number): fc.Arbitrary<Step[]> =>
  fc
    .array(
      fc.oneof(
        { weight: 3, arbitrary: fc.array(row, { minLength: 1, maxLength: 8 }) },
        { weight: 2, arbitrary: fc.integer({ min: -30, max: 170 }) },
      ),
      { maxLength: 30 },
    )
    .map((list) => list.map((step, i) => (typeof step === "number" ? Math.min(step, i * scale) : step)));

describe("session window aggregate", () => {
  for (const scale of [3, 10, 40]) {
    it(`makes the sessions that merging windows makes, at the same watermarks: watermarks up to ${scale} apart`, () => {
      fc.assert(
        fc.property(fc.integer({ min: 1, max: 30 }), stepsOf(scale), (gapMs, steps) => {
          const context = contextOf();
          const operator = createSessionWindowAggregate(specOf(gapMs), context);
          const emitted: unknown[][] = [];
          const perStep: number[] = [];
          let watermark = Number.NEGATIVE_INFINITY;
          for (const step of [...steps, Number.POSITIVE_INFINITY]) {
            const before = emitted.length;
            if (typeof step !== "number") expect([...operator.onBatch(batchOf(step), 0)]).toEqual([]);
            else if (step > watermark) {
              watermark = step;
              for (const batch of operator.onWatermark(step)) {
                for (let i = 0; i < batch.length; i++) {
                  emitted.push(output.map(({ type }, c) => valueAt(batch.columns[c], i, type)));
                }
              }
              const times = emitted.slice(before).map((values) => values.at(-1) as number);
              expect(times).toEqual(times.toSorted((a, b) => a - b));
            }
            perStep.push(emitted.length - before);
          }
          const expected = naive(gapMs, steps);
          expect(emitted.map(textOf).sort()).toEqual(expected.results.map(textOf).sort());
          expect(perStep).toEqual(expected.perStep);
          expect(context.metrics.read().numLateRecordsDropped).toBe(expected.late);
        }),
        { numRuns: 1500 },
      );
    });
  }

  it("survives splits, restores and rescales", () => {
    const random = seededRandom(11);
    const steps: Step[] = [];
    for (let time = 0; time < 100; time += 7) {
      steps.push(
        Array.from(
          { length: 4 },
          (): Row => [
            ["a", "b", "c", null][Math.floor(random() * 4)],
            time + Math.floor(random() * 30) - 20,
            Math.floor(random() * 5),
          ],
        ),
        time,
      );
    }
    const { results, late } = naive(9, steps);
    expect(late).toBeGreaterThan(0);
    verifyOperator({
      create: (context) => createSessionWindowAggregate(specOf(9), context),
      inputs: [{ fields }],
      output: { fields: output },
      partitionedBy: [[0]],
    })
      .input(...steps.map((step) => (typeof step === "number" ? watermark(step) : rows(0, step))), end())
      .metrics({ numLateRecordsDropped: late })
      .expect(...(results as TestRow[]));
  });

  it("joins two sessions when a row comes between them, and rows exactly a gap apart", () => {
    verifyOperator({
      create: (context) => createSessionWindowAggregate(specOf(10), context),
      inputs: [{ fields }],
      output: { fields: output },
      partitionedBy: [[0]],
    })
      .input(
        rows(0, [
          ["a", 0, 1],
          ["a", 20, 2],
          ["b", 5, 1],
          ["b", 15, 1],
          ["c", 5, 1],
          ["c", 16, 1],
        ]),
        rows(0, [["a", 10, 4]]),
        end(),
      )
      .expect(
        ["a", 3, 7, 4, 0, 30, 29],
        ["b", 2, 2, 1, 5, 25, 24],
        ["c", 1, 1, 1, 5, 15, 14],
        ["c", 1, 1, 1, 16, 26, 25],
      );
  });

  it("emits at most 4096 sessions at once, and fails on a NULL time", () => {
    const operator = createSessionWindowAggregate(specOf(10), contextOf());
    for (let part = 0; part < 2; part++) {
      const list = Array.from({ length: 3000 }, (_, i): Row => [`${part}-${i}`, i % 10, 1]);
      for (const _ of operator.onBatch(batchOf(list), 0));
    }
    expect([...operator.onWatermark(100)].map(({ length }) => length)).toEqual([4096, 1904]);
    const batch = recordBatch(
      1,
      fields.map(({ type }) => columnOf(type, [null])),
    );
    expect(() => [...operator.onBatch(batch, 0)]).toThrow(/rowtime is NULL/);
  });

  it("refuses DISTINCT with what to do instead", () => {
    const distinct = [{ ...aggregates[1], distinct: true }];
    expect(() => createSessionWindowAggregate({ ...specOf(10), aggregates: distinct }, contextOf())).toThrow(
      /DISTINCT aggregates over session windows/,
    );
  });
});
