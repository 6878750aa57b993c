/** Values as text for people and for comparison: every digit, one line per value as long as its strings are. */
import type { DataType } from "./data-type.ts";
import { formatDayTime, formatMonths } from "./interval-text.ts";
import { formatDate, formatDecimal, formatTime, formatTimestamp } from "./value-text.ts";

const hex = (bytes: Uint8Array) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

/**
 * The text of a value, as `valueAt` gives it, of a type; `NULL` for NULL.
 *
 * @param nestedString how strings inside ROW, ARRAY and MAP are written; as they are by default
 */
export function displayText(
  value: unknown,
  type: DataType,
  nestedString: (text: string) => string = (text) => text,
): string {
  const nested = (each: unknown, of: DataType): string =>
    typeof each === "string" ? nestedString(each) : displayText(each, of, nestedString);
  const entries = (map: unknown, key: DataType, item: DataType): string =>
    `{${Array.from(map as Map<unknown, unknown>, ([k, v]) => `${nested(k, key)}=${nested(v, item)}`).join(", ")}}`;
  if (value === null || value === undefined) return "NULL";
  switch (type.kind) {
    case "bitmap":
      return `{${(value as readonly number[]).join(",")}}`;
    case "date":
      return formatDate(value as number);
    case "time":
      return formatTime(value as number, type.precision);
    case "timestamp":
      return formatTimestamp(value as number, type.precision);
    case "timestamp_ltz":
      return `${formatTimestamp(value as number, type.precision)}Z`;
    case "decimal":
      return formatDecimal(value as number | bigint, type.scale);
    case "boolean":
      return value === true ? "TRUE" : "FALSE";
    case "binary":
    case "varbinary":
      return `x'${hex(value as Uint8Array)}'`;
    case "interval_year_month":
      return formatMonths(value as number);
    case "interval_day_time":
      return formatDayTime(value as number);
    case "row":
      return `(${(value as unknown[]).map((field, i) => nested(field, type.fields[i].type)).join(", ")})`;
    case "array":
      return `[${(value as unknown[]).map((element) => nested(element, type.element)).join(", ")}]`;
    case "map":
      return entries(value, type.key, type.value);
    case "multiset":
      return entries(value, type.element, { kind: "int", nullable: false });
    default:
      return String(value);
  }
}
