import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { valueAt } from "../batch/column.ts";
import { columnOf } from "../batch/column-builder.ts";
import { BIGINT, BOOLEAN, type Field, STRING, VALUE } from "../batch/data-type.ts";
import { hashRows } from "../batch/hash-rows.ts";
import { type RecordBatch, recordBatch } from "../batch/record-batch.ts";
import { createRowStore } from "./chunked-row-store.ts";
import { CHUNK_MASK } from "./row-id.ts";
import type { RowStore } from "./row-store.ts";

const fields: readonly Field[] = [
  { name: "key", type: BIGINT },
  { name: "text", type: STRING },
  { name: "flag", type: BOOLEAN },
  { name: "value", type: VALUE },
];
type Row = readonly unknown[];

function batchOf(rows: readonly Row[]): RecordBatch {
  const columns = fields.map((field, c) =>
    columnOf(
      field.type,
      rows.map((row) => row[c]),
    ),
  );
  return recordBatch(rows.length, columns);
}

function append(store: RowStore, bucket: number, rows: readonly Row[]): Int32Array {
  const { columns, length } = batchOf(rows);
  const hashes = new Int32Array(length);
  hashRows([columns[0]], length, hashes);
  const ids = new Int32Array(length);
  const all = Int32Array.from({ length }, (_, i) => i);
  store.append(bucket, columns, all, 0, length, hashes, ids);
  return ids;
}

const rowAt = (store: RowStore, id: number) =>
  fields.map((field, c) => valueAt(store.batchOf(id).columns[c], id & CHUNK_MASK, field.type));
const rowsOf = (batch: RecordBatch) =>
  Array.from({ length: batch.length }, (_, i) => fields.map((field, c) => valueAt(batch.columns[c], i, field.type)));
const text = (row: Row) => row.map(String).join("|");

function found(store: RowStore, bucket: number, key: unknown): Row[] {
  const hashes = new Int32Array(1);
  hashRows([columnOf(BIGINT, [key])], 1, hashes);
  const rows: Row[] = [];
  for (let id = store.bucket(bucket)?.find(hashes[0]) ?? -1; id >= 0; id = store.next(id)) {
    if (rowAt(store, id)[0] === key) rows.push(rowAt(store, id));
  }
  return rows;
}

const row = fc.tuple(
  fc.constantFrom<unknown>(null, 1, 2, 3, 2n ** 60n, 10n ** 30n, -(10n ** 30n)),
  fc.oneof(fc.constantFrom(null, ""), fc.string({ maxLength: 3 }), fc.string({ minLength: 900, maxLength: 1000 })),
  fc.constantFrom(null, true, false),
  fc.constantFrom(null, "x", "y"),
);
const action = fc.oneof(
  { weight: 4, arbitrary: fc.record({ bucket: fc.nat(3), rows: fc.array(row, { minLength: 1, maxLength: 12 }) }) },
  { weight: 4, arbitrary: fc.record({ bucket: fc.nat(3), removes: fc.array(fc.nat(100), { maxLength: 8 }) }) },
  { weight: 1, arbitrary: fc.record({ bucket: fc.nat(3), isDrop: fc.constant(true) }) },
);

describe("row store", () => {
  it("holds what a map of arrays holds, through appends, removals, drops and a restore", () => {
    fc.assert(
      fc.property(fc.array(action, { maxLength: 30 }), (actions) => {
        const store = createRowStore({ name: "rows", fields, key: [0] });
        const model = new Map<number, { id: number; row: Row }[]>();
        for (const step of actions) {
          const rows = model.get(step.bucket) ?? [];
          if ("rows" in step) {
            const ids = append(store, step.bucket, step.rows);
            model.set(step.bucket, [...rows, ...step.rows.map((row, i) => ({ id: ids[i], row }))]);
          } else if ("removes" in step) {
            for (const pick of step.removes) {
              if (rows.length === 0) break;
              const [{ id }] = rows.splice(pick % rows.length, 1);
              const same = store.findRow(step.bucket, store.batchOf(id).columns, id & CHUNK_MASK);
              expect(rowAt(store, same)).toEqual(rowAt(store, id));
              store.remove(step.bucket, id);
            }
            if (rows.length === 0) model.delete(step.bucket);
          } else {
            store.drop(step.bucket);
            model.delete(step.bucket);
          }
          for (const [bucket, list] of model)
            for (const { id, row } of list) expect([bucket, rowAt(store, id)]).toEqual([bucket, row]);
        }
        const all = [...model.values()].flat();
        expect(store.size).toBe(all.length);
        expect(store.bucketNumbers()).toEqual([...model.keys()].sort());
        for (const [bucket, list] of model) {
          for (const key of new Set(list.map(({ row }) => row[0]))) {
            const expected = list.filter(({ row }) => row[0] === key).map(({ row }) => text(row));
            expect(found(store, bucket, key).map(text).sort()).toEqual(expected.sort());
          }
        }
        const ids = Int32Array.from([...all.map(({ id }) => id), -1]);
        const gathered = recordBatch(ids.length, store.gather(ids, ids.length));
        expect(rowsOf(gathered)).toEqual([...all.map(({ row }) => row), [null, null, null, null]]);

        const restored = createRowStore({ name: "rows", fields, key: [0] });
        for (const { bucket, batch } of store.batches()) restored.load(bucket, batch);
        expect(restored.size).toBe(store.size);
        for (const [bucket, list] of model) {
          for (const { row } of list) {
            expect(found(restored, bucket, row[0]).map(text).sort()).toEqual(
              found(store, bucket, row[0]).map(text).sort(),
            );
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it("stays of one size while buckets slide and while rows of one key come and go", () => {
    const store = createRowStore({ name: "rows", fields, key: [0] });
    const rows = Array.from({ length: 4000 }, (_, i): Row => [i, "some text ".repeat(5), true, null]);
    let bytes = 0;
    for (let bucket = 0; bucket < 60; bucket++) {
      append(store, bucket, rows);
      append(store, bucket, rows);
      if (bucket >= 5) store.drop(bucket - 5);
      if (bucket === 10) bytes = store.byteSize;
    }
    expect(store.byteSize).toBeLessThanOrEqual(bytes * 1.1);
    const other = createRowStore({ name: "rows", fields, key: [0] });
    append(other, 0, [[0, "stays", true, null]]);
    for (let i = 0; i < 3000; i++) other.remove(0, append(other, 0, [[1, `${i} `.repeat(20), true, null]])[0]);
    expect(other.size).toBe(1);
    expect(other.byteSize).toBeLessThan(50_000);
  });

  it("keeps texts that repeat once for all chunks, and texts that differ in their own", () => {
    const store = createRowStore({ name: "rows", fields, key: [0] });
    const textOf = (i: number) => `https://example.org/${"page/".repeat(10)}${i % 2000}`;
    const rows = Array.from({ length: 20_000 }, (_, i): Row => [i, textOf(i), true, null]);
    for (let from = 0; from < rows.length; from += 1000) append(store, 0, rows.slice(from, from + 1000));
    expect(store.byteSize / rows.length).toBeLessThan(60);
    const others = Array.from({ length: 20_000 }, (_, i): Row => [i, `${i} differs`, null, null]);
    const ids = others.flatMap((_, i) => (i % 1000 === 0 ? [...append(store, 0, others.slice(i, i + 1000))] : []));
    for (let i = 0; i < ids.length; i += 77) expect(rowAt(store, ids[i])).toEqual(others[i]);
    for (let i = 0; i < 20_000; i += 77) expect(found(store, 0, i).map(([, value]) => value)).toContain(textOf(i));
    const gathered = rowsOf(recordBatch(ids.length, store.gather(Int32Array.from(ids), ids.length)));
    expect(gathered).toEqual(others);
    for (const id of ids) store.remove(0, id);
    expect(store.size).toBe(20_000);
    const left = [...store.batches()].flatMap(({ batch }) => rowsOf(batch));
    expect(left.map(text).sort()).toEqual(rows.map(text).sort());
  });
});
