import type { Span } from "../text/span.ts";
import type { Expression } from "./expression.ts";
import type { NamedArgument } from "./function-call.ts";
import type { Identifier, QualifiedName } from "./identifier.ts";
import type { MatchRecognize } from "./match-recognize.ts";
import type { Hint } from "./option.ts";
import type { Query } from "./query.ts";
import type { SortItem } from "./sort-item.ts";

/** What may stand in FROM. */
export type TableExpression = TableReference | DerivedTable | TableFunctionCall | UnnestTable | Join | MatchRecognize;

/** `AS name (columns)`. */
export interface TableAlias {
  readonly kind: "TableAlias";
  readonly span: Span;
  readonly name: Identifier;
  readonly columns: readonly Identifier[];
}

export interface TableReference {
  readonly kind: "TableReference";
  readonly span: Span;
  readonly name: QualifiedName;
  readonly hints: readonly Hint[];
  /** `FOR SYSTEM_TIME AS OF expression`. */
  readonly systemTime: Expression | null;
  readonly alias: TableAlias | null;
}

/** A query in parentheses; `lateral`: it may refer to the tables to its left. */
export interface DerivedTable {
  readonly kind: "DerivedTable";
  readonly span: Span;
  readonly query: Query;
  readonly lateral: boolean;
  readonly alias: TableAlias | null;
}

/** `TABLE(f(…))`, or without the wrapper `f(…)`: a window table function or a user's. */
export interface TableFunctionCall {
  readonly kind: "TableFunctionCall";
  readonly span: Span;
  readonly name: QualifiedName;
  readonly arguments: readonly TableFunctionArgument[];
  readonly lateral: boolean;
  readonly alias: TableAlias | null;
}

export type TableFunctionArgument = TableFunctionValue | NamedArgument<TableFunctionValue>;
export type TableFunctionValue = Expression | TableArgument | Descriptor;

/** `TABLE t PARTITION BY a ORDER BY b`, or a query in parentheses in place of `TABLE t`. */
export interface TableArgument {
  readonly kind: "TableArgument";
  readonly span: Span;
  readonly input: QualifiedName | Query;
  readonly partitionBy: readonly Expression[];
  readonly orderBy: readonly SortItem[];
}

/** `DESCRIPTOR(a, b)`. */
export interface Descriptor {
  readonly kind: "Descriptor";
  readonly span: Span;
  readonly columns: readonly Identifier[];
}

/** `UNNEST(array) WITH ORDINALITY AS t (element, position)`. */
export interface UnnestTable {
  readonly kind: "UnnestTable";
  readonly span: Span;
  readonly expressions: readonly Expression[];
  readonly withOrdinality: boolean;
  readonly lateral: boolean;
  readonly alias: TableAlias | null;
}

/** COMMA is `FROM a, b`: a cross join. CROSS, COMMA and natural joins have neither `on` nor `using`. */
export interface Join {
  readonly kind: "Join";
  readonly span: Span;
  readonly joinType: "INNER" | "LEFT" | "RIGHT" | "FULL" | "CROSS" | "COMMA";
  readonly natural: boolean;
  readonly left: TableExpression;
  readonly right: TableExpression;
  readonly on: Expression | null;
  readonly using: readonly Identifier[];
}
