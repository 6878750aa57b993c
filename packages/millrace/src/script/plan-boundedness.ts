import { type PhysicalPlan, physicalInputsOf } from "@millrace/plan";
import { isBoundedTable, type Registry } from "@millrace/runtime";

/** Whether all sources end by themselves. Errors: OPTION_INVALID for a source whose options are wrong. */
export function isBoundedPlan(roots: readonly PhysicalPlan[], registry: Registry): boolean {
  const seen = new Set<PhysicalPlan>();
  const pending = [...roots];
  let isBounded = true;
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (seen.has(node)) continue;
    seen.add(node);
    pending.push(...physicalInputsOf(node));
    // All are asked, so that wrong options are found in each of them.
    if (node.kind === "scan") isBounded = isBoundedTable(node.table, node.options, registry) && isBounded;
    else if (node.kind === "stream-source") isBounded = node.boundedness === "bounded" && isBounded;
    else if (node.kind === "sink" && node.table !== null) isBoundedTable(node.table, node.options, registry);
  }
  return isBounded;
}
