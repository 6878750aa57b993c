/** The logical rules in their order. Input and output are graphs: what is shared stays shared. */
import type { LogicalPlan } from "../logical/logical-plan.ts";
import { foldPlanConstants } from "./fold-plan-constants.ts";
import { pruneColumns } from "./prune-columns.ts";
import { pruneWatermarks } from "./prune-watermarks.ts";
import { pushFilters } from "./push-filters.ts";
import { shareEqualNodes } from "./share-equal-nodes.ts";

export function optimize(roots: readonly LogicalPlan[]): readonly LogicalPlan[] {
  return pruneColumns(pruneWatermarks(pushFilters(shareEqualNodes(foldPlanConstants(roots)))));
}
