import { type PhysicalPlan, physicalInputsOf, postOrder } from "@millrace/plan";
import { isBoundedTable, type Registry } from "@millrace/runtime";

/** Whether all sources end by themselves. Errors: OPTION_INVALID for a source whose options are wrong. */
export function isBoundedPlan(roots: readonly PhysicalPlan[], registry: Registry): boolean {
  let isBounded = true;
  for (const node of postOrder(roots, physicalInputsOf)) {
    // All are asked, so that wrong options are found in each of them.
    if (node.kind === "scan") isBounded = isBoundedTable(node.table, node.options, registry) && isBounded;
    else if (node.kind === "stream-source") isBounded = node.boundedness === "bounded" && isBounded;
    else if (node.kind === "sink" && node.table !== null) isBoundedTable(node.table, node.options, registry);
  }
  return isBounded;
}
