/** Joins: their condition from ON, USING or NATURAL, and the columns that come out. */

import { BOOLEAN, type JoinType } from "@millrace/core";
import { call, column, type Expression, type JoinNode } from "@millrace/plan";
import type { Expression as Tree } from "../ast/expression.ts";
import type { Identifier } from "../ast/identifier.ts";
import type { Join, TableExpression } from "../ast/table-expression.ts";
import { joinOnSubqueries, type MakeJoin } from "../decorrelate/join-on-subqueries.ts";
import { filterWithSubqueries } from "../decorrelate/join-subqueries.ts";
import type { Span } from "../text/span.ts";
import { type BindContext, fail, unsupported } from "./bind-context.ts";
import { bindCondition } from "./bind-expression.ts";
import type { BoundFrom } from "./bind-from.ts";
import { asLateral, joinLateral, type LateralTable } from "./bind-lateral.ts";
import { bindTemporalSides, temporalJoin } from "./bind-temporal-join.ts";
import { visibleColumns } from "./build-plan.ts";
import { expressionContext } from "./expression-context.ts";
import { joinPlan } from "./join-plan.ts";
import { resolveColumn, type Scope, type ScopeColumn } from "./scope.ts";
import { hintedTtlMs, type StateTtlHint } from "./state-ttl-hint.ts";
import { SubqueryCollector } from "./subquery-collector.ts";
import { scalarCall } from "./typed-call.ts";

export function bindJoin(
  context: BindContext,
  node: Join,
  bindTable: (context: BindContext, node: TableExpression) => BoundFrom,
): BoundFrom {
  const left = bindTable(context, node.left);
  const joinType: JoinType =
    node.joinType === "CROSS" || node.joinType === "COMMA" ? "inner" : (node.joinType.toLowerCase() as JoinType);
  const lateral = asLateral(context, node.right);
  if (lateral !== null) return bindLateralJoin(context, node, lateral, left, joinType);
  const { time, table } = asOfTime(node.right);
  const right = bindTable(context, table);
  const temporal = time === null ? null : bindTemporalSides(context, left, right, joinType, time, node.right.span);
  const scope = joinedScope(context, left, right, joinType, node.right);
  const shared = node.natural ? sharedNames(left.scope, right.scope) : node.using;
  const merged = shared.map((name) => mergeColumn(context, left.scope, scope, name, joinType, node.span));
  const terms = merged.map(({ equal }) => equal);
  const subqueries = temporal === null ? new SubqueryCollector() : null;
  if (node.on !== null) {
    const expressions = { ...expressionContext(context, scope, "ON"), subqueries };
    terms.push(bindCondition(expressions, node.on, "the condition of ON"));
  }
  const condition = terms.length === 0 ? null : terms.reduce(and);
  const join: MakeJoin = (a, b, on) =>
    withSideTtls(joinPlan(joinType, a, b, on), context.stateTtl, left.scope, right.scope);
  const sides = { left: left.plan, right: right.plan, condition };
  const plan =
    temporal === null
      ? joinOnSubqueries(context, { ...sides, joinType, join, subqueries, span: node.span })
      : temporalJoin(context, temporal, condition, node.span);
  return { plan, scope: merged.length === 0 ? scope : mergedScope(scope, merged) };
}

function withSideTtls(join: JoinNode, hint: StateTtlHint | undefined, left: Scope, right: Scope): JoinNode {
  if (hint === undefined) return join;
  const [leftTtlMs, rightTtlMs] = [hintedTtlMs(hint, left), hintedTtlMs(hint, right)];
  return {
    ...join,
    ...(leftTtlMs === undefined ? {} : { leftTtlMs }),
    ...(rightTtlMs === undefined ? {} : { rightTtlMs }),
  };
}

/** A table FOR SYSTEM_TIME AS OF, taken apart. */
function asOfTime(node: TableExpression): { readonly time: Tree | null; readonly table: TableExpression } {
  if (node.kind !== "TableReference" || node.systemTime === null) return { time: null, table: node };
  return { time: node.systemTime, table: { ...node, systemTime: null } };
}

/** The right side may use columns of the left: it is computed for each of its rows. */
function bindLateralJoin(
  context: BindContext,
  node: Join,
  right: LateralTable,
  left: BoundFrom,
  joinType: JoinType,
): BoundFrom {
  if (joinType === "right" || joinType === "full") {
    return fail(context, node.span, `a ${node.joinType} JOIN cannot have a right side that uses columns of the left`);
  }
  if (node.natural || node.using.length > 0) unsupported(context, node.span, "USING with a lateral table", "use ON");
  const inner = joinLateral(context, right, left, "inner", null);
  const scope = joinedScope(context, left, inner, joinType, right);
  // Bound over both sides in any case: a name that both have is ambiguous.
  const subqueries = new SubqueryCollector();
  const on = { ...expressionContext(context, scope, "ON"), subqueries };
  const condition = node.on === null ? null : bindCondition(on, node.on, "the condition of ON");
  const isTrue = condition === null || (condition.kind === "literal" && condition.value === true);
  if (joinType === "left") {
    return { plan: joinLateral(context, right, left, "left", isTrue ? null : node.on).plan, scope };
  }
  if (isTrue) return { plan: inner.plan, scope };
  const filtered = filterWithSubqueries(context, inner.plan, condition, subqueries);
  return { plan: visibleColumns(filtered, inner.plan.fields.length), scope };
}

/** The scopes side by side, over the columns of left, then right; a padded side may be NULL. */
function joinedScope(
  context: BindContext,
  left: BoundFrom,
  right: Pick<BoundFrom, "scope">,
  joinType: JoinType,
  rightNode: TableExpression,
): Scope {
  const taken = new Set(left.scope.tables.map((table) => table.path.join(".")));
  const again = right.scope.tables.find((table) => table.path.length > 0 && taken.has(table.path.join(".")));
  if (again !== undefined) {
    const name = again.path[again.path.length - 1];
    fail(
      context,
      rightNode.span,
      `table '${name}' stands twice in FROM; give one of them an alias, as in ${name} AS other`,
    );
  }
  const shift = (scope: Scope, offset: number, nullable: boolean): Scope => {
    const moved = ({ name, expression }: ScopeColumn): ScopeColumn => ({
      name,
      expression: moveExpression(expression, offset, nullable),
    });
    return {
      tables: scope.tables.map((table) => ({ path: table.path, columns: table.columns.map(moved) })),
      columns: scope.columns.map(moved),
    };
  };
  const a = shift(left.scope, 0, joinType === "right" || joinType === "full");
  const b = shift(right.scope, left.plan.fields.length, joinType === "left" || joinType === "full");
  return { tables: [...a.tables, ...b.tables], columns: [...a.columns, ...b.columns] };
}

/** Columns of scopes are columns of the plan, or (merged by USING in a full join) COALESCE of two. */
function moveExpression(expression: Expression, offset: number, nullable: boolean): Expression {
  const type = nullable ? { ...expression.type, nullable: true } : expression.type;
  if (expression.kind === "column") return column(expression.index + offset, type);
  if (expression.kind !== "call") return expression;
  return call(
    expression.name,
    expression.args.map((arg) => moveExpression(arg, offset, nullable)),
    type,
  );
}

interface MergedColumn {
  readonly equal: Expression;
  readonly left: Expression;
  readonly right: Expression;
  readonly merged: ScopeColumn;
}

function mergeColumn(
  context: BindContext,
  leftScope: Scope,
  joined: Scope,
  name: Identifier,
  joinType: JoinType,
  span: Span,
): MergedColumn {
  const width = leftScope.columns.length;
  const left = resolveColumn(context, { ...joined, columns: joined.columns.slice(0, width) }, [name]).column.expression;
  const right = resolveColumn(context, { ...joined, columns: joined.columns.slice(width) }, [name]).column.expression;
  const equal = scalarCall(context, span, "=", [left, right]);
  const both = joinType === "full" ? scalarCall(context, span, "coalesce", [left, right]) : null;
  const expression = both ?? (joinType === "right" ? right : left);
  return { equal, left, right, merged: { name: name.name, expression } };
}

/** Merged columns come first and hide the two that they stand for; these can still be named with their tables. */
function mergedScope(scope: Scope, merged: readonly MergedColumn[]): Scope {
  const hidden = new Set(merged.flatMap(({ left, right }) => [left, right]));
  const rest = scope.columns.filter((each) => !hidden.has(each.expression));
  return { tables: scope.tables, columns: [...merged.map((each) => each.merged), ...rest] };
}

function sharedNames(left: Scope, right: Scope): readonly Identifier[] {
  const names = new Set(right.columns.map((each) => each.name));
  return left.columns
    .filter((each) => names.has(each.name))
    .map(({ name }) => ({ kind: "Identifier", span: { start: 0, end: 0 }, name, quoted: true }));
}

function and(left: Expression, right: Expression): Expression {
  return call("and", [left, right], { ...BOOLEAN, nullable: left.type.nullable || right.type.nullable });
}
