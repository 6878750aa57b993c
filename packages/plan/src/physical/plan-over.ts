/** Window functions: in the order of time as it passes, or over rows in any order with an updating result. */
import type { OverNode } from "../logical/logical-plan.ts";
import type { PhysicalOver } from "./physical-plan.ts";
import type { PlanContext } from "./plan-context.ts";

export function planOver(context: PlanContext, node: OverNode): PhysicalOver {
  const input = context.plan(node.input);
  return {
    kind: "over",
    id: context.id("over"),
    fields: node.fields,
    changelogMode: "retract",
    input,
    keys: node.partitionKeys,
    orderBy: node.orderBy,
    calls: node.calls,
    time: null,
  };
}
