import type { CommonTable, GroupingElement, Query, QueryBody, Select, SelectItem, SetOperation } from "../ast/query.ts";
import { printOrderBy, printWindow } from "./print-function-call.ts";
import { printIdentifier, printIdentifiers, printQualifiedName } from "./print-name.ts";
import { printHints, printTable } from "./print-table.ts";
import type { Printer } from "./printer.ts";
import { printExpressions } from "./printer.ts";

export function printQuery(printer: Printer, query: Query): string {
  const parts: string[] = [];
  if (query.with.length > 0) parts.push(`WITH ${query.with.map((part) => printCommonTable(printer, part)).join(", ")}`);
  parts.push(printBody(printer, query.body));
  if (query.orderBy.length > 0) parts.push(printOrderBy(printer, query.orderBy));
  if (query.limit !== null) parts.push(`LIMIT ${printer.expression(query.limit)}`);
  if (query.offset !== null) parts.push(`OFFSET ${printer.expression(query.offset)}`);
  return parts.join(" ");
}

function printCommonTable(printer: Printer, { name, columns, query }: CommonTable): string {
  const list = columns.length === 0 ? "" : ` ${printIdentifiers(columns)}`;
  return `${printIdentifier(name)}${list} AS (${printer.query(query)})`;
}

function printBody(printer: Printer, body: QueryBody): string {
  switch (body.kind) {
    case "Select":
      return printSelect(printer, body);
    case "SetOperation":
      return printSetOperation(printer, body);
    case "Values": {
      const rows = body.rows.map((row) => `(${printExpressions(printer, row.items)})`);
      return `VALUES ${rows.join(", ")}`;
    }
    case "ExplicitTable":
      return `TABLE ${printQualifiedName(body.name)}`;
    case "Query":
      return `(${printer.query(body)})`;
  }
}

function printSetOperation(printer: Printer, { operator, all, left, right }: SetOperation): string {
  const power = setPower(operator);
  return `${printSetOperand(printer, left, power)} ${operator}${all ? " ALL" : ""} ${printSetOperand(printer, right, power + 1)}`;
}

function printSetOperand(printer: Printer, body: QueryBody, least: number): string {
  const text = printBody(printer, body);
  return body.kind === "SetOperation" && setPower(body.operator) < least ? `(${text})` : text;
}

function setPower(operator: SetOperation["operator"]): number {
  return operator === "INTERSECT" ? 2 : 1;
}

function printSelect(printer: Printer, select: Select): string {
  const parts = ["SELECT"];
  if (select.hints.length > 0) parts.push(printHints(select.hints));
  if (select.quantifier !== null) parts.push(select.quantifier);
  parts.push(select.items.map((part) => printSelectItem(printer, part)).join(", "));
  if (select.from !== null) parts.push(`FROM ${printTable(printer, select.from)}`);
  if (select.where !== null) parts.push(`WHERE ${printer.expression(select.where)}`);
  if (select.groupBy !== null)
    parts.push(`GROUP BY ${select.groupBy.elements.map((part) => printGrouping(printer, part)).join(", ")}`);
  if (select.having !== null) parts.push(`HAVING ${printer.expression(select.having)}`);
  if (select.windows.length > 0) {
    const windows = select.windows.map(
      ({ name, specification }) => `${printIdentifier(name)} AS ${printWindow(printer, specification)}`,
    );
    parts.push(`WINDOW ${windows.join(", ")}`);
  }
  if (select.qualify !== null) parts.push(`QUALIFY ${printer.expression(select.qualify)}`);
  return parts.join(" ");
}

function printSelectItem(printer: Printer, item: SelectItem): string {
  if (item.kind === "SelectStar") return item.qualifier === null ? "*" : `${printQualifiedName(item.qualifier)}.*`;
  const text = printer.expression(item.expression);
  return item.alias === null ? text : `${text} AS ${printIdentifier(item.alias)}`;
}

function printGrouping(printer: Printer, element: GroupingElement): string {
  switch (element.kind) {
    case "GroupingKeys":
      return element.expressions.length === 1
        ? printExpressions(printer, element.expressions)
        : `(${printExpressions(printer, element.expressions)})`;
    case "GroupingRollup":
      return `${element.operator} (${element.elements.map((part) => printGrouping(printer, part)).join(", ")})`;
    case "GroupingSets":
      return `GROUPING SETS (${element.elements.map((part) => printGrouping(printer, part)).join(", ")})`;
  }
}
