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

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what has to be escaped
const ESCAPED = /[\u0001-\u001f"#%'*/:=?\\\u007f{[\]^]/g;

/** `key=value`, for a value as `valueAt` gives it; `defaultName` stands for NULL and the empty text. */
export function partitionFolder(key: string, value: unknown, type: DataType, defaultName: string): string {
  const text = value === null ? "" : partitionText(value, type);
  return `${escapeName(key)}=${text === "" ? defaultName : escapeName(text)}`;
}

/** The texts of a partition's folders, `day=2015-07-15/hour=12`, by key. */
export function partitionTexts(folder: string): ReadonlyMap<string, string> {
  return new Map(
    folder.split("/").map((name) => {
      const at = name.indexOf("=");
      return [unescapeName(name.slice(0, at)), unescapeName(name.slice(at + 1))];
    }),
  );
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
export function partitionValue(path: string, key: string, type: DataType, defaultName: string): unknown {
  const prefix = `${escapeName(key)}=`;
  const folder = path
    .split("/")
    .slice(0, -1)
    .findLast((name) => name.startsWith(prefix));
  if (folder === undefined) return null;
  const raw = folder.slice(prefix.length);
  if (raw === defaultName) return null;
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
