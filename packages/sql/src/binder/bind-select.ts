/**
 * SELECT: FROM, then WHERE, grouping, HAVING, the list, DISTINCT.
 *
 * A plan for a SELECT has its visible columns first and then hidden ones, which only ORDER BY wants: `visible` tells how many
 * are to be seen.
 */
import { formatType, type SortKey } from "@millrace/core";
import { type Expression, expressionKey, fieldOf, type LogicalPlan } from "@millrace/plan";
import type { ColumnReference } from "../ast/expression.ts";
import type { Identifier } from "../ast/identifier.ts";
import type { Select } from "../ast/query.ts";
import type { SortItem } from "../ast/sort-item.ts";
import { filterWithSubqueries, joinSubqueries } from "../decorrelate/join-subqueries.ts";
import { AggregateCollector, type CollectedAggregate, overGroups } from "./aggregate-collector.ts";
import { type BindContext, fail } from "./bind-context.ts";
import { bindCondition, bindExpression } from "./bind-expression.ts";
import { bindFrom } from "./bind-from.ts";
import { distinct, filter, freeName, groupBy, project } from "./build-plan.ts";
import { type ExpressionContext, expressionContext } from "./expression-context.ts";
import { groupBySets } from "./group-by-sets.ts";
import { bindGroupWindow } from "./group-window.ts";
import { bindGrouping, type Grouping } from "./grouping.ts";
import { LookupHints } from "./lookup-hints.ts";
import { applyWindows, OverCollector } from "./over-collector.ts";
import { EMPTY_SCOPE, tablesNamed } from "./scope.ts";
import { sortKey } from "./sort-key.ts";
import { bindStateTtlHint, checkStateTtlHint, hintedTtlMs, withStateTtl } from "./state-ttl-hint.ts";
import { SubqueryCollector } from "./subquery-collector.ts";

export interface BoundSelect {
  readonly plan: LogicalPlan;
  readonly visible: number;
  readonly sortKeys: readonly SortKey[];
}

interface Output {
  readonly name: string;
  readonly expression: Expression;
}

export function bindSelect(context: BindContext, select: Select, orderBy: readonly SortItem[] = []): BoundSelect {
  const stateTtl = bindStateTtlHint(context, select.hints);
  const lookupHints = new LookupHints(context, select.hints);
  const from = select.from === null ? null : bindFrom({ ...context, stateTtl, lookupHints }, select.from);
  lookupHints.checkTaken(context);
  const scope = from === null ? EMPTY_SCOPE : { ...from.scope, fields: from.plan.fields };
  checkStateTtlHint(context, stateTtl, scope);
  const ttlMs = hintedTtlMs(stateTtl, scope);
  let input: LogicalPlan = from?.plan ?? { kind: "values", fields: [], rows: [[]] };
  if (select.where !== null) {
    const subqueries = new SubqueryCollector();
    const where = { ...expressionContext(context, scope, "WHERE"), subqueries };
    const condition = bindCondition(where, select.where, "the condition of WHERE");
    input = filterWithSubqueries(context, input, condition, subqueries);
  }

  const { plan: windowedRows, window: groupWindow } = bindGroupWindow(context, scope, input, select.groupBy);
  input = windowedRows;

  const collector = new AggregateCollector();
  const subqueries = new SubqueryCollector();
  const overs = new OverCollector();
  const { windows } = select;
  const expressions = {
    ...expressionContext(context, scope, "the SELECT list", collector),
    subqueries,
    overs,
    windows,
    groupWindow,
  };
  const outputs = bindList(expressions, select);
  const having =
    select.having === null
      ? null
      : bindCondition({ ...expressions, clause: "HAVING", overs: null }, select.having, "the condition of HAVING");
  const qualify = select.qualify === null ? null : bindQualify(expressions, select.qualify, outputs);
  const sorted = orderBy.map((item) => bindSortItem({ ...expressions, clause: "ORDER BY" }, item, outputs));

  let final = [...outputs];
  let qualified = qualify;
  const hidden = (expression: Expression): number => {
    const key = expressionKey(expression);
    const index = final.findIndex((output) => expressionKey(output.expression) === key);
    return index >= 0 ? index : final.push({ name: `$sort${final.length}`, expression }) - 1;
  };
  const sortKeys = sorted.map(({ expression, item }) => {
    const index = typeof expression === "number" ? expression : hidden(expression);
    return sortKey(context, item, index, final[index].expression.type);
  });

  if (select.groupBy !== null || having !== null || collector.aggregates.length > 0 || collector.usesGrouping) {
    const grouping = bindGrouping(
      { ...expressions, clause: "GROUP BY", aggregates: null, overs: null },
      select.groupBy,
    );
    const over = (expression: Expression) => overGroups(expressions, expression, grouping);
    final = final.map(({ name, expression }) => ({ name, expression: over(expression) }));
    qualified = qualified === null ? null : over(qualified);
    const condition = having === null ? null : over(having);
    const below = joinInputSubqueries(context, input, grouping, collector.aggregates, subqueries);
    const grouped =
      grouping.sets === null
        ? groupBy(below.plan, below.grouping.keys, below.aggregates)
        : groupBySets(below.plan, below.grouping, grouping.sets, below.aggregates);
    input = withStateTtl(grouped, ttlMs);
    if (condition !== null) input = filterWithSubqueries(context, input, condition, subqueries);
  }
  const values = final.map(({ expression }) => expression);
  const joined = joinSubqueries(context, input, qualified === null ? values : [...values, qualified], subqueries);
  const windowed = applyWindows(joined.plan, joined.expressions, overs);
  input = qualified === null ? windowed.plan : filter(windowed.plan, windowed.expressions[values.length]);
  final = final.map(({ name }, i) => ({ name, expression: windowed.expressions[i] }));

  if (from === null && input.kind === "values") return constantRow(final, outputs.length, select, context, sortKeys);
  let plan = project(
    input,
    final.map(({ name }) => name),
    final.map(({ expression }) => expression),
  );
  if (select.quantifier === "DISTINCT") {
    if (final.length > outputs.length) {
      fail(context, orderBy[0].span, "with SELECT DISTINCT, ORDER BY may only use columns of the SELECT list");
    }
    plan = withStateTtl(distinct(plan), ttlMs);
  }
  return { plan, visible: outputs.length, sortKeys };
}

/** The condition of QUALIFY, in which the aliases of the list have a meaning too. */
function bindQualify(
  context: ExpressionContext,
  node: NonNullable<Select["qualify"]>,
  outputs: readonly Output[],
): Expression {
  const inList = new Map(context.scope.columns.map((each) => [each.name, each]));
  const aliases = outputs.filter(({ name }) => !inList.has(name));
  const scope = { ...context.scope, columns: [...context.scope.columns, ...aliases] };
  return bindCondition({ ...context, clause: "QUALIFY", scope }, node, "the condition of QUALIFY");
}

/** Keys and aggregates whose arguments and filters are over the rows with the sub-queries in them joined. */
function joinInputSubqueries(
  context: BindContext,
  input: LogicalPlan,
  grouping: Grouping,
  aggregates: readonly CollectedAggregate[],
  subqueries: SubqueryCollector,
): {
  readonly plan: LogicalPlan;
  readonly grouping: Grouping;
  readonly aggregates: readonly CollectedAggregate[];
} {
  const ofAggregates = aggregates.flatMap(({ args, filter: condition }) =>
    condition === null ? args : [...args, condition],
  );
  const keyCount = grouping.keys.length;
  const needed = [...grouping.keys, ...ofAggregates];
  const { plan, expressions } = joinSubqueries(context, input, needed, subqueries);
  let next = keyCount;
  const joined = aggregates.map((aggregate) => ({
    ...aggregate,
    args: aggregate.args.map(() => expressions[next++]),
    filter: aggregate.filter === null ? null : expressions[next++],
  }));
  return { plan, grouping: { ...grouping, keys: expressions.slice(0, keyCount) }, aggregates: joined };
}

/** `SELECT 1`: one constant row, without a projection. */
function constantRow(
  outputs: readonly Output[],
  visible: number,
  select: Select,
  context: BindContext,
  sortKeys: readonly SortKey[],
): BoundSelect {
  if (outputs.length > visible && select.quantifier === "DISTINCT")
    fail(context, select.span, "ORDER BY of a constant");
  const fields = outputs.map(({ name, expression }) => ({ name, type: expression.type }));
  return { plan: { kind: "values", fields, rows: [outputs.map(({ expression }) => expression)] }, visible, sortKeys };
}

function bindList(context: ReturnType<typeof expressionContext>, select: Select): readonly Output[] {
  const taken = new Set<string>();
  return select.items.flatMap((item, index): readonly Output[] => {
    if (item.kind === "SelectExpression") {
      const expression = bindExpression(context, item.expression);
      const name = item.alias?.name ?? impliedName(item.expression) ?? `EXPR$${index}`;
      taken.add(name);
      return [{ name, expression }];
    }
    return starColumns(context, item.qualifier?.parts ?? null, item.span).map((each) => {
      // A copy, so that an error about this column finds this star.
      const reference = { ...each.expression };
      context.places.set(reference, { span: item.span, name: each.name });
      // As in Flink, a star never gives one name twice: a, a0.
      return { name: freeName(each.name, taken), expression: reference };
    });
  });
}

function starColumns(
  context: ExpressionContext,
  qualifier: readonly Identifier[] | null,
  span: Select["span"],
): readonly Output[] {
  if (qualifier === null) {
    if (context.scope.tables.length === 0) fail(context, span, "SELECT * needs a FROM");
    return context.scope.columns;
  }
  const names = qualifier.map((part) => part.name);
  const tables = tablesNamed(context.scope, names);
  if (tables.length > 0) return tables.flatMap((table) => table.columns);
  const isOfColumn =
    context.scope.columns.some((each) => each.name === names[0]) ||
    (names.length > 1 && tablesNamed(context.scope, names.slice(0, -1)).length > 0);
  if (isOfColumn) return fieldsOfRow(context, { kind: "ColumnReference", span, parts: qualifier });
  const known = context.scope.tables.map((table) => table.path[table.path.length - 1]);
  return fail(
    context,
    span,
    `table '${names.join(".")}' not found in FROM${known.length > 0 ? `; there is ${known.join(", ")}` : ""}`,
    {
      candidates: { word: names[names.length - 1], names: known },
    },
  );
}

/** `row.*`: its fields as columns. */
function fieldsOfRow(context: ExpressionContext, node: ColumnReference): readonly Output[] {
  const row = bindExpression(context, node);
  const { type } = row;
  if (type.kind !== "row") {
    const name = node.parts.map((part) => part.name).join(".");
    return fail(context, node.span, `'${name}' is ${formatType(type)}: only of a table or a ROW are there columns`);
  }
  return type.fields.map(({ name, type: field }, index) => ({
    name,
    expression: fieldOf(row, index, type.nullable ? { ...field, nullable: true } : field),
  }));
}

function impliedName(node: Select["items"][number] | Parameters<typeof bindExpression>[1]): string | null {
  if (node.kind === "ColumnReference") return node.parts[node.parts.length - 1].name;
  return node.kind === "FieldAccess" ? node.field.name : null;
}

/** A sort key: an alias or a position of the list (as its index), or else any expression over the rows. */
function bindSortItem(
  context: ReturnType<typeof expressionContext>,
  item: SortItem,
  outputs: readonly Output[],
): { readonly item: SortItem; readonly expression: Expression | number } {
  const node = item.expression;
  if (node.kind === "NumberLiteral" && node.numberType === "integer") {
    const position = Number(node.text);
    if (position < 1 || position > outputs.length) {
      fail(
        context,
        node.span,
        `ORDER BY ${node.text}: the SELECT list has ${outputs.length} column(s), counted from 1`,
      );
    }
    return { item, expression: position - 1 };
  }
  if (node.kind === "ColumnReference" && node.parts.length === 1) {
    const named = outputs.flatMap((output, index) => (output.name === node.parts[0].name ? [index] : []));
    if (named.length === 1) return { item, expression: named[0] };
    if (named.length > 1) {
      const keys = new Set(named.map((index) => expressionKey(outputs[index].expression)));
      if (keys.size > 1)
        fail(
          context,
          node.span,
          `ORDER BY '${node.parts[0].name}' is ambiguous: several columns of the SELECT list have that name`,
        );
      return { item, expression: named[0] };
    }
  }
  return { item, expression: bindExpression(context, node) };
}
