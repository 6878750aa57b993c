import { MillraceError } from "@millrace/core";
import { positionAt } from "./position.ts";
import type { Span } from "./span.ts";

export interface SqlErrorOptions {
  readonly code: "SQL_PARSE" | "SQL_BIND" | "SQL_UNSUPPORTED";
  /** What is wrong, without the position. */
  readonly message: string;
  /** The script as the user wrote it: line and column are counted in it. */
  readonly text: string;
  readonly span: Span;
  /** What could have stood here, in the order to be shown. */
  readonly expected?: readonly string[];
  /** What was probably meant: shown as `did you mean …?`. */
  readonly suggestion?: string;
  /** The text ends before the statement does: a shell asks for more lines instead of reporting it. */
  readonly incomplete?: boolean;
  readonly cause?: unknown;
}

/**
 * An error in a script, with its place. `formatSqlError` shows it with the source line and carets.
 *
 * @example
 * const text = "SELECT prise\nFROM bids";
 * const error = new SqlError({ code: "SQL_BIND", message: "column not found", text, span: { start: 7, end: 12 } });
 * [error.line, error.column] // [1, 8]
 */
export class SqlError extends MillraceError {
  readonly span: Span;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units. */
  readonly column: number;
  readonly expected: readonly string[];
  readonly suggestion: string | null;
  readonly incomplete: boolean;

  constructor(options: SqlErrorOptions) {
    super({ code: options.code, message: options.message, cause: options.cause });
    this.name = "SqlError";
    this.span = options.span;
    const position = positionAt(options.text, options.span.start);
    this.line = position.line;
    this.column = position.column;
    this.expected = options.expected ?? [];
    this.suggestion = options.suggestion ?? null;
    this.incomplete = options.incomplete ?? false;
  }
}
