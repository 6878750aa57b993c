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
import type { DerivedTable, TableExpression } from "../ast/table-expression.ts";
import { replaceOuter, usesOuter } from "../decorrelate/outer-reference.ts";
import { type Decorrelated, plainColumns, pullUp } from "../decorrelate/pull-up.ts";
import { decorrelateByDomain } from "../decorrelate/push-domain.ts";
import { type BindContext, fail, type OuterQuery, unsupported } from "./bind-context.ts";
import { asTableFunction, bindTableFunction, type TableFunctionTable } from "./bind-table-function.ts";
import { project } from "./build-plan.ts";
import { joinPlan } from "./join-plan.ts";
import { type Scope, tableScope } from "./scope.ts";

/** A table of FROM that may use columns of the tables to its left. */
export type LateralTable = TableFunctionTable | DerivedTable;

interface LateralInput {
  readonly plan: LogicalPlan;
  readonly scope: Scope;
}

export function asLateral(context: BindContext, node: TableExpression): LateralTable | null {
  return node.kind === "DerivedTable" && node.lateral ? node : asTableFunction(context, node);
}

/** The rows of `left`, each with those of the right side for it. `scope`: the right's columns, over themselves. */
export function joinLateral(
  context: BindContext,
  node: LateralTable,
  left: LateralInput,
  joinType: "inner" | "left",
): LateralInput {
  if (node.kind !== "DerivedTable") return bindTableFunction(context, node, left.plan, left.scope, joinType);
  const width = left.plan.fields.length;
  const joined = joinQuery(context, node, left, joinType);
  const names = node.alias?.columns ?? [];
  const own = joined.fields.slice(width);
  if (names.length > 0 && names.length !== own.length) {
    const lists = `lists ${names.length} column(s), its query has ${own.length}`;
    fail(context, node.span, `alias ${node.alias?.name.name} ${lists}: ${own.map((field) => field.name).join(", ")}`);
  }
  const fields = own.map((field, i) => (names.length === 0 ? field : { ...field, name: names[i].name }));
  const plan = { ...joined, fields: [...joined.fields.slice(0, width), ...fields] };
  return { plan, scope: tableScope(node.alias === null ? [] : [node.alias.name.name], fields) };
}

/** The columns of left, then the query's. */
function joinQuery(
  context: BindContext,
  node: DerivedTable,
  left: LateralInput,
  joinType: "inner" | "left",
): LogicalPlan {
  const parent = context.outer;
  const level = parent === null ? 0 : parent.level + 1;
  const outer: OuterQuery = { scope: left.scope, level, parent, captured: [], places: new WeakMap() };
  const query = context.bindQuery({ ...context, outer }, node.query);
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
