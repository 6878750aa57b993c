/** What the binder asks of the plan's types and functions, with errors at their place in the text. */
import { type DataType, formatType, sameType, withNullable } from "@millrace/core";
import {
  aggregateFunctions,
  type BoundAggregate,
  bindAggregate,
  bindCall,
  bindCast,
  bindJsonAggregate,
  coerce,
  coerceAll,
  type Expression,
  FunctionError,
  jsonOf,
  listFunctions,
  lookupFunction,
} from "@millrace/plan";
import type { Span } from "../text/span.ts";
import { type BindContext, fail } from "./bind-context.ts";

/** A call of a scalar function or operator, its arguments coerced. */
export function scalarCall(context: BindContext, span: Span, name: string, args: readonly Expression[]): Expression {
  return located(context, span, () => bindCall(name, args));
}

/** An aggregate, its arguments coerced. */
export function aggregateCall(
  context: BindContext,
  span: Span,
  name: string,
  args: readonly Expression[],
): BoundAggregate {
  return located(context, span, () => bindAggregate(name, args), name);
}

/** JSON_ARRAYAGG of one argument, JSON_OBJECTAGG of two. */
export function jsonAggregateCall(
  context: BindContext,
  span: Span,
  name: string,
  onNull: string,
  args: readonly Expression[],
): BoundAggregate {
  // The last argument is the value; a key stays what it is.
  return located(context, span, () => bindJsonAggregate(onNull, args.with(-1, jsonOf(args[args.length - 1]))), name);
}

/** CAST, or TRY_CAST where `safe`. */
export function castTo(
  context: BindContext,
  span: Span,
  operand: Expression,
  type: DataType,
  safe: boolean,
): Expression {
  if (operand.type.kind === "null") return coerce(operand, type);
  if (sameType(operand.type, type)) return safe ? { ...operand, type: withNullable(operand.type, true) } : operand;
  return located(context, span, () => bindCast(safe ? "try_cast" : "cast", operand, type));
}

/** The expressions as the type that they have in common; `what` names them in the error. */
export function unify(
  context: BindContext,
  span: Span,
  what: string,
  expressions: readonly Expression[],
): readonly Expression[] {
  const unified = coerceAll(expressions);
  if (unified !== undefined) return unified.args;
  const types = [...new Set(expressions.map((expression) => formatType({ ...expression.type, nullable: true })))];
  return fail(context, span, `${what} have types without a common one: ${types.join(", ")}; use CAST`);
}

/** Whether a name is that of a scalar function, which unlike operators is called by name. */
export function isScalarFunction(name: string): boolean {
  return isWord(name) && lookupFunction(name) !== undefined;
}

/** Names of all functions, aliases included, in upper case. */
export function functionNames(): readonly string[] {
  const names = [...listFunctions().flatMap((each) => [each.name, ...(each.aliases ?? [])])].filter(isWord);
  return [...names, ...aggregateFunctions.flatMap((each) => [each.name, ...(each.aliases ?? [])])].map((name) =>
    name.toUpperCase(),
  );
}

const operatorWords = new Set([
  "array",
  "map",
  "item",
  "and",
  "or",
  "not",
  "in",
  "like",
  "case",
  "cast",
  "try_cast",
  "negate",
  "row",
]);

function isWord(name: string): boolean {
  return /^\w+$/.test(name) && !operatorWords.has(name.toLowerCase());
}

/** A FunctionError at its place; `owner` is put before a message that does not name the function. */
export function located<T>(context: BindContext, span: Span, action: () => T, owner?: string): T {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof FunctionError)) throw error;
    const message = owner === undefined ? error.message : `${owner}: ${error.message}`;
    return fail(context, span, message, { cause: error });
  }
}
