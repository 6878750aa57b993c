/** Arguments of functions over tables, such as TUMBLE: by position or by name. */
import { formatType } from "@millrace/core";
import type { LogicalPlan } from "@millrace/plan";
import type { Identifier } from "../ast/identifier.ts";
import type { TableArgument, TableFunctionCall, TableFunctionValue } from "../ast/table-expression.ts";
import type { Span } from "../text/span.ts";
import { type BindContext, fail } from "./bind-context.ts";
import { bindNamedTable } from "./bind-named-table.ts";

/** In upper case, in their order. */
export interface TableSignature {
  readonly name: string;
  readonly required: readonly string[];
  readonly optional: readonly string[];
}

export function argumentsByName(
  context: BindContext,
  node: TableFunctionCall,
  { name, required, optional }: TableSignature,
): ReadonlyMap<string, TableFunctionValue> {
  const signature = [...required, ...optional];
  const usage = `${name}(${signature.join(", ")})`;
  const values = new Map<string, TableFunctionValue>();
  node.arguments.forEach((argument, position) => {
    const isNamed = argument.kind === "NamedArgument";
    const key = isNamed ? argument.name.name.toUpperCase() : signature[position];
    if (key === undefined)
      fail(context, argument.span, `${name} takes ${signature.length} arguments at most: ${usage}`);
    if (!signature.includes(key)) {
      fail(context, argument.span, `${name} has no argument ${key}: ${usage}`, {
        candidates: { word: key, names: signature },
      });
    }
    if (values.has(key)) fail(context, argument.span, `argument ${key} of ${name} is given twice`);
    values.set(key, isNamed ? argument.value : argument);
  });
  for (const key of required) {
    if (!values.has(key)) fail(context, node.span, `${name} lacks its argument ${key}`, { expected: [usage] });
  }
  return values;
}

export function tableArgument(
  context: BindContext,
  node: TableFunctionCall,
  name: string,
  value: TableFunctionValue | undefined,
): TableArgument {
  if (value?.kind === "TableArgument") return value;
  return fail(context, value?.span ?? node.span, `the first argument of ${name} is a table`, {
    expected: ["TABLE name"],
  });
}

export function inputOf(context: BindContext, { input }: TableArgument): LogicalPlan {
  return input.kind === "QualifiedName" ? bindNamedTable(context, input, []).plan : context.bindQuery(context, input);
}

export function columnNamed(context: BindContext, input: LogicalPlan, name: Identifier): number {
  const indexes = input.fields.flatMap((field, index) => (field.name === name.name ? [index] : []));
  if (indexes.length === 1) return indexes[0];
  if (indexes.length > 1)
    fail(context, name.span, `column '${name.name}' is ambiguous: the table has several of that name`);
  const names = input.fields.map((field) => field.name);
  return fail(context, name.span, `column '${name.name}' not found; known are ${names.join(", ")}`, {
    candidates: { word: name.name, names },
  });
}

export function requireTimeAttribute(
  context: BindContext,
  name: string,
  input: LogicalPlan,
  index: number,
  span: Span,
): void {
  const field = input.fields[index];
  if (field.role === "rowtime" || field.role === "window_time" || field.role === "proctime") return;
  const others = input.fields.filter((each) => each.role === "rowtime" || each.role === "window_time");
  const hint =
    others.length > 0
      ? `here ${others.map((each) => `'${each.name}'`).join(" or ")} is one`
      : `declare one in CREATE TABLE: WATERMARK FOR ${field.name} AS ${field.name} - INTERVAL '5' SECOND`;
  fail(
    context,
    span,
    `'${field.name}' is ${formatType(field.type)} but no time attribute, which ${name} needs: a column with a watermark, passed on as it is; ${hint}`,
  );
}
