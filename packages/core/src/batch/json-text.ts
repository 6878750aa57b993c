/** Values as JSON texts: exact numbers with all digits, times as SQL writes them. */
import { MillraceError } from "../errors.ts";
import { formatBase64 } from "./base64.ts";
import type { DataType } from "./data-type.ts";
import { formatDate, formatDecimal, formatFloat, formatScientific, formatTime, formatTimestamp } from "./value-text.ts";

/** Writes a value (as `valueAt` gives it) of one type. */
export type JsonWriter = (value: unknown) => string;

export interface JsonTextOptions {
  /** Between date and time: a space (sql) or a T (iso). */
  readonly standard: "sql" | "iso";
  /** Whether a DECIMAL is written as Java's BigDecimal without trailing zeros, so that it may have an exponent. */
  readonly scientificDecimals: boolean;
  /** Whether a field of a ROW that is NULL is left out. */
  readonly omitsNulls: boolean;
  /** What an entry of a MAP whose key is NULL becomes: an error, nothing, or an entry under this name. */
  readonly nullKey: "fail" | "drop" | { readonly name: string };
}

const DEFAULTS: JsonTextOptions = {
  standard: "sql",
  scientificDecimals: false,
  omitsNulls: false,
  nullKey: { name: "null" },
};

/** The writer of a type; NULL is `null`. */
export function jsonWriter(type: DataType, options: JsonTextOptions = DEFAULTS): JsonWriter {
  const write = writerOf(type, options);
  return (value) => (value === null || value === undefined ? "null" : write(value));
}

function writerOf(type: DataType, options: JsonTextOptions): JsonWriter {
  switch (type.kind) {
    case "char":
    case "varchar":
      return JSON.stringify;
    case "binary":
    case "varbinary":
      return (value) => `"${formatBase64(value as Uint8Array)}"`;
    case "decimal": {
      const format = options.scientificDecimals ? formatScientific : formatDecimal;
      return (value) => format(value as number | bigint, type.scale);
    }
    case "double":
      return numberWriter(String);
    case "float":
      return numberWriter(formatFloat);
    case "date":
      return (value) => `"${formatDate(value as number)}"`;
    case "time":
      return (value) => `"${formatTime(value as number, type.precision)}"`;
    case "timestamp":
      return timestampWriter(type.precision, options, "");
    case "timestamp_ltz":
      return timestampWriter(type.precision, options, "Z");
    case "row": {
      const names = type.fields.map((field) => JSON.stringify(field.name));
      const writers = type.fields.map((field) => jsonWriter(field.type, options));
      return (value) => {
        const members = (value as unknown[]).map((member, i) =>
          options.omitsNulls && member === null ? null : `${names[i]}:${writers[i](member)}`,
        );
        return `{${(options.omitsNulls ? members.filter((member) => member !== null) : members).join(",")}}`;
      };
    }
    case "array": {
      const write = jsonWriter(type.element, options);
      return (value) => `[${(value as unknown[]).map(write).join(",")}]`;
    }
    case "map":
      return entriesWriter(type.key, type.value, options);
    case "multiset":
      return entriesWriter(type.element, { kind: "int", nullable: false }, options);
    case "bitmap":
      return (value) => `"{${(value as readonly number[]).join(",")}}"`;
    case "variant":
      return (value) => value as string;
    case "value":
      return (value) => JSON.stringify(value) ?? "null";
    default:
      return String;
  }
}

/** NaN and the infinities, which JSON does not have, are strings, as Jackson and so Flink write them. */
function numberWriter(format: (value: number) => string): JsonWriter {
  return (value) => {
    if (!Number.isFinite(value)) return `"${value}"`;
    return Object.is(value, -0) ? "-0" : format(value as number);
  };
}

function timestampWriter(precision: number, { standard }: JsonTextOptions, zone: string): JsonWriter {
  return (value) => {
    const text = formatTimestamp(value as number, precision);
    return `"${standard === "iso" ? text.replace(" ", "T") : text}${zone}"`;
  };
}

/** Keys that are no strings come out as the text of their JSON. */
function entriesWriter(keyType: DataType, valueType: DataType, options: JsonTextOptions): JsonWriter {
  const writeKey = jsonWriter(keyType, options);
  const writeValue = jsonWriter(valueType, options);
  const { nullKey } = options;
  return (value) => {
    const entries: string[] = [];
    for (const [key, each] of value as ReadonlyMap<unknown, unknown>) {
      const text = key === null ? nullKeyText(nullKey) : writeKey(key);
      if (text !== null) entries.push(`${text.startsWith('"') ? text : JSON.stringify(text)}:${writeValue(each)}`);
    }
    return `{${entries.join(",")}}`;
  };
}

/** Errors: DATA_INVALID. */
function nullKeyText(nullKey: JsonTextOptions["nullKey"]): string | null {
  if (typeof nullKey === "object") return JSON.stringify(nullKey.name);
  if (nullKey === "drop") return null;
  throw new MillraceError({
    code: "DATA_INVALID",
    message:
      "a MAP with the key NULL cannot be written as JSON; 'map-null-key.mode' = 'DROP' leaves the entry out, 'LITERAL' names it 'map-null-key.literal'",
  });
}
