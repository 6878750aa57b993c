/** The logical rules in their order. Input and output are graphs: what is shared stays shared. */
import type { LogicalPlan, SinkNode } from "../logical/logical-plan.ts";
import { foldPlanConstants } from "./fold-plan-constants.ts";
import { keepVersions } from "./keep-versions.ts";
import { pruneColumns } from "./prune-columns.ts";
import { pruneWatermarks } from "./prune-watermarks.ts";
import { pushFilters } from "./push-filters.ts";
import { recognizeTopN } from "./recognize-top-n.ts";
import { shareEqualNodes } from "./share-equal-nodes.ts";

/** @param sinkNeedsWatermark of the tables that are written */
export function optimize(
  roots: readonly LogicalPlan[],
  sinkNeedsWatermark: (sink: SinkNode) => boolean = () => false,
): readonly LogicalPlan[] {
  // Top-N before equal parts are shared, and again where conditions have come down to the numbers of rows.
  const shared = shareEqualNodes(recognizeTopN(foldPlanConstants(roots)));
  return pruneColumns(pruneWatermarks(keepVersions(recognizeTopN(pushFilters(shared))), sinkNeedsWatermark));
}
