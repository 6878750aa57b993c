import { type Column, type DataType, displayText, valueAt } from "@millrace/core";

/** The text of one value as people read it; `NULL` for NULL. Control characters come out escaped, so that a row stays a line. */
export function cellText(column: Column, row: number, type: DataType): string {
  return readable(displayText(valueAt(column, row, type), type));
}

const escapes: Record<string, string> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

function readable(text: string): string {
  return text.replace(/\p{Cc}/gu, (c) => escapes[c] ?? `\\x${c.charCodeAt(0).toString(16).padStart(2, "0")}`);
}

/** Whether values of the type stand at the right edge of their column. */
export function isNumeric(type: DataType): boolean {
  return ["tinyint", "smallint", "int", "bigint", "float", "double", "decimal"].includes(type.kind);
}

/** Cells of the widest value of a number or time; 0 for other types. */
export function fullWidth(type: DataType): number {
  switch (type.kind) {
    case "tinyint":
      return "-128".length;
    case "smallint":
      return "-32768".length;
    case "int":
      return "-2147483648".length;
    case "bigint":
      return "-9223372036854775808".length;
    case "float":
    case "double":
      return "-2.2250738585072014e-308".length;
    case "decimal":
      return "-0.".length + type.precision;
    case "date":
      return "2026-01-01".length;
    case "time":
      return "00:00:00.".length + type.precision;
    case "timestamp":
    case "timestamp_ltz":
      return "2026-01-01 00:00:00.".length + type.precision + "Z".length;
    default:
      return 0;
  }
}
