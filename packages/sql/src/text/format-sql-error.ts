import { lineAt } from "./position.ts";
import type { SqlError } from "./sql-error.ts";

const mostExpectedShown = 7;

/**
 * The error as shown to people: `file:line:column: message`, the source line, carets below the place, then what was
 * expected and what was probably meant.
 *
 * @param text the script that the error was found in
 * @param fileName left out for text that comes from no file
 * @example
 * const text = "SELECT prise";
 * const error = new SqlError({ code: "SQL_BIND", message: "column not found", text, span: { start: 7, end: 12 } });
 * formatSqlError(error, text) // "1:8: column not found\n  SELECT prise\n         ^^^^^"
 */
export function formatSqlError(error: SqlError, text: string, fileName?: string): string {
  const place = `${error.line}:${error.column}`;
  const lines = [`${fileName === undefined ? place : `${fileName}:${place}`}: ${error.message}`];
  const source = lineAt(text, error.span.start);
  if (source.trim() !== "") lines.push(`  ${source}`, `  ${carets(source, error)}`);
  if (error.expected.length > 0) lines.push(`expected ${alternatives(error.expected)}`);
  if (error.suggestion !== null) lines.push(`did you mean ${error.suggestion}?`);
  return lines.join("\n");
}

function carets(source: string, error: SqlError): string {
  const before = source.slice(0, error.column - 1);
  // Tabs stay tabs so that the caret lands below its character at any tab width; a surrogate pair is one character wide.
  const padding = [...before].map((character) => (character === "\t" ? "\t" : " ")).join("");
  const marked = source.slice(error.column - 1, error.column - 1 + (error.span.end - error.span.start));
  return padding + "^".repeat(Math.max(1, [...marked].length));
}

function alternatives(expected: readonly string[]): string {
  if (expected.length === 1) return expected[0] as string;
  if (expected.length > mostExpectedShown) return `${expected.slice(0, mostExpectedShown).join(", ")}, …`;
  return `${expected.slice(0, -1).join(", ")} or ${expected[expected.length - 1]}`;
}
