/** TUMBLE_START(ts, size) and its like: what they say of the window that GROUP BY groups by. */
import { type Expression, expressionKey } from "@millrace/plan";
import type { Expression as Tree } from "../ast/expression.ts";
import type { FunctionCall } from "../ast/function-call.ts";
import { fail } from "./bind-context.ts";
import type { ExpressionContext } from "./expression-context.ts";

/** The window of GROUP BY; the columns are over the rows, with the window's columns behind them. */
export interface GroupWindow {
  readonly name: string;
  /** Tells windows with other arguments apart. */
  readonly key: string;
  readonly start: Expression;
  readonly end: Expression;
  readonly time: Expression;
  readonly domain: "event" | "processing";
}

type Part = "" | "START" | "END" | "ROWTIME" | "PROCTIME";

/** What a call names: the window, and what of it; null if it is no function of a group window. */
export function groupWindowName(node: Tree): { readonly window: string; readonly part: Part } | null {
  if (node.kind !== "FunctionCall" || node.name.parts.length !== 1) return null;
  const match = /^(TUMBLE|HOP|SESSION)(?:_(START|END|ROWTIME|PROCTIME))?$/.exec(node.name.parts[0].name.toUpperCase());
  return match === null ? null : { window: match[1], part: (match[2] ?? "") as Part };
}

export function groupWindowKey(window: string, args: readonly Expression[]): string {
  return [window, ...args.map(expressionKey)].join();
}

/** The value of a call such as TUMBLE_END; null if the call is none of these. */
export function bindGroupWindowCall(
  context: ExpressionContext,
  node: FunctionCall,
  bind: (context: ExpressionContext, node: Tree) => Expression,
): Expression | null {
  const called = groupWindowName(node);
  if (called === null) return null;
  const { groupWindow: window } = context;
  const { part } = called;
  if (part === "") {
    const advice = `in FROM it is TABLE(${called.window}(TABLE t, DESCRIPTOR(ts), …))`;
    return fail(context, node.span, `${called.window}(…) can only stand in GROUP BY; ${advice}`);
  }
  const args = node.arguments.flatMap((arg) => (arg.kind === "NamedArgument" ? [] : [bind(context, arg)]));
  if (window === null || window.key !== groupWindowKey(called.window, args)) {
    const advice = `GROUP BY must have ${called.window}(…) with the same arguments`;
    return fail(context, node.span, `${called.window}_${part}: ${advice}`);
  }
  if (part === "START") return window.start;
  if (part === "END") return window.end;
  if ((part === "ROWTIME") !== (window.domain === "event")) {
    return fail(context, node.span, `${called.window}_${part}: the window is over ${window.domain} time`);
  }
  return window.time;
}
