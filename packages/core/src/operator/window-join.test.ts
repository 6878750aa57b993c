import { end, rows, verifyOperator, watermark } from "@millrace/testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { valueAt } from "../batch/column.ts";
import { columnOf } from "../batch/column-builder.ts";
import { BIGINT, type Field, STRING, TIMESTAMP_3 } from "../batch/data-type.ts";
import type { JoinType } from "../batch/join-type.ts";
import { type RecordBatch, recordBatch } from "../batch/record-batch.ts";
import { createMetricGroup } from "../metrics.ts";
import { createRowStore } from "../state/chunked-row-store.ts";
import type { RowStore } from "../state/row-store.ts";
import type { StateBackend } from "../state/state-backend.ts";
import type { OperatorContext } from "./operator.ts";
import { createWindowJoin, type WindowJoinSpec } from "./window-join.ts";

const fields: readonly Field[] = [
  { name: "key", type: BIGINT },
  { name: "name", type: STRING },
  { name: "window_start", type: TIMESTAMP_3 },
  { name: "window_end", type: TIMESTAMP_3 },
];
type Row = readonly [unknown, string, number, number];

function contextOf(stores: RowStore[] = []): OperatorContext & { metrics: ReturnType<typeof createMetricGroup> } {
  const state: Partial<StateBackend> = {
    rowStore(descriptor) {
      const store = createRowStore(descriptor);
      stores.push(store);
      return store;
    },
    operatorValue(_name, initial) {
      let value = initial;
      return { get: () => value, set: (next) => (value = next) };
    },
  };
  return { operatorId: "join", state: state as StateBackend, metrics: createMetricGroup() };
}

function batchOf(rows: readonly Row[]): RecordBatch {
  const columns = fields.map((field, c) =>
    columnOf(
      field.type,
      rows.map((row) => row[c]),
    ),
  );
  return recordBatch(rows.length, columns);
}

const spec = (joinType: JoinType): WindowJoinSpec => ({
  kind: "window-join",
  joinType,
  leftFields: fields,
  rightFields: fields,
  leftKeys: [0],
  rightKeys: [0],
  leftWindow: { startColumn: 2, endColumn: 3 },
  rightWindow: { startColumn: 2, endColumn: 3 },
});

function rowsOf(batch: RecordBatch, types: readonly Field[]): unknown[][] {
  expect(batch.columns.length).toBe(types.length);
  return Array.from({ length: batch.length }, (_, row) =>
    types.map((field, c) => valueAt(batch.columns[c], row, field.type)),
  );
}

const text = (row: readonly unknown[]) => row.map((value) => String(value)).join("|");

function naive(joinType: JoinType, left: readonly Row[], right: readonly Row[]): string[] {
  const matches = (l: Row, r: Row) => l[0] !== null && l[0] === r[0] && l[2] === r[2] && l[3] === r[3] && l[1] <= r[1];
  const out: (readonly unknown[])[] = [];
  const nulls = [null, null, null, null];
  for (const l of left) {
    const partners = right.filter((r) => matches(l, r));
    if (joinType === "semi") out.push(...(partners.length > 0 ? [l] : []));
    else if (joinType === "anti") out.push(...(partners.length === 0 ? [l] : []));
    else out.push(...partners.map((r) => [...l, ...r]));
    if ((joinType === "left" || joinType === "full") && partners.length === 0) out.push([...l, ...nulls]);
  }
  if (joinType === "right" || joinType === "full") {
    for (const r of right) if (!left.some((l) => matches(l, r))) out.push([...nulls, ...r]);
  }
  return out.map(text).sort();
}

const row = fc
  .tuple(
    fc.constantFrom<unknown>(null, 1, 2, 2n ** 60n),
    fc.constantFrom("a", "b"),
    fc.integer({ min: 0, max: 3 }),
    fc.boolean(),
  )
  .map(([key, name, window, wide]): Row => [key, name, window * 10, window * 10 + (wide ? 20 : 10)]);
const events = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({ side: fc.constantFrom(0, 1), rows: fc.array(row, { minLength: 1, maxLength: 5 }) }),
    },
    { weight: 1, arbitrary: fc.record({ watermark: fc.integer({ min: 0, max: 60 }) }) },
  ),
  { maxLength: 25 },
);

describe("window join", () => {
  for (const joinType of ["inner", "left", "right", "full", "semi", "anti"] as const) {
    it(`${joinType}: joins each window once it is complete, late rows left out`, () => {
      fc.assert(
        fc.property(events, (steps) => {
          const context = contextOf();
          const name = (batch: RecordBatch, at: number) => String(valueAt(batch.columns[1], at, STRING));
          const join = createWindowJoin(
            spec(joinType),
            context,
            (left, l, right, r) => name(left, l) <= name(right, r),
          );
          const types = joinType === "semi" || joinType === "anti" ? fields : [...fields, ...fields];
          const kept: Row[][] = [[], []];
          let late = 0;
          let watermark = Number.NEGATIVE_INFINITY;
          const advance = (to: number) => {
            if (to <= watermark) return;
            const due = (row: Row) => row[3] - 1 <= to;
            const out = [...join.onWatermark(to)].flatMap((batch) => rowsOf(batch, types));
            expect(out.map(text).sort()).toEqual(naive(joinType, kept[0].filter(due), kept[1].filter(due)));
            const ends = out.map((values) => Number(values[3] ?? values[7]));
            expect(ends).toEqual(ends.toSorted((a, b) => a - b));
            kept[0] = kept[0].filter((row) => !due(row));
            kept[1] = kept[1].filter((row) => !due(row));
            watermark = to;
          };
          for (const step of steps) {
            if ("watermark" in step) advance(step.watermark);
            else {
              expect([...join.onBatch(batchOf(step.rows), step.side)]).toEqual([]);
              const onTime = step.rows.filter((row) => row[3] - 1 > watermark);
              late += step.rows.length - onTime.length;
              kept[step.side].push(...onTime);
            }
          }
          advance(Number.POSITIVE_INFINITY);
          expect(context.metrics.read().numLateRecordsDropped).toBe(late);
        }),
        { numRuns: 300 },
      );
    });
  }

  it("emits batches of at most 4096 rows and frees the window", () => {
    const stores: RowStore[] = [];
    const join = createWindowJoin(spec("inner"), contextOf(stores));
    const rows = (count: number) => Array.from({ length: count }, (_, i): Row => [1, `${i}`, 0, 10]);
    [...join.onBatch(batchOf(rows(100)), 0)];
    [...join.onBatch(batchOf(rows(100)), 1)];
    expect([...join.onWatermark(8)]).toEqual([]);
    expect([...join.onWatermark(9)].map((batch) => batch.length)).toEqual([4096, 4096, 1808]);
    expect(stores.map((store) => store.size)).toEqual([0, 0]);
  });

  it("keeps its state flat over a long run, whatever the join", () => {
    for (const joinType of ["inner", "left", "right", "full", "semi", "anti"] as const) {
      const stores: RowStore[] = [];
      const join = createWindowJoin(spec(joinType), contextOf(stores));
      const bytes = () => stores.reduce((sum, store) => sum + store.byteSize, 0);
      let early = 0;
      let late = 0;
      for (let window = 0; window < 1000; window++) {
        for (const side of [0, 1]) {
          const list = Array.from({ length: 100 }, (_, i): Row => {
            return [i + side * 50, "some text", window * 10, window * 10 + 10];
          });
          for (const _ of join.onBatch(batchOf(list), side));
        }
        for (const _ of join.onWatermark(window * 10 + 5));
        if (window >= 50 && window < 100) early = Math.max(early, bytes());
        if (window >= 900) late = Math.max(late, bytes());
      }
      // The last window is still open, the one before it too by less than half.
      expect(stores.map((store) => store.size)).toEqual([100, 100]);
      expect(late).toBeLessThanOrEqual(early);
    }
  });

  it("drops late rows and joins the rest, over restores and rescales", () => {
    verifyOperator({
      create: (context) => createWindowJoin(spec("left"), context),
      inputs: [{ fields }, { fields }],
      output: { fields: [...fields, ...fields] },
      partitionedBy: [[0], [0]],
    })
      .input(
        rows(0, [
          [1, "a", 0, 10],
          [1, "b", 10, 20],
          [null, "c", 0, 10],
        ]),
        rows(1, [
          [1, "x", 0, 10],
          [1, "y", 0, 10],
          [1, "z", 0, 20],
        ]),
        watermark(9),
        rows(1, [
          [1, "late", 0, 10],
          [1, "w", 10, 20],
        ]),
        end(),
      )
      .metrics({ numLateRecordsDropped: 1 })
      .expect(
        [1, "a", 0, 10, 1, "x", 0, 10],
        [1, "a", 0, 10, 1, "y", 0, 10],
        [null, "c", 0, 10, null, null, null, null],
        [1, "b", 10, 20, 1, "w", 10, 20],
      );
  });
});
