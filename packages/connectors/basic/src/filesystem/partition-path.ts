/** Partition columns as folders, `day=2015-07-15/channel=Google`, escaped as Hive does. */
import {
  type DataType,
  formatDate,
  formatDecimal,
  formatTime,
  formatTimestamp,
  MillraceError,
  parseDate,
  parseDecimal,
  parseTime,
  parseTimestamp,
} from "@millrace/core";

/** The folder of NULL and of the empty text, as Flink and Hive call it. */
const DEFAULT_PARTITION = "__DEFAULT_PARTITION__";
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what has to be escaped
const ESCAPED = /[\u0001-\u001f"#%'*/:=?\\\u007f{[\]^]/g;

/** `key=value`, for a value as `valueAt` gives it. */
export function partitionFolder(key: string, value: unknown, type: DataType): string {
  const text = value === null ? "" : partitionText(value, type);
  return `${escapeName(key)}=${text === "" ? DEFAULT_PARTITION : escapeName(text)}`;
}

function escapeName(text: string): string {
  return text.replace(ESCAPED, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`);
}

function unescapeName(text: string): string {
  return text.replace(/%([0-9A-Fa-f]{2})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
}

function partitionText(value: unknown, type: DataType): string {
  switch (type.kind) {
    case "date":
      return formatDate(value as number);
    case "time":
      return formatTime(value as number, type.precision);
    case "timestamp":
    case "timestamp_ltz":
      return formatTimestamp(value as number, type.precision);
    case "decimal":
      return formatDecimal(value as number | bigint, type.scale);
    default:
      return String(value);
  }
}

/** The value of a partition column in a file's path; NULL if the path has no folder of that key. Errors: DATA_INVALID. */
export function partitionValue(path: string, key: string, type: DataType): unknown {
  const prefix = `${escapeName(key)}=`;
  const folder = path
    .split("/")
    .slice(0, -1)
    .findLast((name) => name.startsWith(prefix));
  if (folder === undefined) return null;
  const raw = folder.slice(prefix.length);
  if (raw === DEFAULT_PARTITION) return null;
  const value = parsePartitionText(unescapeName(raw), type);
  if (value !== undefined) return value;
  throw new MillraceError({
    code: "DATA_INVALID",
    message: `'${path}': the folder '${folder}' is no value of column '${key}' (${type.kind.toUpperCase()})`,
  });
}

function parsePartitionText(text: string, type: DataType): unknown {
  switch (type.kind) {
    case "char":
    case "varchar":
      return text;
    case "boolean":
      return text === "true" ? true : text === "false" ? false : undefined;
    case "date":
      return parseDate(text);
    case "time":
      return parseTime(text);
    case "timestamp":
    case "timestamp_ltz":
      return parseTimestamp(text);
    case "decimal":
      return parseDecimal(text, type.precision, type.scale) ?? undefined;
    case "bigint":
      return /^-?\d{1,19}$/.test(text) ? BigInt(text) : undefined;
    case "tinyint":
    case "smallint":
    case "int":
      return /^-?\d{1,10}$/.test(text) ? Number(text) : undefined;
    case "float":
    case "double":
      return text.trim() === "" || Number.isNaN(Number(text)) ? undefined : Number(text);
    default:
      return undefined;
  }
}
