import { change, end, rows, verifyOperator, watermark } from "@millrace/testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { valueAt } from "../batch/column.ts";
import { columnOf } from "../batch/column-builder.ts";
import { BIGINT, BOOLEAN, type Field, STRING, TIMESTAMP_3 } from "../batch/data-type.ts";
import { isLeftOnly, type JoinType } from "../batch/join-type.ts";
import { type RecordBatch, recordBatch } from "../batch/record-batch.ts";
import { rowKindSign } from "../batch/row-kind.ts";
import { createMetricGroup } from "../metrics.ts";
import { createRowStore } from "../state/chunked-row-store.ts";
import type { RowStore } from "../state/row-store.ts";
import type { StateBackend } from "../state/state-backend.ts";
import type { OperatorContext } from "./operator.ts";
import { createRegularJoin, type RegularJoinSpec } from "./regular-join.ts";

const fields: readonly Field[] = [
  { name: "key", type: BIGINT },
  { name: "name", type: STRING },
  { name: "ts", type: TIMESTAMP_3 },
];
type Row = readonly unknown[];
interface Change {
  readonly side: 0 | 1;
  readonly kind: number;
  readonly row: Row;
}

function contextOf(stores: RowStore[] = []): OperatorContext {
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

function batchOf(changes: readonly Change[]): RecordBatch {
  const columns = fields.map((field, c) =>
    columnOf(
      field.type,
      changes.map((change) => change.row[c]),
    ),
  );
  return recordBatch(
    changes.length,
    columns,
    Uint8Array.from(changes, (change) => change.kind),
  );
}

const spec = (joinType: JoinType): RegularJoinSpec => ({
  kind: "regular-join",
  joinType,
  leftFields: fields,
  rightFields: fields,
  leftKeys: [0],
  rightKeys: [0],
  leftPruning: null,
  rightPruning: null,
});

/** What a mark join adds to its left rows. */
const marks = (joinType: JoinType): readonly Field[] =>
  joinType === "mark" ? [{ name: "mark", type: { ...BOOLEAN, nullable: false } }] : [];

const textOf = (row: readonly unknown[]) => row.map((value) => String(value)).join("|");

/** Adds a batch to a multiset of rows; entries that come to 0 go. */
function applyTo(table: Map<string, number>, batch: RecordBatch, types: readonly Field[]): void {
  expect(batch.columns.length).toBe(types.length);
  for (let row = 0; row < batch.length; row++) {
    const text = textOf(types.map((field, c) => valueAt(batch.columns[c], row, field.type)));
    const count = (table.get(text) ?? 0) + rowKindSign[batch.kinds === null ? 0 : batch.kinds[row]];
    if (count === 0) table.delete(text);
    else table.set(text, count);
  }
}

const residualOf = (left: Row, right: Row) => Number(left[2]) <= Number(right[2]) + 3;

/** The join by its definition, over the tables that the changes leave. */
function naiveJoin(joinType: JoinType, changes: readonly Change[], nullSafe: boolean): Map<string, number> {
  const tables: Row[][] = [[], []];
  for (const { side, kind, row } of changes) {
    if (rowKindSign[kind] > 0) tables[side].push(row);
    else {
      const at = tables[side].findIndex((other) => textOf(other) === textOf(row));
      tables[side].splice(at, 1);
    }
  }
  const [left, right] = tables;
  const result = new Map<string, number>();
  const add = (row: Row) => result.set(textOf(row), (result.get(textOf(row)) ?? 0) + 1);
  const nulls = fields.map(() => null);
  const matches = (l: Row, r: Row) => (nullSafe || l[0] !== null) && l[0] === r[0] && residualOf(l, r);
  for (const l of left) {
    const partners = right.filter((r) => matches(l, r));
    if (joinType === "semi") {
      if (partners.length > 0) add(l);
    } else if (joinType === "anti") {
      if (partners.length === 0) add(l);
    } else if (joinType === "mark") add([...l, partners.length > 0]);
    else for (const r of partners) add([...l, ...r]);
    if ((joinType === "left" || joinType === "full") && partners.length === 0) add([...l, ...nulls]);
  }
  if (joinType === "right" || joinType === "full") {
    for (const r of right) if (!left.some((l) => matches(l, r))) add([...nulls, ...r]);
  }
  return result;
}

const key = fc.constantFrom<unknown>(null, 0, 1, 2, 9007199254740993n, -9007199254740995n, 2n ** 63n - 1n);
const row = fc.tuple(
  key,
  fc.constantFrom<unknown>(null, "", "a", "héllo", "x".repeat(60)),
  fc.integer({ min: 0, max: 5 }),
);
/** Inserts, and retractions of a row that is there. */
const history = fc
  .array(fc.record({ side: fc.constantFrom<0 | 1>(0, 1), row, takesBack: fc.nat(3), pick: fc.nat(100) }), {
    maxLength: 60,
  })
  .map((steps) => {
    const tables: Row[][] = [[], []];
    return steps.map(({ side, row, takesBack, pick }): Change => {
      const table = tables[side];
      if (takesBack === 0 && table.length > 0) {
        const [taken] = table.splice(pick % table.length, 1);
        return { side, kind: pick % 2 === 0 ? 1 : 3, row: taken };
      }
      table.push(row);
      return { side, kind: pick % 2 === 0 ? 0 : 2, row };
    });
  });

/** Runs of changes of one side, cut at `size`. */
function* batches(changes: readonly Change[], size: number): Generator<readonly Change[]> {
  for (let from = 0; from < changes.length; ) {
    let to = from + 1;
    while (to < changes.length && to - from < size && changes[to].side === changes[from].side) to++;
    yield changes.slice(from, to);
    from = to;
  }
}

describe("regular join", () => {
  const joinTypes = ["inner", "left", "right", "full", "semi", "anti", "mark"] as const;
  for (const [joinType, nullSafe] of joinTypes.flatMap((each) => [[each, false] as const, [each, true] as const])) {
    it(`${joinType}${nullSafe ? ", NULL equals NULL" : ""}: the materialised output is the join of the tables after each batch`, () => {
      fc.assert(
        fc.property(history, fc.constantFrom(1, 2, 7, 100), (changes, size) => {
          const join = createRegularJoin(
            { ...spec(joinType), nullSafeKeys: [nullSafe] },
            contextOf(),
            (left, l, right, r) =>
              residualOf(
                [0, 0, valueAt(left.columns[2], l, TIMESTAMP_3)],
                [0, 0, valueAt(right.columns[2], r, TIMESTAMP_3)],
              ),
          );
          const types = isLeftOnly(joinType) ? [...fields, ...marks(joinType)] : [...fields, ...fields];
          const table = new Map<string, number>();
          let done = 0;
          for (const part of batches(changes, size)) {
            for (const out of join.onBatch(batchOf(part), part[0].side)) applyTo(table, out, types);
            done += part.length;
            expect(table).toEqual(naiveJoin(joinType, changes.slice(0, done), nullSafe));
          }
        }),
        { numRuns: 150 },
      );
    });
  }

  it("emits batches of at most 4096 rows for a key with many partners", () => {
    const join = createRegularJoin(spec("inner"), contextOf());
    const rows = (side: 0 | 1, count: number) =>
      batchOf(Array.from({ length: count }, (_, i) => ({ side, kind: 0, row: [7, `${side}-${i}`, 0] })));
    expect([...join.onBatch(rows(1, 3000), 1)]).toEqual([]);
    const out = [...join.onBatch(rows(0, 5), 0)];
    expect(out.map((batch) => batch.length)).toEqual([4096, 4096, 4096, 2712]);
  });

  it("drops pruned rows slice by slice, and still joins a late row with what is there", () => {
    const stores: RowStore[] = [];
    const pruned = { ...spec("inner"), leftPruning: { column: 2, offsetMs: -10_000, inclusive: false } };
    const join = createRegularJoin(pruned, contextOf(stores));
    let held = 0;
    let bytes = 0;
    for (let second = 0; second < 300; second++) {
      const rows = Array.from({ length: 100 }, (_, i) => ({
        side: 0 as const,
        kind: 0,
        row: [i, "some text", second * 1000 + i],
      }));
      expect([...join.onBatch(batchOf(rows), 0)]).toEqual([]);
      join.onWatermark(second * 1000);
      held = Math.max(held, stores[0].size);
      if (second === 60) bytes = stores[0].byteSize;
    }
    expect(held).toBeLessThanOrEqual(1400);
    expect(stores[0].byteSize).toBeLessThanOrEqual(bytes * 1.5);
    const late = [{ side: 0 as const, kind: 0, row: [5, "late", 1000] }];
    [...join.onBatch(batchOf(late), 0)];
    const [out] = [...join.onBatch(batchOf([{ side: 1, kind: 0, row: [5, "r", 0] }]), 1)];
    expect(out.length).toBe(stores[0].size / 100);
    const [lateOut] = [...join.onBatch(batchOf(late), 0)];
    expect(lateOut.length).toBe(1);
  });

  it("takes back rows of one key without walking the others", () => {
    const join = createRegularJoin(spec("inner"), contextOf());
    const batches = (kind: number) =>
      Array.from({ length: 40 }, (_, part) =>
        batchOf(Array.from({ length: 2500 }, (_, i) => ({ side: 0 as const, kind, row: [1, `${part}-${i}`, 0] }))),
      );
    const start = performance.now();
    for (const batch of batches(0)) for (const _ of join.onBatch(batch, 0));
    const added = performance.now();
    for (const batch of batches(3)) for (const _ of join.onBatch(batch, 0));
    // A walk per row would take 100,000 times 50,000 steps: minutes.
    expect(performance.now() - added).toBeLessThan(20 * (added - start) + 1000);
    expect([...join.onBatch(batchOf([{ side: 1, kind: 0, row: [1, "r", 0] }]), 1)]).toEqual([]);
  });

  it("keeps match counts over restores and rescales", () => {
    verifyOperator({
      create: (context) => createRegularJoin(spec("full"), context),
      inputs: [{ fields }, { fields }],
      output: { fields: [...fields, ...fields] },
      partitionedBy: [[0], [0]],
    })
      .input(
        rows(0, [
          [1, "l1", 0],
          [2, "l2", 0],
          [null, "l3", 0],
        ]),
        rows(1, [
          [1, "r1", 0],
          [1, "r2", 0],
          [9007199254740993n, "r3", 0],
        ]),
        watermark(10),
        rows(1, [change("-D", 1, "r1", 0)]),
        rows(1, [change("-D", 1, "r2", 0)]),
        rows(0, [[9007199254740993n, "l4", 0], change("-U", 2, "l2", 0), change("+U", 1, "l2", 0)]),
        rows(1, [[1, "r4", 0]]),
        end(),
      )
      .expectTable(
        [1, "l1", 0, 1, "r4", 0],
        [1, "l2", 0, 1, "r4", 0],
        [null, "l3", 0, null, null, null],
        [9007199254740993n, "l4", 0, 9007199254740993n, "r3", 0],
      );
  });

  it("updates the marks of a mark join, also after restores and rescales", () => {
    verifyOperator({
      create: (context) => createRegularJoin({ ...spec("mark"), nullSafeKeys: [true] }, context),
      inputs: [{ fields }, { fields }],
      output: { fields: [...fields, ...marks("mark")] },
      partitionedBy: [[0], [0]],
    })
      .input(
        rows(0, [
          [1, "a", 0],
          [null, "b", 0],
          [2, "c", 0],
        ]),
        rows(1, [
          [null, "r", 0],
          [1, "r", 0],
        ]),
        rows(1, [[1, "s", 0], change("-D", null, "r", 0)]),
        rows(1, [change("-D", 1, "r", 0)]),
        end(),
      )
      .expect(
        [1, "a", 0, false],
        [null, "b", 0, false],
        [2, "c", 0, false],
        change("-U", null, "b", 0, false),
        change("+U", null, "b", 0, true),
        change("-U", 1, "a", 0, false),
        change("+U", 1, "a", 0, true),
        change("-U", null, "b", 0, true),
        change("+U", null, "b", 0, false),
      );
  });

  it("emits the changes of an inner join with the kinds of the rows that made them", () => {
    verifyOperator({
      create: (context) => createRegularJoin(spec("inner"), context),
      inputs: [{ fields }, { fields }],
      output: { fields: [...fields, ...fields] },
      partitionedBy: [[0], [0]],
    })
      .input(
        rows(1, [[1, "r", 0]]),
        rows(0, [change("-U", 1, "old", 0), change("+U", 1, "new", 0), [2, "x", 0]]),
        end(),
      )
      .expectInOrder(change("-U", 1, "old", 0, 1, "r", 0), change("+U", 1, "new", 0, 1, "r", 0));
  });
});
