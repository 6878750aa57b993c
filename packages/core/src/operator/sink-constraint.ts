/**
 * What a sink's columns demand of rows: no NULL where they are NOT NULL, texts and bytes of the declared length.
 *
 * Invariant  what comes out meets all demands; a row that does not is dropped, made to fit, or ends the job.
 * State      none.
 * Cost       one look at the null masks; for lengths one pass over the texts of their columns.
 */
import type { Column } from "../batch/column.ts";
import { type DataType, formatType, withNullable } from "../batch/data-type.ts";
import { selectBatch } from "../batch/gather.ts";
import { NO_BATCHES, type RecordBatch, recordBatch } from "../batch/record-batch.ts";
import { MillraceError } from "../errors.ts";
import type { Operator } from "./operator.ts";

interface ConstrainedColumn {
  readonly column: number;
  readonly name: string;
}

export interface SinkConstraintSpec {
  readonly kind: "sink-constraint";
  readonly notNull: readonly ConstrainedColumn[];
  /** What becomes of a row with a NULL. */
  readonly onNull: "error" | "drop";
  /** Columns of CHAR, VARCHAR, BINARY and VARBINARY. */
  readonly lengths: readonly (ConstrainedColumn & { readonly type: DataType })[];
  /** What becomes of a value that is too long, or, of CHAR and BINARY, too short. */
  readonly onLength: "trim-pad" | "error";
}

export function createSinkConstraint(spec: SinkConstraintSpec): Operator {
  return new SinkConstraint(spec);
}

class SinkConstraint implements Operator {
  readonly #spec: SinkConstraintSpec;

  constructor(spec: SinkConstraintSpec) {
    this.#spec = spec;
  }

  onBatch(batch: RecordBatch): Iterable<RecordBatch> {
    const whole = this.#withoutNulls(batch);
    if (whole.length === 0) return NO_BATCHES;
    let columns: Column[] | null = null;
    for (const constraint of this.#spec.lengths) {
      const column = whole.columns[constraint.column];
      const fitted = this.#fitted(column, whole.length, constraint);
      if (fitted === column) continue;
      columns ??= [...whole.columns];
      columns[constraint.column] = fitted;
    }
    return [columns === null ? whole : recordBatch(whole.length, columns, whole.kinds, whole.timestamps)];
  }

  onWatermark(): Iterable<RecordBatch> {
    return NO_BATCHES;
  }

  #withoutNulls(batch: RecordBatch): RecordBatch {
    const { notNull, onNull } = this.#spec;
    const masks = notNull.flatMap((each) => {
      const { nulls } = batch.columns[each.column];
      return nulls === null ? [] : [{ ...each, nulls }];
    });
    if (masks.length === 0) return batch;
    const rows = new Int32Array(batch.length);
    let count = 0;
    for (let row = 0; row < batch.length; row++) {
      const violated = masks.find(({ nulls }) => nulls[row] === 1);
      if (violated === undefined) rows[count++] = row;
      else if (onNull === "error") throw nullError(violated.name);
    }
    return count === batch.length ? batch : selectBatch(batch, rows, count);
  }

  #fitted(column: Column, length: number, { name, type }: SinkConstraintSpec["lengths"][number]): Column {
    if (column.kind !== "utf8") return column;
    const limit = (type as DataType & { length: number }).length;
    const isText = type.kind === "char" || type.kind === "varchar";
    const isFixed = type.kind === "char" || type.kind === "binary";
    const { bytes, starts, ends, nulls } = column;
    let fitting: FittedTexts | null = null;
    for (let row = 0; row < length; row++) {
      if (nulls !== null && nulls[row] === 1) continue;
      const size = isText ? characters(bytes, starts[row], ends[row]) : ends[row] - starts[row];
      if (size === limit || (size < limit && !isFixed)) continue;
      if (this.#spec.onLength === "error") throw lengthError(name, type, size, isText);
      fitting ??= new FittedTexts(column, length);
      if (size > limit) {
        fitting.cut(row, isText ? offsetOf(bytes, starts[row], limit) : starts[row] + limit);
      } else fitting.pad(row, limit - size, isText ? 0x20 : 0);
    }
    return fitting === null ? column : fitting.column();
  }
}

/** A column with some of its texts cut or padded; padded ones stand behind a copy of the bytes. */
class FittedTexts {
  readonly #source: Column & { kind: "utf8" };
  readonly #starts: Int32Array;
  readonly #ends: Int32Array;
  readonly #padded: { readonly row: number; readonly count: number; readonly byte: number }[] = [];

  constructor(source: Column & { kind: "utf8" }, length: number) {
    this.#source = source;
    this.#starts = source.starts.slice(0, length);
    this.#ends = source.ends.slice(0, length);
  }

  cut(row: number, end: number): void {
    this.#ends[row] = end;
  }

  pad(row: number, count: number, byte: number): void {
    this.#padded.push({ row, count, byte });
  }

  column(): Column {
    const { bytes, nulls } = this.#source;
    const starts = this.#starts;
    const ends = this.#ends;
    if (this.#padded.length === 0) return { kind: "utf8", bytes, starts, ends, nulls };
    const sizeOf = (row: number) => ends[row] - starts[row];
    const extra = this.#padded.reduce((sum, { row, count }) => sum + sizeOf(row) + count, 0);
    const joined = new Uint8Array(bytes.length + extra);
    joined.set(bytes);
    let at = bytes.length;
    for (const { row, count, byte } of this.#padded) {
      const start = at;
      joined.set(bytes.subarray(starts[row], ends[row]), at);
      at += sizeOf(row);
      joined.fill(byte, at, at + count);
      at += count;
      starts[row] = start;
      ends[row] = at;
    }
    return { kind: "utf8", bytes: joined, starts, ends, nulls };
  }
}

/** Code points of valid UTF-8. */
function characters(bytes: Uint8Array, start: number, end: number): number {
  let count = 0;
  for (let at = start; at < end; at++) if ((bytes[at] & 0xc0) !== 0x80) count++;
  return count;
}

/** Where the code point number `count`, from 0, begins. */
function offsetOf(bytes: Uint8Array, start: number, count: number): number {
  let at = start;
  for (let left = count; ; at++) {
    if ((bytes[at] & 0xc0) === 0x80) continue;
    if (left-- === 0) return at;
  }
}

function nullError(name: string): MillraceError {
  return violated(
    `column '${name}' is NOT NULL, and a NULL is written to it; SET 'table.exec.sink.not-null-enforcer' = 'DROP' leaves such rows out`,
  );
}

function lengthError(name: string, type: DataType, size: number, isText: boolean): MillraceError {
  const what = `${size} ${isText ? "characters" : "bytes"} are written to it`;
  return violated(
    `column '${name}' is ${formatType(withNullable(type, true))}, and ${what}; SET 'table.exec.sink.type-length-enforcer' = 'TRIM_PAD' makes them fit`,
  );
}

function violated(message: string): MillraceError {
  return new MillraceError({ code: "DATA_INVALID", domain: "user", message });
}
