import type { Span } from "../text/span.ts";
import type { FunctionCall, JsonFunctionCall } from "./function-call.ts";
import type { Identifier } from "./identifier.ts";
import type { Literal } from "./literal.ts";
import type { Query } from "./query.ts";
import type { TimeUnit } from "./time-unit.ts";
import type { TypeName } from "./type-name.ts";

export type Expression =
  | Literal
  | ColumnReference
  | FieldAccess
  | ElementAccess
  | UnaryExpression
  | BinaryExpression
  | LogicalExpression
  | IsPredicate
  | DistinctPredicate
  | BetweenPredicate
  | InListPredicate
  | InQueryPredicate
  | LikePredicate
  | QuantifiedComparison
  | ExistsPredicate
  | ScalarSubquery
  | CaseExpression
  | CastExpression
  | ExtractExpression
  | TrimExpression
  | RoundToUnitExpression
  | TimestampArithmetic
  | FunctionCall
  | JsonFunctionCall
  | RowConstructor
  | ArrayConstructor
  | MapConstructor
  | MatchSemantics;

/** `a`, `t.a`, `t.a.b`: which part is catalog, table, column or nested field is for the binder to find out. */
export interface ColumnReference {
  readonly kind: "ColumnReference";
  readonly span: Span;
  readonly parts: readonly Identifier[];
}

/** `(expression).field`, `a[1].field`, `f(x).field`: a field of what is not a plain dotted name. */
export interface FieldAccess {
  readonly kind: "FieldAccess";
  readonly span: Span;
  readonly operand: Expression;
  readonly field: Identifier;
}

/** `operand[index]` on an ARRAY (1-based), MAP or ROW. */
export interface ElementAccess {
  readonly kind: "ElementAccess";
  readonly span: Span;
  readonly operand: Expression;
  readonly index: Expression;
}

export interface UnaryExpression {
  readonly kind: "UnaryExpression";
  readonly span: Span;
  readonly operator: "NOT" | "+" | "-";
  readonly operand: Expression;
}

export type ComparisonOperator = "=" | "<>" | "<" | "<=" | ">" | ">=";
export type BinaryOperator = ComparisonOperator | "+" | "-" | "*" | "/" | "%" | "||" | "OVERLAPS";

/** `!=` is folded into `<>`. */
export interface BinaryExpression {
  readonly kind: "BinaryExpression";
  readonly span: Span;
  readonly operator: BinaryOperator;
  readonly left: Expression;
  readonly right: Expression;
}

/** A chain `a AND b AND c` is one node with at least two operands, so that long generated chains stay flat. */
export interface LogicalExpression {
  readonly kind: "LogicalExpression";
  readonly span: Span;
  readonly operator: "AND" | "OR";
  readonly operands: readonly Expression[];
}

export type IsTest = "NULL" | "TRUE" | "FALSE" | "UNKNOWN" | "JSON" | "JSON OBJECT" | "JSON ARRAY" | "JSON SCALAR";

/** `operand IS [NOT] test`; `IS JSON VALUE` is folded into `IS JSON`. */
export interface IsPredicate {
  readonly kind: "IsPredicate";
  readonly span: Span;
  readonly operand: Expression;
  readonly test: IsTest;
  readonly negated: boolean;
}

/** `left IS [NOT] DISTINCT FROM right`; `negated` is IS NOT DISTINCT FROM, the equality where NULL equals NULL. */
export interface DistinctPredicate {
  readonly kind: "DistinctPredicate";
  readonly span: Span;
  readonly left: Expression;
  readonly right: Expression;
  readonly negated: boolean;
}

/** `symmetric`: the bounds may come in either order. */
export interface BetweenPredicate {
  readonly kind: "BetweenPredicate";
  readonly span: Span;
  readonly operand: Expression;
  readonly low: Expression;
  readonly high: Expression;
  readonly symmetric: boolean;
  readonly negated: boolean;
}

export interface InListPredicate {
  readonly kind: "InListPredicate";
  readonly span: Span;
  readonly operand: Expression;
  readonly list: readonly Expression[];
  readonly negated: boolean;
}

export interface InQueryPredicate {
  readonly kind: "InQueryPredicate";
  readonly span: Span;
  readonly operand: Expression;
  readonly query: Query;
  readonly negated: boolean;
}

export interface LikePredicate {
  readonly kind: "LikePredicate";
  readonly span: Span;
  readonly operator: "LIKE" | "SIMILAR TO";
  readonly operand: Expression;
  readonly pattern: Expression;
  readonly escape: Expression | null;
  readonly negated: boolean;
}

/** `left = ANY (query)`, `left > ALL (1, 2)`; SOME is folded into ANY. Exactly one of `query` and `list` is set. */
export interface QuantifiedComparison {
  readonly kind: "QuantifiedComparison";
  readonly span: Span;
  readonly operator: ComparisonOperator;
  readonly quantifier: "ANY" | "ALL";
  readonly left: Expression;
  readonly query: Query | null;
  readonly list: readonly Expression[] | null;
}

export interface ExistsPredicate {
  readonly kind: "ExistsPredicate";
  readonly span: Span;
  readonly query: Query;
}

/** A query in parentheses where a value is wanted. */
export interface ScalarSubquery {
  readonly kind: "ScalarSubquery";
  readonly span: Span;
  readonly query: Query;
}

/** `operand` is set in the form `CASE operand WHEN value THEN …`. */
export interface CaseExpression {
  readonly kind: "CaseExpression";
  readonly span: Span;
  readonly operand: Expression | null;
  readonly branches: readonly CaseBranch[];
  readonly otherwise: Expression | null;
}

export interface CaseBranch {
  readonly kind: "CaseBranch";
  readonly span: Span;
  readonly when: Expression;
  readonly result: Expression;
}

/** CAST, or with `safe` TRY_CAST, which gives NULL where CAST fails. */
export interface CastExpression {
  readonly kind: "CastExpression";
  readonly span: Span;
  readonly operand: Expression;
  readonly type: TypeName;
  readonly safe: boolean;
}

/** `EXTRACT(unit FROM operand)`. */
export interface ExtractExpression {
  readonly kind: "ExtractExpression";
  readonly span: Span;
  readonly unit: TimeUnit;
  readonly operand: Expression;
}

/** `TRIM(side characters FROM operand)`; `characters` null means blanks. `TRIM(x)` comes out as side BOTH. */
export interface TrimExpression {
  readonly kind: "TrimExpression";
  readonly span: Span;
  readonly side: "BOTH" | "LEADING" | "TRAILING";
  readonly characters: Expression | null;
  readonly operand: Expression;
}

/** `FLOOR(operand TO unit)` and `CEIL(operand TO unit)`. FLOOR and CEIL of a number are function calls. */
export interface RoundToUnitExpression {
  readonly kind: "RoundToUnitExpression";
  readonly span: Span;
  readonly direction: "FLOOR" | "CEIL";
  readonly operand: Expression;
  readonly unit: TimeUnit;
}

/** `TIMESTAMPADD(unit, left, right)` adds `left` units to `right`; `TIMESTAMPDIFF(unit, left, right)` is right - left. */
export interface TimestampArithmetic {
  readonly kind: "TimestampArithmetic";
  readonly span: Span;
  readonly operation: "TIMESTAMPADD" | "TIMESTAMPDIFF";
  readonly unit: TimeUnit;
  readonly left: Expression;
  readonly right: Expression;
}

/** `ROW(a, b)`, also written `(a, b)`. */
export interface RowConstructor {
  readonly kind: "RowConstructor";
  readonly span: Span;
  readonly items: readonly Expression[];
}

/** `ARRAY[a, b]`. */
export interface ArrayConstructor {
  readonly kind: "ArrayConstructor";
  readonly span: Span;
  readonly items: readonly Expression[];
}

/** `MAP[key, value, key, value]`. */
export interface MapConstructor {
  readonly kind: "MapConstructor";
  readonly span: Span;
  readonly entries: readonly MapEntry[];
}

export interface MapEntry {
  readonly kind: "MapEntry";
  readonly span: Span;
  readonly key: Expression;
  readonly value: Expression;
}

/** `RUNNING f(…)` or `FINAL f(…)`, only inside MATCH_RECOGNIZE. */
export interface MatchSemantics {
  readonly kind: "MatchSemantics";
  readonly span: Span;
  readonly semantics: "RUNNING" | "FINAL";
  readonly operand: Expression;
}
