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

/** Whether a column is the time that the window function below goes by. */
export function isTimeOfWindow(node: LogicalPlan, index: number): boolean {
  const { node: made, index: column } = originOf(node, index);
  return made.kind === "window" && column === made.timeColumn;
}

/** The window function whose rows reach `node` through filters and projections only. */
export function windowNodeBelow(node: LogicalPlan): WindowNode | null {
  if (node.kind === "window") return node;
  return node.kind === "filter" || node.kind === "project" ? windowNodeBelow(node.input) : null;
}

/** The window function that made column `index` of a node, a window column. */
function windowOf(node: LogicalPlan, index: number): WindowNode | null {
  switch (node.kind) {
    case "window":
      return index >= node.input.fields.length ? node : windowOf(node.input, index);
    case "project": {
      const expression = node.expressions[index];
      return expression.kind === "column" ? windowOf(node.input, expression.index) : null;
    }
    case "aggregate":
      return index < node.keys.length ? windowOf(node.input, node.keys[index]) : null;
    case "join": {
      const width = node.left.fields.length;
      return index < width ? windowOf(node.left, index) : windowOf(node.right, index - width);
    }
    default: {
      const [input] = inputsOf(node);
      return input === undefined || index >= input.fields.length ? null : windowOf(input, index);
    }
  }
}

/** Whether a window column is of a window over processing time. */
export function isProcessingTimeWindow(node: LogicalPlan, index: number): boolean {
  return windowOf(node, index)?.timeDomain === "processing";
}

/** Whether a window function cuts local time: its time column is a TIMESTAMP_LTZ, seen in the zone of the session. */
export function cutsLocalTime({ input, timeColumn }: WindowNode): boolean {
  return input.fields[timeColumn].type.kind === "timestamp_ltz";
}

/** Whether a window column holds local times of the zone of the session. */
export function isLocalWindow(node: LogicalPlan, index: number): boolean {
  const window = windowOf(node, index);
  return window !== null && cutsLocalTime(window);
}

/** See `futureBound`. */
export interface FutureBound {
  readonly offsetMs: number;
  /** The watermark as a local time is meant. */
  readonly inLocalTime: boolean;
}

/**
 * A lower bound on a time column of all rows that a node still can emit once its watermark is W: value >= W + offset.
 * Exact, not a matter of lateness: windows are emitted once, after the watermark has reached their last millisecond.
 * Null if there is none.
 */
export function futureBound(node: LogicalPlan, index: number): FutureBound | null {
  const { node: made, index: column } = originOf(node, index);
  if (made.kind === "union") {
    const bounds = made.inputs.map((input) => futureBound(input, column));
    const known = bounds.filter((bound) => bound !== null);
    if (known.length < bounds.length || known.some((bound) => bound.inLocalTime !== known[0].inLocalTime)) return null;
    return { offsetMs: Math.min(...known.map((bound) => bound.offsetMs)), inLocalTime: known[0].inLocalTime };
  }
  const offsetMs = windowBound(made, column);
  if (offsetMs === null) return null;
  const inLocalTime = made.fields[column].role !== "window_time" && isLocalWindow(made, column);
  return { offsetMs, inLocalTime };
}

function windowBound(made: LogicalPlan, index: number): number | null {
  if (made.kind !== "aggregate" || !closesWithWindow(made)) return null;
  if (isProcessingTimeWindow(made, windowColumnsOf(made)?.end ?? -1)) return null;
  const { role } = made.fields[index];
  // A window still to come ends after W + 1 ms: its last millisecond is later than W. Times are whole milliseconds.
  if (role === "window_end") return 2;
  if (role === "window_time") return 1;
  const window = role === "window_start" ? originalWindow(made.input) : null;
  if (window === null || window.window.kind === "session") return null;
  return 2 - window.window.sizeMs;
}

/** Whether rows of a window of event time come only until it ends: what joins and Top-N make of windows may change later. */
function closesWithWindow(node: LogicalPlan): boolean {
  switch (node.kind) {
    case "window":
      return node.timeDomain === "event";
    case "filter":
    case "project":
      return closesWithWindow(node.input);
    case "aggregate":
      return isWindowAggregate(node) && closesWithWindow(node.input);
    default:
      return false;
  }
}

function originalWindow(node: LogicalPlan): WindowNode | null {
  if (node.kind === "window") return node;
  const inputs = inputsOf(node);
  return inputs.length === 1 ? originalWindow(inputs[0]) : null;
}
