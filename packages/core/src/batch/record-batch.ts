/**
 * The one data unit: up to MAX_BATCH_ROWS rows in columns.
 *
 * Invariant  a batch is read-only for whoever receives it, and borrowed: it is valid until the receiver's `onBatch`
 *            iterable is exhausted (for a yielded batch: until the generator that yielded it is resumed). The producer then
 *            reuses the arrays. Who keeps rows longer copies them (`copyBatch`, a state table).
 *            Passing a column on unchanged, or a `utf8` column that points into the same bytes, is no copy and allowed.
 */
import type { Column, ValueColumn } from "./column.ts";

/** The most rows in a batch. */
export const MAX_BATCH_ROWS = 4096;

export interface RecordBatch {
  readonly length: number;
  readonly columns: readonly Column[];
  /** Event time in ms since the epoch, NaN = none; null = no row has one. Plans of SQL carry it in a column instead. */
  readonly timestamps: Float64Array | null;
  /** A `RowKind` per row; null = all inserts. */
  readonly kinds: Uint8Array | null;
  /** Which output of an operator with side outputs the rows are for; absent = 0, the main one. */
  readonly output?: number;
  /** Where the rows were read; absent where nobody keeps it. */
  readonly origin?: RowOrigin | undefined;
  /**
   * Event time in front of each row, as if the watermark were told between any two rows: what comes of the rows then does not depend on how
   * they are cut into batches. Absent where rows of several inputs meet: then only the task tells.
   */
  readonly watermarks?: Float64Array | undefined;
}

/** Where rows were read, for errors and dead letters. */
export interface RowOrigin {
  /** `orders.jsonl:17` or `topic orders, partition 2, offset 9981`, of one of the records a source read together. */
  readonly describe: (record: number) => string;
  /** The record of each row; null: row i is record i. */
  readonly records: Int32Array | null;
}

export function recordBatch(
  length: number,
  columns: readonly Column[],
  kinds: Uint8Array | null = null,
  timestamps: Float64Array | null = null,
): RecordBatch {
  return { length, columns, timestamps, kinds };
}

/** Records of a program: one JavaScript value per row. */
export function valueBatch(
  length: number,
  values: readonly unknown[],
  timestamps: Float64Array | null,
  origin: RowOrigin | undefined = undefined,
  output = 0,
  watermarks: Float64Array | undefined = undefined,
): RecordBatch {
  const columns = [{ kind: "value", values, nulls: null } as const];
  return { length, columns, timestamps, kinds: null, output, origin, watermarks };
}

/** The records of a batch made by `valueBatch`. */
export function valuesOf(batch: RecordBatch): readonly unknown[] {
  return (batch.columns[0] as ValueColumn).values;
}

/** What an operator returns when it has nothing to emit. */
export const NO_BATCHES: readonly RecordBatch[] = Object.freeze([]);

/** A batch of the same rows that shares no memory with the original: what to keep when a batch is only borrowed. */
export function copyBatch(batch: RecordBatch): RecordBatch {
  return {
    length: batch.length,
    columns: batch.columns.map((column) => copyColumn(column, batch.length)),
    timestamps: batch.timestamps === null ? null : batch.timestamps.slice(0, batch.length),
    kinds: batch.kinds === null ? null : batch.kinds.slice(0, batch.length),
  };
}

function copyColumn(column: Column, length: number): Column {
  const nulls = column.nulls === null ? null : column.nulls.slice(0, length);
  switch (column.kind) {
    case "float64":
      return { kind: "float64", values: column.values.slice(0, length), nulls };
    case "wide":
      return {
        kind: "wide",
        low: column.low.slice(0, length),
        high: column.high === null ? null : column.high.slice(0, length),
        nulls,
      };
    case "bool":
      return { kind: "bool", values: column.values.slice(0, length), nulls };
    case "value":
      return { kind: "value", values: column.values.slice(0, length), nulls };
    case "utf8": {
      const starts = new Int32Array(length);
      const ends = new Int32Array(length);
      let size = 0;
      for (let i = 0; i < length; i++) {
        if (nulls !== null && nulls[i] === 1) continue;
        starts[i] = size;
        size += column.ends[i] - column.starts[i];
        ends[i] = size;
      }
      const bytes = new Uint8Array(size);
      for (let i = 0; i < length; i++) {
        if (nulls !== null && nulls[i] === 1) continue;
        bytes.set(column.bytes.subarray(column.starts[i], column.ends[i]), starts[i]);
      }
      return { kind: "utf8", bytes, starts, ends, nulls };
    }
  }
}
