import type { Span } from "../text/span.ts";
import type { Expression } from "./expression.ts";
import type { Identifier, QualifiedName } from "./identifier.ts";
import type { Hint } from "./option.ts";
import type { SortItem } from "./sort-item.ts";
import type { TableExpression } from "./table-expression.ts";
import type { NamedWindow } from "./window.ts";

/**
 * A whole query: WITH, body, ORDER BY, LIMIT. Wherever a query may stand there is one of these. A body that is itself
 * a Query was written in parentheses and has clauses of its own: `(SELECT … LIMIT 1) ORDER BY …`.
 */
export interface Query {
  readonly kind: "Query";
  readonly span: Span;
  readonly with: readonly CommonTable[];
  readonly body: QueryBody;
  readonly orderBy: readonly SortItem[];
  readonly limit: Expression | null;
  readonly offset: Expression | null;
}

export type QueryBody = Select | SetOperation | Values | ExplicitTable | Query;

/** `name (columns) AS (query)` of a WITH clause. */
export interface CommonTable {
  readonly kind: "CommonTable";
  readonly span: Span;
  readonly name: Identifier;
  readonly columns: readonly Identifier[];
  readonly query: Query;
}

export interface Select {
  readonly kind: "Select";
  readonly span: Span;
  readonly hints: readonly Hint[];
  readonly quantifier: "DISTINCT" | "ALL" | null;
  readonly items: readonly SelectItem[];
  readonly from: TableExpression | null;
  readonly where: Expression | null;
  readonly groupBy: GroupBy | null;
  readonly having: Expression | null;
  readonly windows: readonly NamedWindow[];
  readonly qualify: Expression | null;
}

export type SelectItem = SelectExpression | SelectStar;

export interface SelectExpression {
  readonly kind: "SelectExpression";
  readonly span: Span;
  readonly expression: Expression;
  readonly alias: Identifier | null;
}

/** `*` or, with a qualifier, `t.*`. */
export interface SelectStar {
  readonly kind: "SelectStar";
  readonly span: Span;
  readonly qualifier: QualifiedName | null;
}

export interface GroupBy {
  readonly kind: "GroupBy";
  readonly span: Span;
  readonly elements: readonly GroupingElement[];
}

export type GroupingElement = GroupingKeys | GroupingRollup | GroupingSets;

/** `a` (one expression), `(a, b)` (several), `()` (none). */
export interface GroupingKeys {
  readonly kind: "GroupingKeys";
  readonly span: Span;
  readonly expressions: readonly Expression[];
}

/** `ROLLUP (…)` or `CUBE (…)`. */
export interface GroupingRollup {
  readonly kind: "GroupingRollup";
  readonly span: Span;
  readonly operator: "ROLLUP" | "CUBE";
  readonly elements: readonly GroupingKeys[];
}

export interface GroupingSets {
  readonly kind: "GroupingSets";
  readonly span: Span;
  readonly elements: readonly GroupingElement[];
}

/** Set operations are left-associative, and INTERSECT binds tighter than the others. */
export interface SetOperation {
  readonly kind: "SetOperation";
  readonly span: Span;
  readonly operator: "UNION" | "INTERSECT" | "EXCEPT";
  readonly all: boolean;
  readonly left: QueryBody;
  readonly right: QueryBody;
}

/** `VALUES (1, 'a'), (2, 'b')`; a row written without parentheses has one item. */
export interface Values {
  readonly kind: "Values";
  readonly span: Span;
  readonly rows: readonly ValuesRow[];
}

export interface ValuesRow {
  readonly kind: "ValuesRow";
  readonly span: Span;
  readonly items: readonly Expression[];
}

/** `TABLE t` as a query: all of its columns and rows. */
export interface ExplicitTable {
  readonly kind: "ExplicitTable";
  readonly span: Span;
  readonly name: QualifiedName;
}
