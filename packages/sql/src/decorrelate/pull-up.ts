/**
 * The cheap way to free a sub-query of references to the query around it: conditions that use them move up, until they stand
 * at the top and become the condition of the join with that query.
 *
 * Through an aggregation only an equality `outer = inner` may move: `inner` then becomes one more group key. Where this does
 * not do, `pullUp` gives null, and the sub-query is joined with the values it is asked for instead (push-domain.ts).
 */
import { isLeftOnly } from "@millrace/core";
import {
  type AggregateNode,
  type ColumnExpression,
  column,
  columnsUsed,
  conjunction,
  conjuncts,
  type Expression,
  type JoinNode,
  type LogicalPlan,
  remapColumns,
  substitute,
} from "@millrace/plan";
import { planField, project, withoutRole } from "../binder/build-plan.ts";
import { planUsesOuter, usesOuter } from "./outer-reference.ts";

/** A sub-query as one side of a join with the query around it. */
export interface Decorrelated {
  /** Without references. */
  readonly plan: LogicalPlan;
  /** The columns of the sub-query, over `plan` and references. */
  readonly outputs: readonly Expression[];
  /** What must hold for a pair of an outer row and a row of `plan`, over `plan` and references. */
  readonly conditions: readonly Expression[];
  /** It is an aggregation without keys: there is a row for an outer row without a partner too, over NULLs and `zeroes`. */
  readonly isGlobal: boolean;
  /** Columns of `plan` that are 0 then: counts. */
  readonly zeroes: ReadonlySet<number>;
}

/** Aggregates of no rows that are not NULL. */
export const countNames: ReadonlySet<string> = new Set(["count", "approx_count_distinct", "regr_count"]);

export function plainColumns(plan: LogicalPlan): readonly ColumnExpression[] {
  return plan.fields.map((field, index) => column(index, field.type));
}

function simply(
  plan: LogicalPlan,
  outputs: readonly Expression[] = plainColumns(plan),
  conditions: readonly Expression[] = [],
): Decorrelated {
  return { plan, outputs, conditions, isGlobal: false, zeroes: new Set() };
}

export function pullUp(node: LogicalPlan, level: number): Decorrelated | null {
  if (!planUsesOuter(node, level)) return simply(node);
  const isOuter = (expression: Expression) => usesOuter(expression, level);
  switch (node.kind) {
    case "values":
      // SELECT o.x without FROM: one row of nothing, the values are computed by the join.
      return node.rows.length === 1 ? simply({ kind: "values", fields: [], rows: [[]] }, node.rows[0]) : null;
    case "filter": {
      const below = pullUp(node.input, level);
      if (below === null || below.isGlobal) return null;
      const terms = conjuncts(node.condition).map((term) => substitute(term, below.outputs));
      const inside = conjunction(terms.filter((term) => !isOuter(term)));
      const { plan } = below;
      return {
        ...below,
        plan: inside === null ? plan : { kind: "filter", fields: plan.fields, input: plan, condition: inside },
        conditions: [...below.conditions, ...terms.filter(isOuter)],
      };
    }
    case "project": {
      const below = pullUp(node.input, level);
      if (below === null) return null;
      return { ...below, outputs: node.expressions.map((expression) => substitute(expression, below.outputs)) };
    }
    case "sort":
      return pullUp(node.input, level);
    case "join":
      return pullThroughJoin(node, level);
    case "aggregate":
      return pullThroughAggregate(node, level);
    default:
      return null;
  }
}

function pullThroughJoin(node: JoinNode, level: number): Decorrelated | null {
  const { joinType } = node;
  if (joinType === "right" || joinType === "full") return null;
  if (joinType !== "inner" && planUsesOuter(node.right, level)) return null;
  const left = pullUp(node.left, level);
  const right = pullUp(node.right, level);
  if (left === null || right === null || left.isGlobal || right.isGlobal) return null;
  const width = left.plan.fields.length;
  const moved = (expression: Expression) => remapColumns(expression, (index) => index + width);
  const rightOutputs = right.outputs.map(moved);
  const terms = conjuncts(node.condition).map((term) => substitute(term, [...left.outputs, ...rightOutputs]));
  const outside = terms.filter((term) => usesOuter(term, level));
  if (outside.length > 0 && joinType !== "inner") return null;
  const rightFields = isLeftOnly(joinType) ? [] : right.plan.fields;
  const added = node.fields.slice(node.left.fields.length).map((field, i) => column(width + i, field.type));
  const isSame = width === node.left.fields.length && right.plan.fields.length === node.right.fields.length;
  const plan: LogicalPlan = {
    ...node,
    left: left.plan,
    right: right.plan,
    condition: conjunction(terms.filter((term) => !usesOuter(term, level))),
    fields: isSame
      ? node.fields
      : [...left.plan.fields, ...(joinType === "inner" ? rightFields : node.fields.slice(node.left.fields.length))].map(
          withoutRole,
        ),
  };
  return simply(
    plan,
    [...left.outputs, ...(joinType === "inner" ? rightOutputs : added)],
    [...left.conditions, ...right.conditions.map(moved), ...outside],
  );
}

function pullThroughAggregate(node: AggregateNode, level: number): Decorrelated | null {
  const below = pullUp(node.input, level);
  if (below === null || below.isGlobal) return null;
  const equalities = below.conditions.map((condition) => equalityOf(condition, level));
  const keys = node.keys.map((key) => below.outputs[key]);
  const needed = [
    ...new Set(node.aggregates.flatMap(({ args, filter }) => (filter === null ? args : [...args, filter]))),
  ];
  const read = needed.map((index) => below.outputs[index]);
  if ([...keys, ...read].some((expression) => usesOuter(expression, level))) return null;
  const inner: Expression[] = [];
  for (const equality of equalities) {
    if (equality === null) return null;
    inner.push(equality.inner);
  }
  const names = [...node.keys, ...needed].map((index) => node.input.fields[index].name);
  const input = project(
    below.plan,
    [...names.slice(0, keys.length), ...inner.map((_, i) => `$correlated${i}`), ...names.slice(keys.length)],
    [...keys, ...inner, ...read],
  );
  const keyCount = keys.length + inner.length;
  const placeOf = (index: number) => keyCount + needed.indexOf(index);
  const plan: AggregateNode = {
    kind: "aggregate",
    input,
    keys: Array.from({ length: keyCount }, (_, i) => i),
    aggregates: node.aggregates.map((aggregate) => ({
      ...aggregate,
      args: aggregate.args.map(placeOf),
      filter: aggregate.filter === null ? null : placeOf(aggregate.filter),
    })),
    fields: [
      ...node.fields.slice(0, keys.length),
      ...inner.map((expression, i) => planField(`$correlated${i}`, expression.type, undefined)),
      ...node.fields.slice(keys.length),
    ],
  };
  const all = plainColumns(plan);
  const isGlobal = node.keys.length === 0;
  return {
    plan,
    outputs: [...all.slice(0, keys.length), ...all.slice(keyCount)],
    conditions: equalities.map((equality, i) => equality?.withInner(all[keys.length + i]) as Expression),
    isGlobal,
    zeroes: new Set(
      isGlobal ? node.aggregates.flatMap(({ name }, i) => (countNames.has(name) ? [keyCount + i] : [])) : [],
    ),
  };
}

interface Equality {
  /** Over the sub-query alone. */
  readonly inner: Expression;
  withInner(inner: Expression): Expression;
}

/** `outer = inner`, in either order, each side with one of the two alone. */
function equalityOf(condition: Expression, level: number): Equality | null {
  if (condition.kind !== "call" || (condition.name !== "=" && condition.name !== "is not distinct from")) return null;
  for (const at of [0, 1]) {
    const inner = condition.args[at];
    const outer = condition.args[1 - at];
    if (usesOuter(inner, level) || columnsUsed(outer).size > 0) continue;
    const withInner = (next: Expression) => ({ ...condition, args: at === 0 ? [next, outer] : [outer, next] });
    return { inner, withInner };
  }
  return null;
}
