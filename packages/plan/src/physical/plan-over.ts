/** Window functions: in the order of time as it passes, or over rows in any order with an updating result. */
import type { OverCall, OverNode } from "../logical/logical-plan.ts";
import type { PhysicalOver } from "./physical-plan.ts";
import type { PlanContext } from "./plan-context.ts";

export function planOver(context: PlanContext, node: OverNode): PhysicalOver {
  const input = context.plan(node.input);
  const time = input.changelogMode === "append" ? timeOrderOf(node) : null;
  return {
    kind: "over",
    id: context.id("over"),
    fields: node.fields,
    changelogMode: time === null ? "retract" : "append",
    input,
    keys: node.partitionKeys,
    orderBy: time?.domain === "processing" ? node.orderBy.slice(0, 1) : node.orderBy,
    calls: node.calls,
    time,
    stateTtlMs: time !== null && node.calls.every(isBoundInTime) ? 0 : context.options.stateTtlMs,
  };
}

/** The time that rows are ordered by, if no row that comes later can change a value; else null. */
export function timeOrderOf({ input, orderBy, calls }: OverNode): PhysicalOver["time"] {
  if (orderBy.length === 0 || orderBy[0].descending || !calls.every(looksBack)) return null;
  const [{ column }] = orderBy;
  const { role } = input.fields[column];
  if (role === "rowtime" || role === "window_time") return { column, domain: "event" };
  return role === "proctime" ? { column, domain: "processing" } : null;
}

/** Frames that hold no row once time has gone on so far. */
export function isBoundInTime({ frame }: OverCall): boolean {
  return frame.mode === "range" && frame.start !== null;
}

function looksBack({ name, parameters, frame }: OverCall): boolean {
  switch (name) {
    case "percent_rank":
    case "cume_dist":
    case "ntile":
      return false;
    case "lag":
      return (parameters[0] as number) >= 0;
    case "lead":
      return (parameters[0] as number) <= 0;
    default:
      return frame.end !== null && frame.end <= 0;
  }
}
