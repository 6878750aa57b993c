/**
 * Bound scalar expressions: names resolved to columns, types known. Plain frozen data; the one form that the planner, the
 * interpreter (`evaluate.ts`, the reference) and the code generator share.
 *
 * Literal and intermediate values have the form of core's `valueAt`: DECIMAL as the unscaled integer (number, or bigint
 * outside the safe range), TIMESTAMP in ms, DATE in days, ROW as array.
 */
import type { AggregateFunction, DataType } from "@millrace/core";

export type Expression = ColumnExpression | LiteralExpression | CallExpression | FieldExpression;

/** Column `index` of the (only) input. */
export interface ColumnExpression {
  readonly kind: "column";
  readonly index: number;
  readonly type: DataType;
}

export interface LiteralExpression {
  readonly kind: "literal";
  readonly value: unknown;
  readonly type: DataType;
}

/**
 * A function of the registry by its name: operators too (`+`, `=`, `and`, `not`, `is null`, `case`, `cast`, `in`, `like`).
 * Conventions: `case` has args [when1, then1, ..., else]; `cast` / `try_cast` convert args[0] to `type`; `in` has
 * args [value, item1, ...]. Arguments are already coerced to what the function takes.
 */
export interface CallExpression {
  readonly kind: "call";
  readonly name: string;
  readonly args: readonly Expression[];
  readonly type: DataType;
  /** Of a function of the user, which is in no registry: its ScalarFunction, which `functionOf` gives. */
  readonly definition?: object;
}

/** Field `index` of a ROW; NULL if the row is NULL. */
export interface FieldExpression {
  readonly kind: "field";
  readonly input: Expression;
  readonly index: number;
  readonly type: DataType;
}

/** One aggregate of an aggregation: `SUM(DISTINCT x) FILTER (WHERE c)`. Arguments are input columns (a projection below computes them). */
export interface AggregateCall {
  readonly name: AggregateFunction | string;
  /** Input columns; empty for COUNT(*). */
  readonly args: readonly number[];
  readonly distinct: boolean;
  /** A BOOLEAN input column; only rows where it is TRUE count. */
  readonly filter: number | null;
  /** Literals besides the columns, as of core's AggregateSpec; none unless given. */
  readonly parameters?: readonly unknown[];
  readonly type: DataType;
}

export function column(index: number, type: DataType): ColumnExpression {
  return { kind: "column", index, type };
}

export function literal(value: unknown, type: DataType): LiteralExpression {
  return { kind: "literal", value, type };
}

export function call(name: string, args: readonly Expression[], type: DataType): CallExpression {
  return { kind: "call", name, args, type };
}

/** The expression with each node replaced by what `visit` gives for it (children first); shared where nothing changes. */
export function transform(expression: Expression, visit: (node: Expression) => Expression): Expression {
  switch (expression.kind) {
    case "call": {
      const args = expression.args.map((arg) => transform(arg, visit));
      const same = args.every((arg, i) => arg === expression.args[i]);
      return visit(same ? expression : { ...expression, args });
    }
    case "field": {
      const input = transform(expression.input, visit);
      return visit(input === expression.input ? expression : { ...expression, input });
    }
    default:
      return visit(expression);
  }
}

/** Calls `visit` for the expression and all below it. */
export function forEachNode(expression: Expression, visit: (node: Expression) => void): void {
  visit(expression);
  if (expression.kind === "call") for (const arg of expression.args) forEachNode(arg, visit);
  else if (expression.kind === "field") forEachNode(expression.input, visit);
}
