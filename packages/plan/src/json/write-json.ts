/** JSON values as text, as Jackson writes them. */
import type { JsonValue } from "./json-value.ts";

/** Keys come sorted by UTF-16 unit. */
export function writeJson(value: JsonValue): string {
  if (value === null) return "null";
  if (typeof value === "string") return quoteJson(value);
  if (Array.isArray(value)) return `[${value.map(writeJson).join(",")}]`;
  if (!(value instanceof Map)) return String(value);
  const keys = [...value.keys()].sort();
  return `{${keys.map((key) => `${quoteJson(key)}:${writeJson(value.get(key) ?? null)}`).join(",")}}`;
}

/** A text in quotes. Control characters have capital digits, where JavaScript's own have small ones. */
export function quoteJson(text: string): string {
  const quoted = JSON.stringify(text);
  return quoted.includes("\\u")
    ? quoted.replace(/\\u00([01][0-9a-f])/g, (_, digits: string) => `\\u00${digits.toUpperCase()}`)
    : quoted;
}
