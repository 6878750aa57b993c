import { type DataType, type JsonWriter, jsonWriter } from "@millrace/core";

const nested: readonly string[] = ["row", "array", "map", "multiset", "bitmap", "value"];

/** Writes a value of one type as a CSV cell: times and numbers as in JSON, nested values as JSON; NULL is empty, "" is `""`. */
export function csvWriter(type: DataType): JsonWriter {
  const json = jsonWriter(type);
  const isText = type.kind === "char" || type.kind === "varchar";
  const isNested = nested.includes(type.kind);
  return (value) => {
    if (value === null || value === undefined) return "";
    if (isText) return value === "" ? '""' : csvCell(value as string);
    const text = json(value);
    return isNested ? csvCell(text) : text.startsWith('"') ? text.slice(1, -1) : text;
  };
}

/** A cell as CSV has it: in quotes where it needs them. */
export function csvCell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
