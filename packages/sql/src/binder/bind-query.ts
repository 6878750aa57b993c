/** Queries: WITH, set operations, VALUES, ORDER BY and LIMIT around them. */
import { type DataType, formatType, type SortKey } from "@millrace/core";
import { column, commonType, type Expression, type LogicalPlan, type PlanField } from "@millrace/plan";
import type { Expression as Tree } from "../ast/expression.ts";
import type { CommonTable, Query, QueryBody, SetOperation, Values } from "../ast/query.ts";
import type { SortItem } from "../ast/sort-item.ts";
import type { Span } from "../text/span.ts";
import { type BindContext, fail, unsupported } from "./bind-context.ts";
import { bindExpression } from "./bind-expression.ts";
import { bindNamedTable } from "./bind-named-table.ts";
import { bindSelect } from "./bind-select.ts";
import { distinct, planField, project, visibleColumns } from "./build-plan.ts";
import { expressionContext } from "./expression-context.ts";
import { renamed } from "./rename-columns.ts";
import { EMPTY_SCOPE, tableScope } from "./scope.ts";
import { sortKey } from "./sort-key.ts";
import { castTo, unify } from "./typed-call.ts";

/** A query inside of another: an order without LIMIT is none, as tables have no order. */
export function bindNestedQuery(outer: BindContext, query: Query): LogicalPlan {
  return bindQuery(outer, query, false);
}

export function bindQuery(outer: BindContext, query: Query, keepsOrder = true): LogicalPlan {
  const context = query.with.reduce(addCommonTable, outer);
  const { orderBy } = query;
  let plan: LogicalPlan;
  let visible: number;
  let keys: readonly SortKey[];
  if (query.body.kind === "Select") {
    ({ plan, visible, sortKeys: keys } = bindSelect(context, query.body, orderBy));
  } else {
    plan = bindBody(context, query.body);
    visible = plan.fields.length;
    keys = orderBy.map((item) => {
      const index = sortColumn(context, plan, item);
      return sortKey(context, item, index, plan.fields[index].type);
    });
  }
  const isCut = query.limit !== null || query.offset !== null;
  if (keys.length > 0 && (keepsOrder || isCut)) plan = { kind: "sort", input: plan, fields: plan.fields, keys };
  if (isCut) {
    const limit = query.limit === null ? null : rowCount(context, query.limit, "LIMIT");
    const offset = query.offset === null ? 0 : rowCount(context, query.offset, "OFFSET");
    plan = { kind: "limit", input: plan, fields: plan.fields, limit, offset };
  }
  return visibleColumns(plan, visible);
}

function addCommonTable(context: BindContext, common: CommonTable): BindContext {
  const { name } = common.name;
  const plan = renamed(
    context,
    bindNestedQuery(context, common.query),
    common.columns,
    common.name.span,
    `WITH ${name}`,
  );
  return { ...context, commonTables: new Map(context.commonTables).set(name, plan) };
}

function bindBody(context: BindContext, body: QueryBody): LogicalPlan {
  switch (body.kind) {
    case "Query":
      return bindQuery(context, body);
    case "Select": {
      const { plan, visible } = bindSelect(context, body);
      return visibleColumns(plan, visible);
    }
    case "Values":
      return bindValues(context, body);
    case "ExplicitTable":
      return bindNamedTable(context, body.name, []).plan;
    case "SetOperation":
      return bindSetOperation(context, body);
  }
}

function bindValues(context: BindContext, values: Values): LogicalPlan {
  const expressions = expressionContext(context, EMPTY_SCOPE, "VALUES");
  const rows = values.rows.map((row) => row.items.map((item) => bindExpression(expressions, item)));
  const width = rows[0].length;
  values.rows.forEach((row, i) => {
    if (rows[i].length !== width) {
      fail(context, row.span, `this row of VALUES has ${rows[i].length} column(s), the first has ${width}`);
    }
  });
  const columns = Array.from({ length: width }, (_, i) =>
    unify(
      context,
      values.span,
      `column ${i + 1} of VALUES`,
      rows.map((row) => row[i]),
    ),
  );
  const fields = columns.map((cells, i) => {
    const nullable = cells.some((cell) => cell.type.nullable);
    return { name: `EXPR$${i}`, type: { ...cells[0].type, nullable } };
  });
  return { kind: "values", fields, rows: rows.map((_, row) => columns.map((cells) => cells[row])) };
}

function bindSetOperation(context: BindContext, node: SetOperation): LogicalPlan {
  const { all, operator } = node;
  const bodies: QueryBody[] = [];
  if (operator === "UNION") collectUnion(node, all, bodies);
  else bodies.push(node.left, node.right);
  const plans = bodies.map((body) => {
    return body.kind === "Query" ? bindNestedQuery(context, body) : bindBody(context, body);
  });
  const [first] = plans;
  plans.forEach((plan, i) => {
    if (plan.fields.length === first.fields.length) return;
    const counts = `${plan.fields.length} column(s), the first has ${first.fields.length}`;
    fail(context, bodies[i].span, `this query of ${operator} has ${counts}`);
  });
  const types = first.fields.map((field, i): DataType => {
    const types = plans.map((plan) => plan.fields[i].type);
    const common = commonType(types);
    const shown = [...new Set(types.map(formatType))].join(" and ");
    if (common === undefined) {
      const message = `column '${field.name}' of ${operator} has types without a common one: ${shown}`;
      return fail(context, node.span, message);
    }
    return { ...common, nullable: types.some((type) => type.nullable) };
  });
  const aligned = plans.map((plan, i) => castColumns(context, plan, types, bodies[i].span));
  if (operator !== "UNION") {
    const [left, right] = aligned;
    const fields = first.fields.map(({ name }, i) => planField(name, types[i], undefined));
    const operation = operator === "INTERSECT" ? "intersect" : "except";
    return { kind: "set-operation", operation, all, left, right, fields };
  }
  const fields = first.fields.map((field, i): PlanField => {
    const { role } = field;
    const isShared =
      (role === "rowtime" || role === "proctime") && aligned.every((plan) => plan.fields[i].role === role);
    return planField(field.name, types[i], isShared ? role : undefined);
  });
  const union: LogicalPlan = { kind: "union", inputs: aligned, fields };
  return all ? union : distinct(union);
}

/** The queries of a chain of UNIONs of one sort. */
function collectUnion(node: QueryBody, all: boolean, into: QueryBody[]): void {
  if (node.kind !== "SetOperation" || node.operator !== "UNION" || node.all !== all) {
    into.push(node);
    return;
  }
  collectUnion(node.left, all, into);
  collectUnion(node.right, all, into);
}

function castColumns(context: BindContext, plan: LogicalPlan, types: readonly DataType[], span: Span): LogicalPlan {
  const bare = (type: DataType) => formatType({ ...type, nullable: true });
  if (plan.fields.every((field, i) => bare(field.type) === bare(types[i]))) return plan;
  const expressions = plan.fields.map((field, index): Expression => {
    const reference = column(index, field.type);
    if (bare(field.type) === bare(types[index])) return reference;
    return castTo(context, span, reference, { ...types[index], nullable: field.type.nullable }, false);
  });
  return project(
    plan,
    plan.fields.map((field) => field.name),
    expressions,
  );
}

/** The column that ORDER BY names, of a query that is no SELECT. */
function sortColumn(context: BindContext, plan: LogicalPlan, item: SortItem): number {
  const node = item.expression;
  if (node.kind === "NumberLiteral" && Number(node.text) >= 1 && Number(node.text) <= plan.fields.length) {
    return Number(node.text) - 1;
  }
  const key = bindExpression(expressionContext(context, tableScope([], plan.fields), "ORDER BY"), node);
  if (key.kind !== "column") unsupported(context, item.span, "an expression in ORDER BY of a UNION or VALUES");
  return (key as { readonly index: number }).index;
}

function rowCount(context: BindContext, node: Tree, clause: string): number {
  const bound = bindExpression(expressionContext(context, EMPTY_SCOPE, clause), node);
  if (
    bound.kind === "literal" &&
    typeof bound.value === "number" &&
    Number.isInteger(bound.value) &&
    bound.value >= 0
  ) {
    if (bound.type.kind === "int" || bound.type.kind === "bigint") return bound.value;
  }
  return fail(context, node.span, `${clause} takes a whole number that is not negative`);
}
