/** Joins whose right side may use columns of the left: UNNEST, LATERAL TABLE(f(...)) and LATERAL (query). */
import { BOOLEAN } from "@millrace/core";
import {
  bindCall,
  call,
  column,
  columnsUsed,
  conjunction,
  type Expression,
  type LogicalPlan,
  literal,
  remapColumns,
  transform,
} from "@millrace/plan";
import type { Expression as Tree } from "../ast/expression.ts";
import type { DerivedTable, TableExpression } from "../ast/table-expression.ts";
import { filterWithSubqueries } from "../decorrelate/join-subqueries.ts";
import { replaceOuter, usesOuter } from "../decorrelate/outer-reference.ts";
import { type Decorrelated, plainColumns, pullUp } from "../decorrelate/pull-up.ts";
import { decorrelateByDomain } from "../decorrelate/push-domain.ts";
import { type BindContext, type OuterQuery, unsupported } from "./bind-context.ts";
import { bindCondition } from "./bind-expression.ts";
import { asTableFunction, bindTableFunction, type TableFunctionTable } from "./bind-table-function.ts";
import { project, visibleColumns } from "./build-plan.ts";
import { expressionContext } from "./expression-context.ts";
import { joinPlan } from "./join-plan.ts";
import { renamed } from "./rename-columns.ts";
import { type Scope, tableScope } from "./scope.ts";
import { SubqueryCollector } from "./subquery-collector.ts";

/** A table of FROM that may use columns of the tables to its left. */
export type LateralTable = TableFunctionTable | DerivedTable;

interface LateralInput {
  readonly plan: LogicalPlan;
  readonly scope: Scope;
}

export function asLateral(context: BindContext, node: TableExpression): LateralTable | null {
  return node.kind === "DerivedTable" && node.lateral ? node : asTableFunction(context, node);
}

/**
 * The rows of `left`, each with those of the right side for it. `scope`: the right's columns, over themselves.
 *
 * @param on what must hold of a row of the right side for it to be one; null: nothing more
 */
export function joinLateral(
  context: BindContext,
  node: LateralTable,
  left: LateralInput,
  joinType: "inner" | "left",
  on: Tree | null,
): LateralInput {
  if (node.kind !== "DerivedTable") return bindTableFunction(context, node, left.plan, left.scope, joinType, on);
  const plan = joinQuery(context, node, left, joinType, on);
  const own = plan.fields.slice(left.plan.fields.length);
  return { plan, scope: tableScope(pathOf(node), own) };
}

function pathOf({ alias }: DerivedTable): readonly string[] {
  return alias === null ? [] : [alias.name.name];
}

/** The columns of left, then the query's. */
function joinQuery(
  context: BindContext,
  node: DerivedTable,
  left: LateralInput,
  joinType: "inner" | "left",
  on: Tree | null,
): LogicalPlan {
  const parent = context.outer;
  const level = parent === null ? 0 : parent.level + 1;
  const outer: OuterQuery = { scope: left.scope, level, parent, captured: [], places: new WeakMap() };
  const inside = { ...context, outer };
  const bound = context.bindQuery(inside, node.query);
  const named = renamed(context, bound, node.alias?.columns ?? [], node.span, `alias ${node.alias?.name.name}`);
  const query = on === null ? named : restricted(inside, named, pathOf(node), on);
  const { captured } = outer;
  const side =
    pullUp(query, level) ??
    decorrelateByDomain(query, {
      level,
      outer: left.plan,
      captured,
      refuse: (what) => unsupported(context, node.span, what),
    });
  const width = left.plan.fields.length;
  const over = (expression: Expression) =>
    replaceOuter(
      remapColumns(expression, (index) => index + width),
      level,
      captured,
    );
  const isLeft = joinType === "left" || side.isGlobal;
  const ready = isLeft && !side.isGlobal ? withMarker(side, level) : side;
  const condition = conjunction(ready.conditions.map(over));
  const joined = joinPlan(isLeft ? "left" : "inner", left.plan, ready.plan, condition);
  const outputs = ready.outputs.map((output) =>
    transform(over(output), (part) => {
      if (part.kind !== "column" || part.index < width) return part;
      const value = column(part.index, joined.fields[part.index].type);
      return ready.zeroes.has(part.index - width) ? bindCall("coalesce", [value, literal(0, part.type)]) : value;
    }),
  );
  const names = [...left.plan.fields, ...query.fields].map((field) => field.name);
  return project(joined, names, [...plainColumns(joined).slice(0, width), ...outputs]);
}

/** The rows of the query that the condition of the join holds for; its columns of the left are references. */
function restricted(context: BindContext, query: LogicalPlan, path: readonly string[], on: Tree): LogicalPlan {
  const subqueries = new SubqueryCollector();
  const expressions = { ...expressionContext(context, tableScope(path, query.fields), "ON"), subqueries };
  const condition = bindCondition(expressions, on, "the condition of ON");
  return visibleColumns(filterWithSubqueries(context, query, condition, subqueries), query.fields.length);
}

/** A side whose outputs are NULL where a left join found no partner: computed below the join, or else under a marker. */
function withMarker(side: Decorrelated, level: number): Decorrelated {
  if (side.outputs.every((output) => output.kind === "column")) return side;
  const used = [
    ...new Set([...side.conditions, ...side.outputs].flatMap((expression) => [...columnsUsed(expression)])),
  ];
  const all = plainColumns(side.plan);
  const isInside = (output: Expression) => !usesOuter(output, level);
  const inside = side.outputs.filter(isInside);
  const marker = { ...BOOLEAN, nullable: false } as const;
  const plan = project(
    side.plan,
    [...used.map((index) => side.plan.fields[index].name), ...inside.map((_, i) => `$${i}`), "$found"],
    [...used.map((index) => all[index]), ...inside, literal(true, marker)],
  );
  const move = (expression: Expression) => remapColumns(expression, (index) => used.indexOf(index));
  const found = column(plan.fields.length - 1, { ...marker, nullable: true });
  let next = used.length;
  return {
    ...side,
    plan,
    conditions: side.conditions.map(move),
    outputs: side.outputs.map((output) => {
      const type = { ...output.type, nullable: true };
      if (isInside(output)) return column(next++, type);
      return call("case", [call("is true", [found], marker), move(output), literal(null, type)], type);
    }),
  };
}
