/**
 * Queries as plain data, for tests that compare the engine with the definition of SQL: `querySql` writes one as text,
 * `queryAnswer` computes it row by row. Columns are called `c0`, `c1`, ...
 */

/** Whole numbers, texts, and moments (ms since the epoch). */
export type QueryType = "number" | "text" | "time";
export type QueryValue = number | string | boolean | null;

/** Over the columns of a row, by index. Conditions are expressions that give a truth value. */
export type QueryExpression =
  | { readonly kind: "column"; readonly index: number }
  | { readonly kind: "literal"; readonly value: number | string | null; readonly type: QueryType }
  | { readonly kind: "call"; readonly name: QueryFunction; readonly args: readonly QueryExpression[] };

export type QueryFunction =
  | "+"
  | "-"
  | "="
  | "<>"
  | "<"
  | "<="
  | "IS DISTINCT FROM"
  | "IS NULL"
  | "IS NOT NULL"
  | "AND"
  | "OR"
  | "NOT"
  | "COALESCE"
  /** A time, and ms to add. */
  | "SHIFT"
  | "CASE";

export interface QueryAggregate {
  readonly name: "COUNT" | "SUM" | "MIN" | "MAX" | "AVG";
  /** A column; null = COUNT(*). */
  readonly column: number | null;
  readonly distinct: boolean;
  readonly filter: QueryExpression | null;
}

export interface QueryOrder {
  readonly column: number;
  readonly descending: boolean;
}

export type QueryWindow =
  | { readonly kind: "TUMBLE"; readonly sizeMs: number }
  | { readonly kind: "HOP"; readonly sizeMs: number; readonly stepMs: number }
  | { readonly kind: "CUMULATE"; readonly sizeMs: number; readonly stepMs: number }
  | { readonly kind: "SESSION"; readonly gapMs: number; readonly partition: readonly number[] };

/** Every query says what its columns hold. */
export type Query = { readonly types: readonly QueryType[] } & (
  | { readonly kind: "table"; readonly name: string }
  | { readonly kind: "project"; readonly input: Query; readonly expressions: readonly QueryExpression[] }
  | { readonly kind: "filter"; readonly input: Query; readonly condition: QueryExpression }
  | { readonly kind: "distinct"; readonly input: Query }
  /** Columns: keys, aggregates. */
  | {
      readonly kind: "aggregate";
      readonly input: Query;
      readonly keys: readonly number[];
      readonly calls: readonly QueryAggregate[];
      /** Over the columns that come out. */
      readonly having: QueryExpression | null;
    }
  /** Columns: those of the left, those of the right. `condition` is over both. */
  | {
      readonly kind: "join";
      readonly joinType: "INNER" | "LEFT" | "RIGHT" | "FULL" | "CROSS";
      readonly left: Query;
      readonly right: Query;
      readonly condition: QueryExpression | null;
    }
  /** Rows of `input` by what `other` holds. `condition` is over both; `column` and `otherColumn` are those of IN. */
  | {
      readonly kind: "semi";
      readonly form: "IN" | "NOT IN" | "EXISTS" | "NOT EXISTS";
      readonly input: Query;
      readonly other: Query;
      readonly column: number;
      readonly otherColumn: number;
      readonly condition: QueryExpression | null;
    }
  /** Columns: those of the input, an aggregate over the rows of `other` for which `condition` (over both) holds. */
  | {
      readonly kind: "scalar";
      readonly input: Query;
      readonly other: Query;
      readonly call: QueryAggregate;
      readonly condition: QueryExpression | null;
    }
  | {
      readonly kind: "set";
      readonly operation: "UNION" | "INTERSECT" | "EXCEPT";
      readonly all: boolean;
      readonly left: Query;
      readonly right: Query;
    }
  /** Columns: those of the input, then the place if `withPlace`. The order goes through all columns, so that places are certain. */
  | {
      readonly kind: "top-n";
      readonly input: Query;
      readonly partition: readonly number[];
      readonly order: readonly QueryOrder[];
      readonly start: number;
      readonly end: number;
      readonly withPlace: boolean;
    }
  /** Columns: those of the input, then the call over the rows of its partition up to its place in an order through all columns. */
  | {
      readonly kind: "over";
      readonly input: Query;
      readonly partition: readonly number[];
      readonly order: readonly QueryOrder[];
      /** Null: ROW_NUMBER. */
      readonly call: QueryAggregate | null;
      /** So many rows in front of each count; null: all of them, and those that are equal to it. */
      readonly preceding: number | null;
    }
  /** Columns: start and end of the window, keys, aggregates. */
  | {
      readonly kind: "window";
      readonly input: Query;
      readonly window: QueryWindow;
      readonly timeColumn: number;
      readonly keys: readonly number[];
      readonly calls: readonly QueryAggregate[];
    }
);

/** The type of an aggregate's result. */
export function aggregateType(call: QueryAggregate, types: readonly QueryType[]): QueryType {
  return call.column === null || call.name === "COUNT" ? "number" : types[call.column];
}
