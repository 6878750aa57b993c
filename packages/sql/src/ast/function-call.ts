import type { Span } from "../text/span.ts";
import type { Expression } from "./expression.ts";
import type { Identifier, QualifiedName } from "./identifier.ts";
import type { SortItem } from "./sort-item.ts";
import type { TypeName } from "./type-name.ts";
import type { WindowSpecification } from "./window.ts";

/**
 * A scalar, aggregate or window function. Special syntax with a plain meaning comes out as a plain call:
 * `SUBSTRING(x FROM a FOR b)` as `SUBSTRING(x, a, b)`, `POSITION(a IN b)` as `POSITION(a, b)`,
 * `OVERLAY(x PLACING y FROM a FOR b)` as `OVERLAY(x, y, a, b)`.
 */
export interface FunctionCall {
  readonly kind: "FunctionCall";
  readonly span: Span;
  readonly name: QualifiedName;
  readonly arguments: readonly FunctionArgument[];
  /** `f(*)` or `f(A.*)`; then `arguments` is empty. */
  readonly star: boolean;
  /** The A of `f(A.*)`. */
  readonly starOf: Identifier | null;
  /** Called without parentheses, as CURRENT_DATE is. */
  readonly bare: boolean;
  readonly quantifier: "DISTINCT" | "ALL" | null;
  /** `ARRAY_AGG(x ORDER BY y)`. */
  readonly orderBy: readonly SortItem[];
  /** `LISTAGG(x) WITHIN GROUP (ORDER BY y)`. */
  readonly withinGroup: readonly SortItem[];
  readonly nullTreatment: "IGNORE" | "RESPECT" | null;
  readonly filter: Expression | null;
  /** `OVER (…)` or `OVER name`. */
  readonly over: WindowSpecification | Identifier | null;
}

export type FunctionArgument = Expression | NamedArgument<Expression>;

/** `name => value`. */
export interface NamedArgument<Value> {
  readonly kind: "NamedArgument";
  readonly span: Span;
  readonly name: Identifier;
  readonly value: Value;
}

export type JsonFunctionName =
  | "JSON_EXISTS"
  | "JSON_VALUE"
  | "JSON_QUERY"
  | "JSON_OBJECT"
  | "JSON_ARRAY"
  | "JSON_OBJECTAGG"
  | "JSON_ARRAYAGG";

/** A JSON function with clauses of its own. What does not belong to the function is null or empty. */
export interface JsonFunctionCall {
  readonly kind: "JsonFunctionCall";
  readonly span: Span;
  readonly name: JsonFunctionName;
  /** JSON_EXISTS, JSON_VALUE, JSON_QUERY: document and path; JSON_ARRAY: the items; JSON_ARRAYAGG: the item. */
  readonly arguments: readonly Expression[];
  /** JSON_OBJECT: any number; JSON_OBJECTAGG: one. */
  readonly entries: readonly JsonEntry[];
  readonly returning: TypeName | null;
  readonly wrapper: "WITHOUT" | "CONDITIONAL" | "UNCONDITIONAL" | null;
  readonly onEmpty: JsonBehavior | null;
  readonly onError: JsonBehavior | null;
  /** `NULL ON NULL` or `ABSENT ON NULL`. */
  readonly onNull: "NULL" | "ABSENT" | null;
  readonly filter: Expression | null;
}

export interface JsonEntry {
  readonly kind: "JsonEntry";
  readonly span: Span;
  readonly key: Expression;
  readonly value: Expression;
}

/** `default` is set exactly when `action` is DEFAULT. */
export interface JsonBehavior {
  readonly kind: "JsonBehavior";
  readonly span: Span;
  readonly action: "ERROR" | "NULL" | "TRUE" | "FALSE" | "UNKNOWN" | "EMPTY ARRAY" | "EMPTY OBJECT" | "DEFAULT";
  readonly default: Expression | null;
}
