/** WATERMARK FOR and PRIMARY KEY of a table. */
import { type DataType, formatType } from "@millrace/core";
import type { CatalogColumn, CatalogTable } from "@millrace/plan";
import type { CreateTable, WatermarkDefinition } from "../ast/create-table.ts";
import type { Span } from "../text/span.ts";
import { type BindContext, fail, unsupported } from "./bind-context.ts";
import { bindExpression } from "./bind-expression.ts";
import { expressionContext } from "./expression-context.ts";
import { tableColumns } from "./table-scope.ts";

export function bindWatermark(
  context: BindContext,
  node: WatermarkDefinition,
  columns: readonly CatalogColumn[],
  table: string,
): CatalogTable["watermark"] {
  const { parts } = node.column;
  if (parts.length > 1) {
    unsupported(
      context,
      node.column.span,
      "a watermark on a nested field",
      `compute a column of it: ts AS ${parts.map((part) => part.name).join(".")}`,
    );
  }
  const column = columnIndex(context, columns, parts[0].name, node.column.span);
  const { name, type } = columns[column];
  if (!isTime(type)) {
    const message = `the time column '${name}' of a watermark must be TIMESTAMP(p) or TIMESTAMP_LTZ(p) with p from 0 to 3, not ${formatType(type)}`;
    fail(context, node.column.span, message);
  }
  const scope = tableColumns(columns, table);
  const expression = bindExpression(expressionContext(context, scope, "WATERMARK"), node.expression);
  if (!isTime(expression.type)) {
    const shown = formatType(expression.type);
    const message = `a watermark must be TIMESTAMP(p) or TIMESTAMP_LTZ(p) with p from 0 to 3, not ${shown}`;
    fail(context, node.expression.span, message);
  }
  const { span } = node.expression;
  return { column, expression, text: context.text.slice(span.start, span.end) };
}

function isTime(type: DataType): boolean {
  return (type.kind === "timestamp" || type.kind === "timestamp_ltz") && type.precision <= 3;
}

export function bindPrimaryKey(
  context: BindContext,
  statement: CreateTable,
  columns: readonly { readonly kind: string; readonly name: string }[],
): readonly string[] {
  const names: string[] = [];
  for (const { name, span } of statement.primaryKey?.columns ?? []) {
    const { kind } = columns[columnIndex(context, columns, name, span)];
    if (kind !== "physical")
      fail(context, span, `column '${name}' is ${kind}; a primary key is made of physical columns`);
    if (names.includes(name)) fail(context, span, `column '${name}' stands twice in the primary key`);
    names.push(name);
  }
  return names;
}

export function columnIndex(
  context: BindContext,
  columns: readonly { readonly name: string }[],
  name: string,
  span: Span,
): number {
  const index = columns.findIndex((each) => each.name === name);
  if (index >= 0) return index;
  const names = columns.map((each) => each.name);
  return fail(context, span, `column '${name}' not found; the table has ${names.join(", ")}`, {
    candidates: { word: name, names },
  });
}
