/** Values as JSON texts: exact numbers with all digits, times as SQL writes them. */
import { type DataType, formatDate, formatDecimal, formatTime, formatTimestamp } from "@millrace/core";

/** Writes a value (as `valueAt` gives it) of one type. */
export type JsonWriter = (value: unknown) => string;

/** The writer of a type; NULL is `null`. */
export function jsonWriter(type: DataType): JsonWriter {
  const write = writerOf(type);
  return (value) => (value === null || value === undefined ? "null" : write(value));
}

function writerOf(type: DataType): JsonWriter {
  switch (type.kind) {
    case "char":
    case "varchar":
      return JSON.stringify;
    case "binary":
    case "varbinary":
      return (value) => `"${Buffer.from(value as Uint8Array).toString("base64")}"`;
    case "decimal":
      return (value) => formatDecimal(value as number | bigint, type.scale);
    case "float":
    case "double":
      return (value) => (Number.isFinite(value) ? String(value) : `"${value}"`);
    case "date":
      return (value) => `"${formatDate(value as number)}"`;
    case "time":
      return (value) => `"${formatTime(value as number, type.precision)}"`;
    case "timestamp":
      return (value) => `"${formatTimestamp(value as number, type.precision)}"`;
    case "timestamp_ltz":
      return (value) => `"${formatTimestamp(value as number, type.precision)}Z"`;
    case "row": {
      const names = type.fields.map((field) => JSON.stringify(field.name));
      const writers = type.fields.map((field) => jsonWriter(field.type));
      return (value) => `{${writers.map((write, i) => `${names[i]}:${write((value as unknown[])[i])}`).join(",")}}`;
    }
    case "array": {
      const write = jsonWriter(type.element);
      return (value) => `[${(value as unknown[]).map(write).join(",")}]`;
    }
    case "map":
      return entriesWriter(type.key, type.value);
    case "multiset":
      return entriesWriter(type.element, { kind: "int", nullable: false });
    case "value":
      return (value) => JSON.stringify(value) ?? "null";
    default:
      return String;
  }
}

/** Keys that are no strings come out as the text of their JSON. */
function entriesWriter(keyType: DataType, valueType: DataType): JsonWriter {
  const writeKey = jsonWriter(keyType);
  const writeValue = jsonWriter(valueType);
  return (value) => {
    const entries = [...(value as Map<unknown, unknown>)].map(([key, each]) => {
      const text = writeKey(key);
      return `${text.startsWith('"') ? text : JSON.stringify(text)}:${writeValue(each)}`;
    });
    return `{${entries.join(",")}}`;
  };
}
