/** Rows of a changelog as tests write them. Values have the form of core's `valueAt`. */
import {
  columnOf,
  MAX_BATCH_ROWS,
  type RecordBatch,
  type RowKind,
  recordBatch,
  rowKindText,
  type Schema,
  valueAt,
  valueBatch,
  valuesOf,
} from "@millrace/core";

/** A row with what it does to the table. */
export interface Change {
  readonly kind: RowKind;
  readonly values: readonly unknown[];
}

/** A row as tests write it: an array is an insert. */
export type TestRow = Change | readonly unknown[];

/** A change of the given kind: `change("-U", 1, "a")`. */
export function change(kind: string, ...values: readonly unknown[]): Change {
  const index = rowKindText.indexOf(kind);
  if (index < 0) throw new Error(`no kind of row: '${kind}'; known are ${rowKindText.join(", ")}`);
  return { kind: index as RowKind, values };
}

export function changeOf(row: TestRow): Change {
  return "kind" in row ? row : { kind: 0, values: row };
}

/** A batch of the rows; kinds only where a row is no insert. */
export function batchOf(schema: Schema, rows: readonly TestRow[]): RecordBatch {
  const changes = rows.map(changeOf);
  const columns = schema.fields.map((field, c) =>
    columnOf(
      field.type,
      changes.map(({ values }) => values[c]),
    ),
  );
  const kinds = changes.some(({ kind }) => kind !== 0) ? Uint8Array.from(changes, ({ kind }) => kind) : null;
  return recordBatch(changes.length, columns, kinds);
}

/** Batches of at most MAX_BATCH_ROWS rows. */
export function batchesOf(schema: Schema, rows: readonly TestRow[]): RecordBatch[] {
  const batches: RecordBatch[] = [];
  for (let from = 0; from < rows.length; from += MAX_BATCH_ROWS) {
    batches.push(batchOf(schema, rows.slice(from, from + MAX_BATCH_ROWS)));
  }
  return batches;
}

/** Batches of records given as `[record, event time]`. */
export function recordBatchesOf(rows: readonly TestRow[]): RecordBatch[] {
  const batches: RecordBatch[] = [];
  for (let from = 0; from < rows.length; from += MAX_BATCH_ROWS) {
    const part = rows.slice(from, from + MAX_BATCH_ROWS).map((row) => changeOf(row).values);
    const times = Float64Array.from(part, ([, time]) => (typeof time === "number" ? time : Number.NaN));
    batches.push(
      valueBatch(
        part.length,
        part.map(([record]) => record),
        times,
      ),
    );
  }
  return batches;
}

/** The records of a batch, as `[output, record, event time]`; without one the time is null. */
export function recordChangesOf(batch: RecordBatch): Change[] {
  const records = valuesOf(batch);
  return Array.from({ length: batch.length }, (_, row) => {
    const time = batch.timestamps?.[row] ?? Number.NaN;
    return { kind: 0, values: [batch.output ?? 0, records[row], Number.isNaN(time) ? null : time] };
  });
}

/** The rows of a batch, copied. */
export function changesOf(batch: RecordBatch, schema: Schema): Change[] {
  return Array.from({ length: batch.length }, (_, row) => ({
    kind: (batch.kinds === null ? 0 : batch.kinds[row]) as RowKind,
    values: schema.fields.map((field, c) => valueAt(batch.columns[c], row, field.type)),
  }));
}
