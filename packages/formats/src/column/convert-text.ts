/** A value's text bytes into a column: the one conversion that JSON scalars, JSON strings and CSV fields share. */
import { type DataType, formatType, withNullable } from "@millrace/core";
import { decimalOf, doubleOf, integerOf } from "../text/number-text.ts";
import { dateOf, timeOf, timestampOf } from "../text/time-text.ts";
import { quoteBytes, textOf } from "../text/utf8.ts";
import type { ColumnWriter } from "./column-writer.ts";

/** How a conversion ended: the text is not of the type; the value is written; the value is NULL (a DECIMAL that does not fit). */
export const Conversion = { failed: 0, written: 1, isNull: 2 } as const;
export type Conversion = (typeof Conversion)[keyof typeof Conversion];

const LIMITS: { readonly [kind: string]: number } = {
  tinyint: 127,
  smallint: 32_767,
  int: 2_147_483_647,
  interval_year_month: 2_147_483_647,
};
const INT64_MAX = 2n ** 63n - 1n;

export function convertText(
  column: ColumnWriter,
  bytes: Uint8Array,
  from: number,
  to: number,
  row: number,
): Conversion {
  const { type } = column;
  let start = from;
  let end = to;
  if (column.kind !== "utf8") {
    while (start < end && bytes[start] <= 0x20) start++;
    while (start < end && bytes[end - 1] <= 0x20) end--;
  }
  switch (type.kind) {
    case "char":
    case "varchar":
      column.starts[row] = start;
      column.ends[row] = end;
      return Conversion.written;
    case "binary":
    case "varbinary":
      return convertBase64(column, bytes, start, end, row);
    case "tinyint":
    case "smallint":
    case "int":
    case "bigint":
    case "interval_year_month":
    case "interval_day_time": {
      const value = integerOf(bytes, start, end);
      if (value === undefined || !isInRange(type, value)) return Conversion.failed;
      column.setInteger(row, value);
      return Conversion.written;
    }
    case "decimal": {
      const value = decimalOf(bytes, start, end, type.precision, type.scale);
      if (value === undefined) return Conversion.failed;
      if (value === null) return Conversion.isNull;
      column.setInteger(row, value);
      return Conversion.written;
    }
    case "float":
    case "double": {
      const value = doubleOf(bytes, start, end);
      if (value === undefined) return Conversion.failed;
      column.values[row] = type.kind === "float" ? Math.fround(value) : value;
      return Conversion.written;
    }
    case "boolean": {
      const isTrue = matchesLower(bytes, start, end, "true");
      if (!isTrue && !matchesLower(bytes, start, end, "false")) return Conversion.failed;
      column.bools[row] = isTrue ? 1 : 0;
      return Conversion.written;
    }
    case "date":
      return writeTime(column, row, dateOf(bytes, start, end));
    case "time":
      return writeTime(column, row, timeOf(bytes, start, end, type.precision, "sql"));
    case "timestamp":
    case "timestamp_ltz": {
      const isZoned = type.kind === "timestamp_ltz";
      return writeTime(column, row, timestampOf(bytes, start, end, type.precision, column.standard, isZoned));
    }
    default:
      return Conversion.failed;
  }
}

function writeTime(column: ColumnWriter, row: number, value: number): Conversion {
  if (Number.isNaN(value)) return Conversion.failed;
  column.values[row] = value;
  return Conversion.written;
}

function matchesLower(bytes: Uint8Array, start: number, end: number, word: string): boolean {
  if (end - start !== word.length) return false;
  for (let i = 0; i < word.length; i++) if ((bytes[start + i] | 0x20) !== word.charCodeAt(i)) return false;
  return true;
}

function isInRange(type: DataType, value: number | bigint): boolean {
  if (typeof value === "bigint") {
    return LIMITS[type.kind] === undefined && value <= INT64_MAX && value >= -INT64_MAX - 1n;
  }
  const limit = LIMITS[type.kind] ?? Number.MAX_SAFE_INTEGER;
  return value <= limit && value >= -limit - (limit < Number.MAX_SAFE_INTEGER ? 1 : 0);
}

const BASE64 = new Int8Array(256).fill(-1);
for (const [value, char] of [..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"].entries()) {
  BASE64[char.charCodeAt(0)] = value;
}

function convertBase64(column: ColumnWriter, bytes: Uint8Array, start: number, to: number, row: number): Conversion {
  let end = to;
  if ((to - start) % 4 === 0 && end > start && bytes[end - 1] === 0x3d) end -= bytes[end - 2] === 0x3d ? 2 : 1;
  if ((end - start) % 4 === 1) return Conversion.failed;
  const out = column.beginSide(end - start);
  let at = column.sideSize;
  let bits = 0;
  let count = 0;
  for (let i = start; i < end; i++) {
    const value = BASE64[bytes[i]];
    if (value < 0) return Conversion.failed;
    bits = ((bits << 6) | value) & 0xffff;
    count += 6;
    if (count >= 8) {
      count -= 8;
      out[at++] = bits >>> count;
    }
  }
  column.endSide(row, at);
  return Conversion.written;
}

/** Why a text could not be converted: `field 'price': '12x' is not a BIGINT`. */
export function conversionReason(column: ColumnWriter, bytes: Uint8Array, start: number, end: number): string {
  const { type } = column;
  const where = `field '${column.name}': ${quoteBytes(bytes, start, end)}`;
  const typeText = formatType(withNullable(type, true));
  const range = rangeText(type);
  if (range !== undefined && integerOf(bytes, start, end) !== undefined)
    return `${where} is out of range for ${typeText} (${range})`;
  if (type.kind === "timestamp" || type.kind === "timestamp_ltz") {
    const separator = column.standard === "sql" ? " " : "T";
    const form = `yyyy-MM-dd${separator}HH:mm:ss[.fffffffff]${type.kind === "timestamp_ltz" ? "Z" : ""}`;
    const isOther = new RegExp(`^\\d{4}-\\d\\d-\\d\\d${column.standard === "sql" ? "T" : " "}\\d\\d:`).test(
      textOf(bytes, start, end),
    );
    const hint = isOther
      ? `; set 'timestamp-format.standard' = '${column.standard === "sql" ? "ISO-8601" : "SQL"}' for this form`
      : "";
    return `${where} is not a ${typeText} (expected ${form}${hint})`;
  }
  return `${where} is not a ${typeText}`;
}

function rangeText(type: DataType): string | undefined {
  if (type.kind === "bigint") return `${-INT64_MAX - 1n} to ${INT64_MAX}`;
  const limit = LIMITS[type.kind];
  return limit === undefined ? undefined : `${-limit - 1} to ${limit}`;
}
