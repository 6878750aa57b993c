/** Window table functions: TUMBLE, HOP, CUMULATE and SESSION, with arguments by position or by name. */
import { type DataType, withNullable } from "@millrace/core";
import type { LogicalPlan, PlanField, WindowNode, WindowSpec } from "@millrace/plan";
import type { Expression as Tree } from "../ast/expression.ts";
import type { Descriptor, TableArgument, TableFunctionCall, TableFunctionValue } from "../ast/table-expression.ts";
import type { Span } from "../text/span.ts";
import { changelogFunctions } from "./bind-changelog-function.ts";
import { type BindContext, fail, unsupported } from "./bind-context.ts";
import { bindExpression } from "./bind-expression.ts";
import { withoutRole } from "./build-plan.ts";
import { expressionContext } from "./expression-context.ts";
import { EMPTY_SCOPE, tableScope } from "./scope.ts";
import {
  argumentsByName,
  columnNamed,
  inputOf,
  requireTimeAttribute,
  type TableSignature,
  tableArgument,
} from "./table-arguments.ts";

const signatures: Readonly<Record<string, TableSignature>> = {
  TUMBLE: { name: "TUMBLE", required: ["DATA", "TIMECOL", "SIZE"], optional: ["OFFSET"] },
  HOP: { name: "HOP", required: ["DATA", "TIMECOL", "SLIDE", "SIZE"], optional: ["OFFSET"] },
  CUMULATE: { name: "CUMULATE", required: ["DATA", "TIMECOL", "STEP", "SIZE"], optional: ["OFFSET"] },
  SESSION: { name: "SESSION", required: ["DATA", "TIMECOL", "GAP"], optional: [] },
};

export function bindWindowFunction(context: BindContext, node: TableFunctionCall): LogicalPlan {
  const written = node.name.parts.map((part) => part.name).join(".");
  const name = written.toUpperCase();
  if (!Object.hasOwn(signatures, name)) {
    const names = [...Object.keys(signatures), ...changelogFunctions];
    fail(context, node.name.span, `table function '${written}' not found; there is ${names.join(", ")}`, {
      candidates: { word: written, names },
    });
  }
  const values = argumentsByName(context, node, signatures[name]);
  const table = tableArgument(context, node, name, values.get("DATA"));
  const input = inputOf(context, table);
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
