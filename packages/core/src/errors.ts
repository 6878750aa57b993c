/** Whose fault it is: the user's text or data, a system outside the process, or the engine itself. */
export type ErrorDomain = "user" | "external" | "internal";

/** Whether trying again may help. */
export type RetryHint = "never" | "backoff";

/**
 * Every code an error may carry. Documented in docs/reference/errors.md; a code is never renamed.
 */
export type ErrorCode =
  | "SQL_PARSE" // the text is not a statement of the dialect
  | "SQL_BIND" // a name, a type or a function does not fit
  | "SQL_UNSUPPORTED" // valid in the dialect, not available here
  | "OPTION_INVALID" // an option of a table, a command or the configuration is unknown, missing or out of range
  | "DATA_INVALID" // a record cannot be decoded
  | "EXPRESSION_FAILED" // evaluating an expression failed on a row (a bad cast, a division by zero)
  | "SOURCE_UNAVAILABLE" // a source cannot be read (missing file, broker down)
  | "SINK_UNAVAILABLE" // a sink cannot be written
  | "CATALOG_INVALID" // a catalog file cannot be read, or others have changed it
  | "STATE_INVALID" // a snapshot cannot be restored
  | "USER_CODE" // code given by the user threw
  | "INVARIANT"; // a bug in the engine

export interface MillraceErrorOptions {
  readonly code: ErrorCode;
  readonly message: string;
  readonly domain?: ErrorDomain;
  readonly retry?: RetryHint;
  readonly operatorId?: string;
  readonly cause?: unknown;
}

const domainOf: Record<ErrorCode, ErrorDomain> = {
  SQL_PARSE: "user",
  SQL_BIND: "user",
  SQL_UNSUPPORTED: "user",
  OPTION_INVALID: "user",
  DATA_INVALID: "user",
  EXPRESSION_FAILED: "user",
  SOURCE_UNAVAILABLE: "external",
  SINK_UNAVAILABLE: "external",
  CATALOG_INVALID: "user",
  STATE_INVALID: "user",
  USER_CODE: "user",
  INVARIANT: "internal",
};

/**
 * The root of all errors Millrace throws: one line that says what is wrong, where, and what to do.
 *
 * @example
 * const error = new MillraceError({ code: "SOURCE_UNAVAILABLE", message: "cannot read in.jsonl: there is no such file" });
 * [error.domain, error.retry] // ["external", "never"]
 */
export class MillraceError extends Error {
  readonly code: ErrorCode;
  readonly domain: ErrorDomain;
  readonly retry: RetryHint;
  readonly operatorId: string | undefined;

  constructor(options: MillraceErrorOptions) {
    super(options.message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "MillraceError";
    this.code = options.code;
    this.domain = options.domain ?? domainOf[options.code];
    this.retry = options.retry ?? "never";
    this.operatorId = options.operatorId;
  }
}

/** Throws the engine's own bug report; for conditions that no input can bring about. */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new MillraceError({ code: "INVARIANT", message: `broken invariant: ${message}` });
}
