import {
  type Column,
  type DataType,
  formatDate,
  formatDecimal,
  formatTime,
  formatTimestamp,
  valueAt,
} from "@millrace/core";

/** The text of one value as people read it; `NULL` for NULL. Control characters come out escaped, so that a row stays a line. */
export function cellText(column: Column, row: number, type: DataType): string {
  return readable(valueText(valueAt(column, row, type), type));
}

/** The text of a value (as `valueAt` gives it) of a type. */
function valueText(value: unknown, type: DataType): string {
  if (value === null || value === undefined) return "NULL";
  switch (type.kind) {
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
      return `x'${Buffer.from(value as Uint8Array).toString("hex")}'`;
    case "row":
      return `(${(value as unknown[]).map((field, i) => valueText(field, type.fields[i].type)).join(", ")})`;
    case "array":
      return `[${(value as unknown[]).map((element) => valueText(element, type.element)).join(", ")}]`;
    case "map":
      return entriesText(value, type.key, type.value);
    case "multiset":
      return entriesText(value, type.element, { kind: "int", nullable: false });
    default:
      return String(value);
  }
}

function entriesText(value: unknown, keyType: DataType, valueType: DataType): string {
  const entries = [...(value as Map<unknown, unknown>)];
  return `{${entries.map(([key, each]) => `${valueText(key, keyType)}=${valueText(each, valueType)}`).join(", ")}}`;
}

const escapes: Record<string, string> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

function readable(text: string): string {
  return text.replace(/\p{Cc}/gu, (c) => escapes[c] ?? `\\x${c.charCodeAt(0).toString(16).padStart(2, "0")}`);
}

/** Whether values of the type stand at the right edge of their column. */
export function isNumeric(type: DataType): boolean {
  return ["tinyint", "smallint", "int", "bigint", "float", "double", "decimal"].includes(type.kind);
}
