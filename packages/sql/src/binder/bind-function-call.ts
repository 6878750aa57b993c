/** Calls of scalar and aggregate functions by name. */
import { STRING } from "@millrace/core";
import {
  type BoundAggregate,
  type CatalogFunction,
  type Expression,
  isAggregateFunction,
  isOverFunction,
  literal,
} from "@millrace/plan";
import type { Expression as Tree } from "../ast/expression.ts";
import type { FunctionCall } from "../ast/function-call.ts";
import type { Span } from "../text/span.ts";
import { fail, unsupported } from "./bind-context.ts";
import { bindOverCall } from "./bind-over.ts";
import { bindUserAggregateCall, bindUserScalarCall, userFunctionNames, userFunctionOf } from "./bind-user-function.ts";
import type { ExpressionContext } from "./expression-context.ts";
import { bindGroupWindowCall } from "./group-window-call.ts";
import { aggregateCall, functionNames, isScalarFunction, scalarCall } from "./typed-call.ts";

type Bind = (context: ExpressionContext, node: Tree) => Expression;

/** Functions that only MATCH_RECOGNIZE gives a meaning to. */
const patternFunctions: ReadonlySet<string> = new Set([
  ...["MATCH_ROWTIME", "MATCH_PROCTIME", "MATCH_NUMBER", "CLASSIFIER", "FIRST", "LAST", "PREV", "NEXT"],
]);

export function bindFunctionCall(context: ExpressionContext, node: FunctionCall, bind: Bind): Expression {
  const written = node.name.parts.map((part) => part.name).join(".");
  const name = written.toUpperCase();
  if (node.starOf !== null && context.pattern === null) {
    fail(context, node.span, `${name}(${node.starOf.name}.*) can only stand in MATCH_RECOGNIZE; use ${name}(*)`);
  }
  const ofPattern = context.pattern?.call(context, node, bind) ?? null;
  if (ofPattern !== null) return ofPattern;
  if (patternFunctions.has(name)) fail(context, node.span, `${name} can only stand in MATCH_RECOGNIZE`);
  const ofWindow = bindGroupWindowCall(context, node, bind);
  if (ofWindow !== null) return ofWindow;
  const user = userFunctionOf(context, node.name);
  if (user !== null) return bindUserCall(context, node, user, bind);
  if (node.over === null && isOverFunction(name)) {
    fail(context, node.span, `${name} needs a window: ${name}(…) OVER (PARTITION BY … ORDER BY …)`);
  }
  if (node.over === null && node.nullTreatment !== null)
    return unsupported(context, node.span, `${node.nullTreatment} NULLS`);
  if (node.withinGroup.length > 0) return unsupported(context, node.span, "WITHIN GROUP");
  if (node.orderBy.length > 0) return unsupported(context, node.span, "ORDER BY in an aggregate");
  const args: Tree[] = [];
  for (const argument of node.arguments) {
    if (argument.kind === "NamedArgument") return unsupported(context, argument.span, "an argument by name");
    args.push(argument);
  }
  if (node.over !== null) return bindOverCall(context, node, node.over, args, bind);
  if (groupingFunctions.has(name)) return bindGroupingFunction(context, node, name, args, bind);
  if (isAggregateFunction(name)) return bindAggregate(context, node, name, args, bind);
  if (node.filter !== null || node.quantifier !== null || node.star) {
    const what = node.filter !== null ? "FILTER" : node.star ? "*" : node.quantifier;
    fail(context, node.span, `${name} is no aggregate function, so it takes no ${what}`);
  }
  if (name === "CURRENT_DATABASE" && args.length === 0) {
    return literal(context.session.catalog.currentDatabase, { ...STRING, nullable: false });
  }
  if (name === "CURRENT_WATERMARK" && args.length === 1) requireRowtime(context, node.span, args[0], bind);
  if (!isScalarFunction(name)) {
    fail(context, node.name.span, `function '${written}' not found`, {
      candidates: { word: written, names: [...userFunctionNames(context), ...functionNames()] },
    });
  }
  return scalarCall(
    context,
    node.span,
    name,
    args.map((arg) => bind(context, arg)),
  );
}

/** Whether CURRENT_WATERMARK may be asked here: of a row on its way, not of a pair of rows that may be joined. */
function requireRowtime(context: ExpressionContext, span: Span, arg: Tree, bind: Bind): void {
  const { fields } = context.scope;
  if (fields === undefined) fail(context, span, `CURRENT_WATERMARK is not allowed in ${context.clause}`);
  const bound = bind(context, arg);
  const role = bound.kind === "column" ? fields[bound.index]?.role : undefined;
  if (role === "rowtime" || role === "window_time") return;
  fail(context, arg.span, "CURRENT_WATERMARK takes a time attribute: a column with a WATERMARK, as it is");
}

function bindUserCall(context: ExpressionContext, node: FunctionCall, user: CatalogFunction, bind: Bind): Expression {
  if (user.definition.kind !== "aggregate") return bindUserScalarCall(context, node, user, bind);
  const bindCall = (inner: ExpressionContext) => bindUserAggregateCall(inner, node, user, bind);
  if (node.over !== null) return bindOverCall(context, node, node.over, bindCall, bind);
  const name = user.path[user.path.length - 1];
  return collectAggregate(context, node, name, node.quantifier === "DISTINCT", bind, bindCall);
}

const groupingFunctions: ReadonlySet<string> = new Set(["GROUPING", "GROUPING_ID", "GROUP_ID"]);

/** What tells the sets of GROUPING SETS apart. */
function bindGroupingFunction(
  context: ExpressionContext,
  node: FunctionCall,
  name: string,
  args: readonly Tree[],
  bind: Bind,
): Expression {
  const { aggregates } = context;
  if (aggregates === null || context.insideAggregate) {
    return fail(
      context,
      node.span,
      `${name} is not allowed in ${aggregates === null ? context.clause : "an aggregate"}`,
    );
  }
  if ((args.length === 0) !== (name === "GROUP_ID")) {
    fail(context, node.span, name === "GROUP_ID" ? "GROUP_ID takes no argument" : `${name} takes columns of GROUP BY`);
  }
  const keys = args.map((arg) => {
    const key = bind(context, arg);
    const place = context.places.get(key) ?? { span: arg.span, name: `the argument of ${name}` };
    context.places.set(key, place);
    return key;
  });
  return aggregates.addGrouping(name, keys);
}

function bindAggregate(
  context: ExpressionContext,
  node: FunctionCall,
  name: string,
  args: readonly Tree[],
  bind: Bind,
): Expression {
  if (node.star && name !== "COUNT") fail(context, node.span, `${name}(*) has no meaning; only COUNT takes *`);
  if (node.star && node.quantifier === "DISTINCT")
    fail(context, node.span, "COUNT(DISTINCT *) has no meaning; name columns");
  if (!node.star && args.length === 0) fail(context, node.span, `${name}() lacks its argument`);
  return collectAggregate(context, node, name, node.quantifier === "DISTINCT", bind, (inner) =>
    aggregateCall(
      context,
      node.span,
      name,
      args.map((arg) => bind(inner, arg)),
    ),
  );
}

/** Puts an aggregate among those of the SELECT; `bindCall` binds its arguments in the context that it is given. */
export function collectAggregate(
  context: ExpressionContext,
  node: { readonly span: Span; readonly filter: Tree | null },
  name: string,
  isDistinct: boolean,
  bind: Bind,
  bindCall: (inner: ExpressionContext) => BoundAggregate,
): Expression {
  if (context.insideAggregate) {
    fail(context, node.span, `Aggregate expressions cannot be nested: ${name} stands inside another aggregate`);
  }
  const { aggregates } = context;
  if (aggregates === null) {
    const hint = context.clause === "WHERE" ? "; use HAVING, which is applied after grouping" : "";
    return fail(context, node.span, `aggregate ${name} is not allowed in ${context.clause}${hint}`);
  }
  const inner: ExpressionContext = { ...context, insideAggregate: true };
  const bound = bindCall(inner);
  const filter = node.filter === null ? null : bind(inner, node.filter);
  if (filter !== null && node.filter !== null && filter.type.kind !== "boolean") {
    fail(context, node.filter.span, "the condition of FILTER must be BOOLEAN");
  }
  return aggregates.add({ ...bound, distinct: isDistinct || bound.distinct, filter });
}
