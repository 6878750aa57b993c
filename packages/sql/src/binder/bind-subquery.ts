/** Sub-queries in expressions: IN, EXISTS, ANY, ALL and queries in the place of a value. */
import { BOOLEAN } from "@millrace/core";
import { column, type Expression, expressionKey, type LogicalPlan } from "@millrace/plan";
import type {
  ExistsPredicate,
  InQueryPredicate,
  QuantifiedComparison,
  ScalarSubquery,
  Expression as Tree,
} from "../ast/expression.ts";
import type { Identifier } from "../ast/identifier.ts";
import type { Query } from "../ast/query.ts";
import { outerReference } from "../decorrelate/outer-reference.ts";
import { isAtMostOneRow, singleRow } from "../decorrelate/single-row.ts";
import type { Span } from "../text/span.ts";
import { fail, type OuterQuery, unsupported } from "./bind-context.ts";
import type { ExpressionContext } from "./expression-context.ts";
import { resolveColumn, scopeOf } from "./scope.ts";
import type { SubqueryCollector } from "./subquery-collector.ts";
import { scalarCall } from "./typed-call.ts";

type Bind = (node: Tree) => Expression;

/** A query bound with the columns of the query around in reach. */
interface CorrelatedQuery {
  readonly plan: LogicalPlan;
  readonly level: number;
  /** What it uses of them: reference i is `captured[i]`. */
  readonly captured: readonly Expression[];
}

function bindCorrelated(context: ExpressionContext, query: Query): CorrelatedQuery {
  const { outer: parent, places, scope } = context;
  const outer: OuterQuery = { scope, level: parent === null ? 0 : parent.level + 1, parent, captured: [], places };
  return { plan: context.bindQuery({ ...context, outer }, query), level: outer.level, captured: outer.captured };
}

/** A name of a query around, and which parts lead into its fields; null if it is of none. */
export function outerColumn(
  context: ExpressionContext,
  parts: readonly Identifier[],
): { readonly expression: Expression; readonly rest: readonly Identifier[] } | null {
  if (context.outer === null) return null;
  const scopes: (OuterQuery | ExpressionContext)[] = [context];
  for (let outer: OuterQuery | null = context.outer; outer !== null; outer = outer.parent) scopes.push(outer);
  const owner = scopeOf(scopes, parts);
  if (owner === null || !("captured" in owner)) return null;
  const { column: found, rest } = resolveColumn(context, owner.scope, parts);
  const { captured, level } = owner;
  const key = expressionKey(found.expression);
  let index = captured.findIndex((each) => expressionKey(each) === key);
  if (index < 0) {
    const reference = { ...found.expression };
    const [first, last] = [parts[0], parts[parts.length - 1 - rest.length]];
    const span = { start: first.span.start, end: last.span.end };
    owner.places.set(reference, { span, name: parts.map((part) => part.name).join(".") });
    index = captured.push(reference) - 1;
  }
  return { expression: outerReference(level, index, found.expression.type), rest };
}

export function bindExists(context: ExpressionContext, node: ExistsPredicate): Expression {
  const collector = collectorOf(context, node.span, "EXISTS");
  const { plan, level, captured } = bindCorrelated(context, node.query);
  const type = { ...BOOLEAN, nullable: false };
  return collector.add(
    { kind: "exists", plan, level, span: node.span, text: textOf(context, node.span) },
    [],
    captured,
    type,
  );
}

/** The predicate without its NOT. */
export function bindInQuery(context: ExpressionContext, node: InQueryPredicate, bind: Bind): Expression {
  return bindAny(context, node.span, "IN (query)", node.operand, "=", node.query, bind);
}

export function bindQuantified(context: ExpressionContext, node: QuantifiedComparison, bind: Bind): Expression {
  const { left, list, operator, quantifier, query, span } = node;
  const isAll = quantifier === "ALL";
  if (list !== null) {
    const operand = bind(left);
    const terms = list.map((item) => scalarCall(context, span, operator, [operand, bind(item)]));
    return terms.reduce((a, b) => scalarCall(context, span, isAll ? "and" : "or", [a, b]));
  }
  if (query === null) return fail(context, span, `${quantifier} lacks its query`);
  const what = `a comparison with ${quantifier}`;
  if (!isAll) return bindAny(context, span, what, left, operator, query, bind);
  // x > ALL (query) is NOT (x <= ANY (query)), NULLs included.
  return scalarCall(context, span, "not", [bindAny(context, span, what, left, opposite[operator], query, bind)]);
}

const opposite: Readonly<Record<QuantifiedComparison["operator"], QuantifiedComparison["operator"]>> = {
  "=": "<>",
  "<>": "=",
  "<": ">=",
  "<=": ">",
  ">": "<=",
  ">=": "<",
};

function bindAny(
  context: ExpressionContext,
  span: Span,
  what: string,
  operand: Tree,
  operator: string,
  query: Query,
  bind: Bind,
): Expression {
  const collector = collectorOf(context, span, what);
  const { plan, level, captured } = bindCorrelated(context, query);
  const width = plan.fields.length;
  const isRow = operand.kind === "RowConstructor" && width > 1;
  if (isRow && operator !== "=") return unsupported(context, span, `${operator} of rows with a query`);
  const left = isRow ? operand.items.map(bind) : [bind(operand)];
  if (left.length !== width) {
    return fail(context, query.span, `the query of ${what} has ${width} column(s), its left side ${left.length}`);
  }
  const comparisons = left.map((each, i) =>
    scalarCall(context, span, operator, [column(i, each.type), column(width + i, plan.fields[i].type)]),
  );
  const nullable = comparisons.some((each) => each.type.nullable);
  return collector.add({ kind: "any", plan, level, span, text: textOf(context, span), comparisons }, left, captured, {
    ...BOOLEAN,
    nullable,
  });
}

export function bindScalarSubquery(context: ExpressionContext, node: ScalarSubquery): Expression {
  const collector = collectorOf(context, node.span, "a query in the place of a value");
  const { plan, level, captured } = bindCorrelated(context, node.query);
  if (plan.fields.length !== 1) {
    return fail(
      context,
      node.query.span,
      `a query in the place of a value has one column, this has ${plan.fields.length}`,
    );
  }
  const type = { ...plan.fields[0].type, nullable: true };
  const single = isAtMostOneRow(plan) ? plan : singleRow(plan);
  return collector.add(
    { kind: "scalar", plan: single, level, span: node.span, text: textOf(context, node.span) },
    [],
    captured,
    type,
  );
}

function textOf({ text }: ExpressionContext, { start, end }: Span): string {
  return text.slice(start, end).replaceAll(/\s+/g, " ");
}

function collectorOf(context: ExpressionContext, span: Span, what: string): SubqueryCollector {
  return context.subqueries ?? unsupported(context, span, `${what} in ${context.clause}`);
}
