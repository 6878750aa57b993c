/** Window table functions: TUMBLE, HOP, CUMULATE and SESSION, with arguments by position or by name. */
import { type DataType, formatType, withNullable } from "@millrace/core";
import type { LogicalPlan, PlanField, WindowNode, WindowSpec } from "@millrace/plan";
import type { Expression as Tree } from "../ast/expression.ts";
import type { Identifier } from "../ast/identifier.ts";
import type { Descriptor, TableArgument, TableFunctionCall, TableFunctionValue } from "../ast/table-expression.ts";
import type { Span } from "../text/span.ts";
import { type BindContext, fail, unsupported } from "./bind-context.ts";
import { bindExpression } from "./bind-expression.ts";
import { bindNamedTable } from "./bind-named-table.ts";
import { withoutRole } from "./build-plan.ts";
import { expressionContext } from "./expression-context.ts";
import { EMPTY_SCOPE, tableScope } from "./scope.ts";

/** Names of the arguments, in their order; the last one, OFFSET, may be left out where it is there. */
const signatures: Readonly<Record<string, readonly string[]>> = {
  TUMBLE: ["DATA", "TIMECOL", "SIZE", "OFFSET"],
  HOP: ["DATA", "TIMECOL", "SLIDE", "SIZE", "OFFSET"],
  CUMULATE: ["DATA", "TIMECOL", "STEP", "SIZE", "OFFSET"],
  SESSION: ["DATA", "TIMECOL", "GAP"],
};

export function bindWindowFunction(context: BindContext, node: TableFunctionCall): LogicalPlan {
  const written = node.name.parts.map((part) => part.name).join(".");
  const name = written.toUpperCase();
  if (!Object.hasOwn(signatures, name)) {
    const names = Object.keys(signatures);
    fail(context, node.name.span, `table function '${written}' not found; there is ${names.join(", ")}`, {
      candidates: { word: written, names },
    });
  }
  const values = argumentsByName(context, node, name);
  const table = tableArgument(context, node, name, values.get("DATA"));
  const input =
    table.input.kind === "QualifiedName"
      ? bindNamedTable(context, table.input, []).plan
      : context.bindQuery(context, table.input);
  if (table.orderBy.length > 0) unsupported(context, table.orderBy[0].span, "ORDER BY of a window's table");
  const timeColumn = timeColumnOf(context, name, input, values.get("TIMECOL"), node.span);
  const window = windowSpec(context, node, name, values, table, input);
  return windowNode(input, window, timeColumn);
}

/** The rows with the columns of their windows behind theirs. */
export function windowNode(input: LogicalPlan, window: WindowSpec, timeColumn: number): WindowNode {
  const time = input.fields[timeColumn];
  const timeDomain = time.role === "proctime" ? "processing" : "event";
  const bound: DataType = { kind: "timestamp", precision: 3, nullable: false };
  const added: readonly PlanField[] = [
    { name: "window_start", type: bound, role: "window_start" },
    { name: "window_end", type: bound, role: "window_end" },
    {
      name: "window_time",
      type: withNullable(time.type, false),
      role: timeDomain === "processing" ? "proctime" : "window_time",
    },
  ];
  // The window's own time takes over from the input's.
  const fields = [...input.fields.map(withoutRole), ...added];
  return { kind: "window", input, fields, window, timeColumn, timeDomain };
}

function argumentsByName(
  context: BindContext,
  node: TableFunctionCall,
  name: string,
): ReadonlyMap<string, TableFunctionValue> {
  const signature = signatures[name];
  const values = new Map<string, TableFunctionValue>();
  node.arguments.forEach((argument, position) => {
    const isNamed = argument.kind === "NamedArgument";
    const key = isNamed ? argument.name.name.toUpperCase() : signature[position];
    const usage = `${name}(${signature.join(", ")})`;
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
  for (const key of signature) {
    if (key !== "OFFSET" && !values.has(key)) {
      fail(context, node.span, `${name} lacks its argument ${key}`, { expected: [`${name}(${signature.join(", ")})`] });
    }
  }
  return values;
}

function tableArgument(
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

function timeColumnOf(
  context: BindContext,
  name: string,
  input: LogicalPlan,
  value: TableFunctionValue | undefined,
  span: Span,
): number {
  if (value?.kind !== "Descriptor" || value.columns.length !== 1) {
    return fail(context, value?.span ?? span, `${name} wants the time column as DESCRIPTOR(column)`);
  }
  const [descriptor] = (value as Descriptor).columns;
  const index = columnNamed(context, input, descriptor);
  requireTimeAttribute(context, name, input, index, descriptor.span);
  return index;
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

function columnNamed(context: BindContext, input: LogicalPlan, name: Identifier): number {
  const indexes = input.fields.flatMap((field, index) => (field.name === name.name ? [index] : []));
  if (indexes.length === 1) return indexes[0];
  if (indexes.length > 1)
    fail(context, name.span, `column '${name.name}' is ambiguous: the table has several of that name`);
  const names = input.fields.map((field) => field.name);
  return fail(context, name.span, `column '${name.name}' not found; known are ${names.join(", ")}`, {
    candidates: { word: name.name, names },
  });
}

function windowSpec(
  context: BindContext,
  node: TableFunctionCall,
  name: string,
  values: ReadonlyMap<string, TableFunctionValue>,
  table: TableArgument,
  input: LogicalPlan,
): WindowSpec {
  const duration = (key: string): number => {
    const ms = interval(context, name, key, values.get(key));
    if (ms <= 0) fail(context, values.get(key)?.span ?? node.span, `${key} of ${name} must be more than 0`);
    return ms;
  };
  if (name === "SESSION")
    return { kind: "session", gapMs: duration("GAP"), partitionKeys: partitionKeys(context, table, input) };
  if (table.partitionBy.length > 0) {
    fail(context, table.partitionBy[0].span, `only SESSION takes PARTITION BY; group by the column after ${name}`);
  }
  const sizeMs = duration("SIZE");
  const offsetMs = values.has("OFFSET") ? interval(context, name, "OFFSET", values.get("OFFSET")) : 0;
  if (name === "TUMBLE") return { kind: "tumble", sizeMs, offsetMs };
  const stepKey = name === "HOP" ? "SLIDE" : "STEP";
  const stepMs = duration(stepKey);
  if (sizeMs % stepMs !== 0) {
    const place = values.get("SIZE")?.span ?? node.span;
    fail(context, place, `SIZE of ${name} (${sizeMs} ms) must be a multiple of ${stepKey} (${stepMs} ms)`);
  }
  if (name === "HOP") return { kind: "hop", sizeMs, slideMs: stepMs, offsetMs };
  return { kind: "cumulate", sizeMs, stepMs, offsetMs };
}

function interval(context: BindContext, name: string, key: string, value: TableFunctionValue | undefined): number {
  if (value === undefined || value.kind === "TableArgument" || value.kind === "Descriptor") {
    return fail(context, value?.span ?? { start: 0, end: 0 }, `${key} of ${name} is an interval`);
  }
  return constantInterval(context, name, key, value);
}

/** A constant interval in ms. */
export function constantInterval(context: BindContext, name: string, key: string, value: Tree): number {
  const bound = bindExpression(expressionContext(context, EMPTY_SCOPE, `${key} of ${name}`), value);
  if (bound.kind === "literal" && bound.type.kind === "interval_day_time" && typeof bound.value === "number")
    return bound.value;
  return fail(context, value.span, `${key} of ${name} is a constant interval of days, hours, minutes or seconds`, {
    expected: ["INTERVAL '10' SECOND"],
  });
}

function partitionKeys(context: BindContext, table: TableArgument, input: LogicalPlan): readonly number[] {
  const expressions = expressionContext(context, tableScope([], input.fields), "PARTITION BY");
  return table.partitionBy.map((node) => {
    const key = bindExpression(expressions, node);
    if (key.kind === "column") return key.index;
    return unsupported(context, node.span, "PARTITION BY an expression", "name columns of the table");
  });
}
