/**
 * A column of a batch: a typed array, or offsets into bytes, with an optional null mask.
 *
 * Invariant  arrays may be longer than the batch; only the first `batch.length` entries mean something.
 *            `nulls` is absent when there is no null; `nulls[i] === 1` says row i is NULL and its value is unspecified.
 *            BIGINT and DECIMAL are `float64` only if every value is a safe integer (|v| <= 2^53 - 1), else `wide`.
 *            DECIMAL(p, s) holds the unscaled integer: 12.34 as DECIMAL(5, 2) is 1234.
 * Which kind a type has: see `columnKindOf`.
 */
import type { DataType } from "./data-type.ts";

export type Column = Float64Column | WideColumn | BoolColumn | Utf8Column | ValueColumn;
export type ColumnKind = Column["kind"];

/** One byte per row, 1 = NULL. A byte and not a bit: kernels then need no shift (docs/decisions/0001). */
export type NullMask = Uint8Array | null;

/**
 * DOUBLE, FLOAT (rounded to single), all integers up to INT, DATE (days since the epoch), TIME (ms of the day),
 * TIMESTAMP and TIMESTAMP_LTZ (ms since the epoch, fraction = microseconds), intervals (months or ms),
 * BIGINT and DECIMAL while all values are safe integers.
 */
export interface Float64Column {
  readonly kind: "float64";
  readonly values: Float64Array;
  readonly nulls: NullMask;
}

/** BIGINT or DECIMAL outside the safe range: 64-bit two's complement, with `high` 128-bit (`low` then is its unsigned lower half). */
export interface WideColumn {
  readonly kind: "wide";
  readonly low: BigInt64Array;
  readonly high: BigInt64Array | null;
  readonly nulls: NullMask;
}

/** BOOLEAN: 0 or 1. */
export interface BoolColumn {
  readonly kind: "bool";
  readonly values: Uint8Array;
  readonly nulls: NullMask;
}

/** CHAR, VARCHAR (valid UTF-8) and BINARY, VARBINARY: row i is `bytes[starts[i] .. ends[i])`. Rows may overlap and be in any order. */
export interface Utf8Column {
  readonly kind: "utf8";
  readonly bytes: Uint8Array;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  readonly nulls: NullMask;
}

/** ROW (an array of field values), ARRAY (an array), MAP and MULTISET (a Map), and opaque JavaScript values. NULL is `null`. */
export interface ValueColumn {
  readonly kind: "value";
  readonly values: readonly unknown[];
  readonly nulls: NullMask;
}

/** The column kind that holds a type. BIGINT and DECIMAL say `float64`; a given column of them may be `wide`. */
export function columnKindOf(type: DataType): Exclude<ColumnKind, "wide"> {
  switch (type.kind) {
    case "boolean":
      return "bool";
    case "char":
    case "varchar":
    case "binary":
    case "varbinary":
      return "utf8";
    case "row":
    case "array":
    case "map":
    case "multiset":
    case "bitmap":
    case "variant":
    case "value":
    case "null":
      return "value";
    default:
      return "float64";
  }
}

/** Whether values of the type are exact integers that may leave the 53-bit range. */
export function isExact(type: DataType): boolean {
  return type.kind === "bigint" || type.kind === "decimal";
}

// A byte order mark is text like any other: only a reader of files takes it off.
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const isBinary = (type: DataType) => type.kind === "binary" || type.kind === "varbinary";

/** The value at a row of a wide column. */
export function wideAt(column: WideColumn, row: number): bigint {
  return column.high === null ? column.low[row] : (column.high[row] << 64n) | BigInt.asUintN(64, column.low[row]);
}

/** The number where it is a safe integer, else the bigint: the one form of an exact value outside columns. */
export function normalizeExact(value: bigint): number | bigint {
  return value >= -9007199254740991n && value <= 9007199254740991n ? Number(value) : value;
}

/**
 * The JavaScript value of one row, `null` for NULL. Slow path: for edges, tests and fallbacks.
 *
 * boolean | number | number-or-bigint (BIGINT; DECIMAL unscaled) | string | Uint8Array (a copy) | array | Map.
 */
export function valueAt(column: Column, row: number, type: DataType): unknown {
  if (column.nulls !== null && column.nulls[row] === 1) return null;
  switch (column.kind) {
    case "float64":
      return column.values[row];
    case "wide":
      return normalizeExact(wideAt(column, row));
    case "bool":
      return column.values[row] === 1;
    case "utf8": {
      const bytes = column.bytes.subarray(column.starts[row], column.ends[row]);
      return isBinary(type) ? bytes.slice() : decoder.decode(bytes);
    }
    case "value":
      return column.values[row] ?? null;
  }
}
