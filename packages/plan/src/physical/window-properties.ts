/** What is known of the window columns of a plan: where they come from, and what the watermark says about rows still to come. */
import { inputsOf, type LogicalPlan, type WindowNode } from "../logical/logical-plan.ts";

/** Indexes of the window columns of a node's output, as far as they are there. */
export interface WindowColumns {
  readonly start: number;
  readonly end: number;
}

/** The columns that identify the window of a row; null unless both start and end are in the output. */
export function windowColumnsOf(node: LogicalPlan): WindowColumns | null {
  const start = node.fields.findIndex((field) => field.role === "window_start");
  const end = node.fields.findIndex((field) => field.role === "window_end");
  return start < 0 || end < 0 ? null : { start, end };
}

/** Whether a GROUP BY is per window: its keys hold both the start and the end of the window of its input. */
export function isWindowAggregate(node: LogicalPlan): boolean {
  if (node.kind !== "aggregate") return false;
  const roles = node.keys.map((key) => node.input.fields[key].role);
  return roles.includes("window_start") && roles.includes("window_end");
}

/** Column `index` followed down through filters and projections to where it is made: the node and the column there. */
function originOf(node: LogicalPlan, index: number): { readonly node: LogicalPlan; readonly index: number } {
  if (node.kind === "filter" || node.kind === "sort" || node.kind === "limit") return originOf(node.input, index);
  if (node.kind === "project") {
    const expression = node.expressions[index];
    if (expression.kind === "column") return originOf(node.input, expression.index);
  }
  return { node, index };
}

/** The window function whose rows reach `node` through filters and projections only. */
export function windowNodeBelow(node: LogicalPlan): WindowNode | null {
  if (node.kind === "window") return node;
  return node.kind === "filter" || node.kind === "project" ? windowNodeBelow(node.input) : null;
}

/**
 * A lower bound on a time column of all rows that a node still can emit once its watermark is W: value >= W + result.
 * Exact, not a matter of lateness: windows are emitted once, after the watermark has reached their last millisecond.
 * Null if there is none.
 */
export function futureBound(node: LogicalPlan, index: number): number | null {
  const origin = originOf(node, index);
  const made = origin.node;
  if (made.kind === "union") {
    const bounds = made.inputs.map((input) => futureBound(input, origin.index));
    return bounds.includes(null) ? null : Math.min(...(bounds as number[]));
  }
  if (made.kind !== "aggregate" || !isWindowAggregate(made)) return null;
  const role = made.fields[origin.index].role;
  // A window still to come ends after W + 1 ms: its last millisecond is later than W. Times are whole milliseconds.
  if (role === "window_end") return 2;
  if (role === "window_time") return 1;
  const window = role === "window_start" ? originalWindow(made.input) : null;
  if (window === null || window.window.kind === "session") return null;
  return 2 - window.window.sizeMs;
}

function originalWindow(node: LogicalPlan): WindowNode | null {
  if (node.kind === "window") return node;
  const inputs = inputsOf(node);
  return inputs.length === 1 ? originalWindow(inputs[0]) : null;
}
