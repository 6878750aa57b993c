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
