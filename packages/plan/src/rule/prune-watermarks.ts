/** A watermark that no operator and no sink waits for is not computed: its columns then need not be read. */
import { asksForWatermark } from "../expression/asks-for-watermark.ts";
import type { LogicalPlan, SinkNode, SortNode, TopNNode } from "../logical/logical-plan.ts";
import { deduplicationOf } from "../physical/deduplication.ts";
import { intervalBoundsOf } from "../physical/interval-bounds.ts";
import { timeOrderOf } from "../physical/plan-over.ts";
import { rewriteGraph, topologicalOrder } from "./plan-graph.ts";

export function pruneWatermarks(
  roots: readonly LogicalPlan[],
  sinkNeedsWatermark: (sink: SinkNode) => boolean,
): readonly LogicalPlan[] {
  const isNeeded = (node: LogicalPlan) => (node.kind === "sink" ? sinkNeedsWatermark(node) : needsWatermark(node));
  if (topologicalOrder(roots).some(isNeeded)) return roots;
  return rewriteGraph(roots, (node) =>
    node.kind === "project" && node.watermark !== null ? { ...node, watermark: null } : node,
  );
}

function isFirstInTime(node: TopNNode): boolean {
  const deduplication = deduplicationOf(node);
  return deduplication?.keep === "first" && deduplication.timeDomain === "event";
}

function isInTime({ input, keys: [first] }: SortNode): boolean {
  const { role } = input.fields[first.column];
  return !first.descending && (role === "rowtime" || role === "window_time");
}

function needsWatermark(node: LogicalPlan): boolean {
  if (node.kind === "temporal-join") return node.versioned !== null;
  if (node.kind === "join") return intervalBoundsOf(node.condition, node.left.fields, node.right.fields) !== null;
  if (node.kind === "over") return timeOrderOf(node)?.domain === "event";
  if (node.kind === "top-n") return isFirstInTime(node);
  if (node.kind === "sort") return isInTime(node);
  if (node.kind === "window" || node.kind === "match") return node.timeDomain === "event";
  if (node.kind === "filter") return asksForWatermark(node.condition);
  return node.kind === "project" && node.expressions.some(asksForWatermark);
}
