/**
 * Flink's former group windows: `GROUP BY TUMBLE(ts, INTERVAL '1' HOUR)` with TUMBLE_START and its like in the list. They run
 * as the window table functions do: the window's columns are put behind those of the rows, and the calls stand for them.
 */
import { column, type Expression, expressionKey, type LogicalPlan, type WindowSpec } from "@millrace/plan";
import type { Expression as Tree } from "../ast/expression.ts";
import type { FunctionCall } from "../ast/function-call.ts";
import type { GroupBy, GroupingElement } from "../ast/query.ts";
import { type BindContext, fail } from "./bind-context.ts";
import { bindExpression } from "./bind-expression.ts";
import { constantInterval, windowNode } from "./bind-window-function.ts";
import { project } from "./build-plan.ts";
import { type ExpressionContext, expressionContext } from "./expression-context.ts";
import type { GroupWindow } from "./group-window-call.ts";
import { groupWindowKey, groupWindowName } from "./group-window-call.ts";
import type { Scope } from "./scope.ts";
import { requireTimeAttribute } from "./table-arguments.ts";

interface WindowedRows {
  readonly plan: LogicalPlan;
  readonly window: GroupWindow | null;
}

/** The rows with the window that GROUP BY calls for, if it does. */
export function bindGroupWindow(
  context: BindContext,
  scope: Scope,
  input: LogicalPlan,
  clause: GroupBy | null,
): WindowedRows {
  const elements = clause?.elements ?? [];
  const calls = elements.flatMap(windowCalls);
  if (calls.length === 0) return { plan: input, window: null };
  const [node] = calls;
  if (calls.length > 1) fail(context, calls[1].span, "GROUP BY takes one window; this is the second");
  if (!elements.some((element) => element.kind === "GroupingKeys" && element.expressions.includes(node))) {
    fail(context, node.span, "a window in GROUPING SETS, ROLLUP or CUBE; use TABLE(TUMBLE(…)) in FROM instead");
  }
  const expressions = expressionContext(context, scope, "GROUP BY");
  const name = groupWindowName(node)?.window ?? "TUMBLE";
  const args = argumentsOf(context, node, name);
  const time = bindExpression(expressions, args[0]);
  if (time.kind !== "column") {
    return fail(context, args[0].span, `the first argument of ${name} is a time attribute: a column with a watermark`);
  }
  requireTimeAttribute(context, name, input, time.index, args[0].span);
  const keys = elements.flatMap((element) => (element.kind === "GroupingKeys" ? element.expressions : []));
  const others = keys.filter((key) => key !== node).map((key) => bindExpression(expressions, key));
  const { plan, indexes } = withColumns(input, name === "SESSION" ? others : []);
  const spec = windowSpec(context, name, args, indexes);
  const windowed = windowNode(plan, spec, time.index);
  const [start, end, rowtime] = windowed.fields.slice(-3).map((field, i) => column(plan.fields.length + i, field.type));
  const key = groupWindowKey(
    name,
    args.map((arg) => bindExpression(expressions, arg)),
  );
  return { plan: windowed, window: { name, key, start, end, time: rowtime, domain: windowed.timeDomain } };
}

function windowCalls(element: GroupingElement): readonly FunctionCall[] {
  if (element.kind !== "GroupingKeys") return element.elements.flatMap(windowCalls);
  return element.expressions.flatMap((node) => {
    const name = groupWindowName(node);
    return name !== null && name.part === "" ? [node as FunctionCall] : [];
  });
}

const signatures: Readonly<Record<string, readonly string[]>> = {
  TUMBLE: ["time", "size"],
  HOP: ["time", "slide", "size"],
  SESSION: ["time", "gap"],
};

function argumentsOf(context: BindContext, node: FunctionCall, name: string): readonly Tree[] {
  const args = node.arguments.filter((argument): argument is Tree => argument.kind !== "NamedArgument");
  const signature = signatures[name];
  if (args.length !== signature.length || args.length !== node.arguments.length) {
    fail(context, node.span, `${name} in GROUP BY is ${name}(${signature.join(", ")})`);
  }
  return args;
}

function windowSpec(context: BindContext, name: string, args: readonly Tree[], keys: readonly number[]): WindowSpec {
  const [first, second] = args.slice(1).map((arg, i) => {
    const key = signatures[name][i + 1].toUpperCase();
    const ms = constantInterval(context, name, key, arg);
    if (ms <= 0) fail(context, arg.span, `${key} of ${name} must be more than 0`);
    return ms;
  });
  if (name === "SESSION") return { kind: "session", gapMs: first, partitionKeys: keys };
  if (name === "TUMBLE") return { kind: "tumble", sizeMs: first, offsetMs: 0 };
  return { kind: "hop", slideMs: first, sizeMs: second, offsetMs: 0 };
}

/** Where the expressions stand as columns: those that are none yet are computed behind the others. */
function withColumns(input: LogicalPlan, expressions: readonly Expression[]) {
  const columns: Expression[] = input.fields.map((field, index) => column(index, field.type));
  const names = input.fields.map((field) => field.name);
  const indexes = expressions.map((expression) => {
    const key = expressionKey(expression);
    const known = columns.findIndex((each) => expressionKey(each) === key);
    if (known >= 0) return known;
    names.push(`$key${columns.length}`);
    return columns.push(expression) - 1;
  });
  return { plan: columns.length === input.fields.length ? input : project(input, names, columns), indexes };
}

/** The keys that a window stands for in GROUP BY; null for any other expression. */
export function groupWindowKeys(context: ExpressionContext, node: Tree): readonly Expression[] | null {
  const { groupWindow } = context;
  if (groupWindow === null || groupWindowName(node)?.part !== "") return null;
  return [groupWindow.start, groupWindow.end, groupWindow.time];
}
