/** Calls of functions that users have registered. */
import {
  type BoundAggregate,
  type BoundTableFunction,
  bindUserAggregate,
  bindUserScalar,
  bindUserTableFunction,
  type CatalogFunction,
  type Expression,
  functionPath,
  isAggregateFunction,
  isOverFunction,
} from "@millrace/plan";
import type { Expression as Tree } from "../ast/expression.ts";
import type { FunctionCall } from "../ast/function-call.ts";
import type { QualifiedName } from "../ast/identifier.ts";
import { type BindContext, fail } from "./bind-context.ts";
import type { ExpressionContext } from "./expression-context.ts";
import { isScalarFunction, located } from "./typed-call.ts";

type Bind = (context: ExpressionContext, node: Tree) => Expression;

/** The function that a name means; null if it is built in, or unknown. */
export function userFunctionOf({ session }: BindContext, { parts }: QualifiedName): CatalogFunction | null {
  const names = parts.map((part) => part.name);
  const { functions } = session;
  if (names.length === 1) {
    const system = functions.find("system", names);
    if (system !== undefined) return system;
    if (isBuiltIn(names[0])) return null;
  }
  const { currentCatalog, currentDatabase } = session.catalog;
  return functions.find("database", functionPath(names, currentCatalog, currentDatabase)) ?? null;
}

function isBuiltIn(name: string): boolean {
  return isScalarFunction(name) || isAggregateFunction(name) || isOverFunction(name);
}

/** Names of the functions of users, for suggestions. */
export function userFunctionNames({ session }: BindContext): readonly string[] {
  return session.functions.entries().map(({ path }) => path[path.length - 1]);
}

export interface UserArguments {
  readonly args: readonly Expression[];
  /** The name of each that is given by name. */
  readonly names: readonly (string | null)[];
}

/** The arguments of a call, bound in a context. */
export function userArguments(context: ExpressionContext, nodes: FunctionCall["arguments"], bind: Bind): UserArguments {
  return {
    args: nodes.map((each) => bind(context, each.kind === "NamedArgument" ? each.value : each)),
    names: nodes.map((each) => (each.kind === "NamedArgument" ? each.name.name : null)),
  };
}

export function bindUserScalarCall(
  context: ExpressionContext,
  node: FunctionCall,
  { definition, path }: CatalogFunction,
  bind: Bind,
): Expression {
  const name = path[path.length - 1];
  if (definition.kind === "table") {
    fail(context, node.span, `${name} is a table function: use it in FROM, as LATERAL TABLE(${name}(…))`);
  }
  if (definition.kind === "aggregate") fail(context, node.span, `${name} is an aggregate function`);
  if (node.filter !== null || node.quantifier !== null || node.star || node.over !== null) {
    const what =
      node.over !== null ? "OVER" : node.filter !== null ? "FILTER" : node.star ? "*" : (node.quantifier as string);
    fail(context, node.span, `${name} is no aggregate function, so it takes no ${what}`);
  }
  const { args, names } = userArguments(context, node.arguments, bind);
  return located(context, node.span, () => bindUserScalar(name, definition, args, names));
}

export function bindUserAggregateCall(
  context: ExpressionContext,
  node: FunctionCall,
  { definition, path }: CatalogFunction,
  bind: Bind,
): BoundAggregate {
  const name = path[path.length - 1];
  if (node.star) fail(context, node.span, `${name}(*) has no meaning; only COUNT takes *`);
  const { args, names } = userArguments(context, node.arguments, bind);
  return located(context, node.span, () => bindUserAggregate(name, definition, args, names));
}

export function bindUserTableCall(
  context: ExpressionContext,
  span: FunctionCall["span"],
  { definition, path }: CatalogFunction,
  { args, names }: UserArguments,
): BoundTableFunction {
  const name = path[path.length - 1];
  if (definition.kind !== "table") fail(context, span, `${name} is no table function: it gives a value, not rows`);
  return located(context, span, () => bindUserTableFunction(name, definition, args, names));
}
