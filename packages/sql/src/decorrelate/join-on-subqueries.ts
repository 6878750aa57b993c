/**
 * Joins whose condition holds sub-queries. Of an inner join these are conditions on its rows; of an outer join each sub-query is
 * computed for the rows of the side that it uses, before the join.
 */
import type { JoinType } from "@millrace/core";
import {
  column,
  columnsUsed,
  conjunction,
  conjuncts,
  type Expression,
  type LogicalPlan,
  remapColumns,
  transform,
} from "@millrace/plan";
import { type BindContext, unsupported } from "../binder/bind-context.ts";
import { project, visibleColumns } from "../binder/build-plan.ts";
import type { SubqueryCollector } from "../binder/subquery-collector.ts";
import type { Span } from "../text/span.ts";
import { filterWithSubqueries, hasSubquery, joinSubqueries } from "./join-subqueries.ts";
import { plainColumns } from "./pull-up.ts";

/** The join of two sides under a condition. */
export type MakeJoin = (left: LogicalPlan, right: LogicalPlan, condition: Expression | null) => LogicalPlan;

export interface JoinOn {
  readonly left: LogicalPlan;
  readonly right: LogicalPlan;
  /** Over left, then right. */
  readonly condition: Expression | null;
  readonly joinType: JoinType;
  readonly join: MakeJoin;
  /** Of the condition. */
  readonly subqueries: SubqueryCollector | null;
  readonly span: Span;
}

/** The columns of left, then right. */
export function joinOnSubqueries(context: BindContext, node: JoinOn): LogicalPlan {
  const { condition, join, joinType, left, right, subqueries } = node;
  if (condition === null || subqueries === null || subqueries.isEmpty) return join(left, right, condition);
  if (joinType !== "inner") return outerJoin(context, node, condition, subqueries);
  const terms = conjuncts(condition);
  const plain = conjunction(terms.filter((term) => !hasSubquery(term, subqueries)));
  const rest = conjunction(terms.filter((term) => hasSubquery(term, subqueries))) as Expression;
  const joined = join(left, right, plain);
  return visibleColumns(filterWithSubqueries(context, joined, rest, subqueries), joined.fields.length);
}

function outerJoin(
  context: BindContext,
  { join, left, right, span }: JoinOn,
  condition: Expression,
  collector: SubqueryCollector,
): LogicalPlan {
  const width = left.fields.length;
  const onLeft: Expression[] = [];
  const onRight: Expression[] = [];
  transform(condition, (node) => {
    if (collector.useOf(node) === null) return node;
    const used = [...columnsUsed(node)];
    if (used.length > 0 && used.every((index) => index < width)) onLeft.push(node);
    else if (used.every((index) => index >= width)) onRight.push(node);
    else unsupported(context, span, "a sub-query in ON of an outer join that uses columns of both sides");
    return node;
  });
  const leftSide = joinSubqueries(context, left, onLeft, collector);
  const rightSide = joinSubqueries(
    context,
    right,
    onRight.map((node) => remapColumns(node, (index) => index - width)),
    collector,
  );
  const shift = leftSide.plan.fields.length;
  const place = (index: number) => (index < width ? index : index - width + shift);
  const values = new Map<Expression, Expression>([
    ...onLeft.map((node, i) => [node, leftSide.expressions[i]] as const),
    ...onRight.map((node, i) => [node, remapColumns(rightSide.expressions[i], (index) => index + shift)] as const),
  ]);
  const on = transformTopDown(condition, (node) => {
    const value = values.get(node);
    if (value !== undefined) return value;
    return node.kind === "column" ? column(place(node.index), node.type) : null;
  });
  const joined = join(leftSide.plan, rightSide.plan, on);
  const columns = plainColumns(joined);
  const outputs = [...columns.slice(0, width), ...columns.slice(shift, shift + right.fields.length)];
  return project(
    joined,
    outputs.map(({ index }) => joined.fields[index].name),
    outputs,
  );
}

/** What `replace` gives stands for a part and all below it; null: goes on below. */
function transformTopDown(expression: Expression, replace: (node: Expression) => Expression | null): Expression {
  const replaced = replace(expression);
  if (replaced !== null) return replaced;
  if (expression.kind === "field") return { ...expression, input: transformTopDown(expression.input, replace) };
  if (expression.kind !== "call") return expression;
  return { ...expression, args: expression.args.map((arg) => transformTopDown(arg, replace)) };
}
