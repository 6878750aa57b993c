import type { CommonTable, GroupingElement, Query, QueryBody, Select, SelectItem, SetOperation } from "../ast/query.ts";
import { printExpression, printExpressions } from "./print-expression.ts";
import { printOrderBy, printWindow } from "./print-function-call.ts";
import { printIdentifier, printIdentifiers, printQualifiedName } from "./print-name.ts";
import { printHints, printTable } from "./print-table.ts";

export function printQuery(query: Query): string {
  const parts: string[] = [];
  if (query.with.length > 0) parts.push(`WITH ${query.with.map(printCommonTable).join(", ")}`);
  parts.push(printBody(query.body));
  if (query.orderBy.length > 0) parts.push(printOrderBy(query.orderBy));
  if (query.limit !== null) parts.push(`LIMIT ${printExpression(query.limit)}`);
  if (query.offset !== null) parts.push(`OFFSET ${printExpression(query.offset)}`);
  return parts.join(" ");
}

function printCommonTable({ name, columns, query }: CommonTable): string {
  const list = columns.length === 0 ? "" : ` ${printIdentifiers(columns)}`;
  return `${printIdentifier(name)}${list} AS (${printQuery(query)})`;
}

function printBody(body: QueryBody): string {
  switch (body.kind) {
    case "Select":
      return printSelect(body);
    case "SetOperation":
      return printSetOperation(body);
    case "Values": {
      const rows = body.rows.map((row) => `(${printExpressions(row.items)})`);
      return `VALUES ${rows.join(", ")}`;
    }
    case "ExplicitTable":
      return `TABLE ${printQualifiedName(body.name)}`;
    case "Query":
      return `(${printQuery(body)})`;
  }
}

function printSetOperation({ operator, all, left, right }: SetOperation): string {
  const power = setPower(operator);
  return `${printSetOperand(left, power)} ${operator}${all ? " ALL" : ""} ${printSetOperand(right, power + 1)}`;
}

function printSetOperand(body: QueryBody, least: number): string {
  const text = printBody(body);
  return body.kind === "SetOperation" && setPower(body.operator) < least ? `(${text})` : text;
}

function setPower(operator: SetOperation["operator"]): number {
  return operator === "INTERSECT" ? 2 : 1;
}

function printSelect(select: Select): string {
  const parts = ["SELECT"];
  if (select.hints.length > 0) parts.push(printHints(select.hints));
  if (select.quantifier !== null) parts.push(select.quantifier);
  parts.push(select.items.map(printSelectItem).join(", "));
  if (select.from !== null) parts.push(`FROM ${printTable(select.from)}`);
  if (select.where !== null) parts.push(`WHERE ${printExpression(select.where)}`);
  if (select.groupBy !== null) parts.push(`GROUP BY ${select.groupBy.elements.map(printGrouping).join(", ")}`);
  if (select.having !== null) parts.push(`HAVING ${printExpression(select.having)}`);
  if (select.windows.length > 0) {
    const windows = select.windows.map(
      ({ name, specification }) => `${printIdentifier(name)} AS ${printWindow(specification)}`,
    );
    parts.push(`WINDOW ${windows.join(", ")}`);
  }
  if (select.qualify !== null) parts.push(`QUALIFY ${printExpression(select.qualify)}`);
  return parts.join(" ");
}

function printSelectItem(item: SelectItem): string {
  if (item.kind === "SelectStar") return item.qualifier === null ? "*" : `${printQualifiedName(item.qualifier)}.*`;
  const text = printExpression(item.expression);
  return item.alias === null ? text : `${text} AS ${printIdentifier(item.alias)}`;
}

function printGrouping(element: GroupingElement): string {
  switch (element.kind) {
    case "GroupingKeys":
      return element.expressions.length === 1
        ? printExpressions(element.expressions)
        : `(${printExpressions(element.expressions)})`;
    case "GroupingRollup":
      return `${element.operator} (${element.elements.map(printGrouping).join(", ")})`;
    case "GroupingSets":
      return `GROUPING SETS (${element.elements.map(printGrouping).join(", ")})`;
  }
}
