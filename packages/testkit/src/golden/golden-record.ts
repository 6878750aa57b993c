/** The records of a golden file; see tests/sql/README.md for the format. */

/** SQL text with its first line in the file (from 1). */
interface Located {
  readonly line: number;
  readonly sql: string;
}

/** Must succeed; what it gives is not looked at. */
export interface StatementRecord extends Located {
  readonly kind: "statement";
}

/** Must fail; every line of the error as people see it. */
export interface ErrorRecord extends Located {
  readonly kind: "error";
  readonly expected: readonly string[];
}

/** Must give text (EXPLAIN). */
export interface TextRecord extends Located {
  readonly kind: "text";
  readonly expected: readonly string[];
}

/** Must give rows. */
export interface QueryRecord extends Located {
  readonly kind: "query";
  readonly options: ReadonlySet<QueryOption>;
  /** `name TYPE` of each column; null if the file says nothing of them. */
  readonly header: string | null;
  readonly expected: readonly string[];
}

/**
 * `ordered`: in this order; `changelog`: each change with its kind, one row a batch; `arrival`: in batches as inserted,
 * whatever the run (late rows depend on what came before them).
 */
export type QueryOption = (typeof queryOptions)[number];
export const queryOptions = ["ordered", "changelog", "arrival"] as const;

export type GoldenRecord = StatementRecord | ErrorRecord | TextRecord | QueryRecord;
