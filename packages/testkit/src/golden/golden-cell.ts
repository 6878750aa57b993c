import { type DataType, displayText } from "@millrace/core";

const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`;

/** A value as a golden file writes it: strings bare where that is unmistakable, else as SQL literals with `\n`, `\t`, `\\`. */
export function goldenCell(value: unknown, type: DataType): string {
  if (typeof value !== "string") return displayText(value, type, (text) => quoted(escaped(text)));
  const text = escaped(value);
  const isPlain = text !== "" && text === text.trim() && !text.includes(" | ") && !/^(?:NULL|'.*)$/.test(text);
  return isPlain && text === value ? text : quoted(text);
}

function escaped(text: string): string {
  return text.replace(/[\\\p{Cc}]/gu, (char) => escapes[char] ?? `\\x${char.charCodeAt(0).toString(16)}`);
}

const escapes: Record<string, string> = { "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** The cells of a row, as one line. */
export function goldenLine(values: readonly unknown[], types: readonly DataType[]): string {
  return values.map((value, i) => goldenCell(value, types[i])).join(" | ");
}
