/** Constant folding over a plan: expressions without columns are computed once, here. */
import { foldConstants } from "../codegen/fold-constants.ts";
import type { LogicalPlan } from "../logical/logical-plan.ts";
import { rewriteGraph } from "./plan-graph.ts";

export function foldPlanConstants(roots: readonly LogicalPlan[]): readonly LogicalPlan[] {
  return rewriteGraph(roots, (node) => {
    switch (node.kind) {
      case "filter": {
        const condition = foldConstants(node.condition);
        return condition.kind === "literal" && condition.value === true ? node.input : { ...node, condition };
      }
      case "project":
        return {
          ...node,
          expressions: node.expressions.map(foldConstants),
          watermark: node.watermark === null ? null : foldConstants(node.watermark),
        };
      case "join":
      case "temporal-join":
        return node.condition === null ? node : { ...node, condition: foldConstants(node.condition) };
      case "table-function":
        return {
          ...node,
          args: node.args.map(foldConstants),
          condition: node.condition === null ? null : foldConstants(node.condition),
        };
      case "match":
        return { ...node, conditions: node.conditions.map((each) => (each === null ? null : foldConstants(each))) };
      case "values":
        return { ...node, rows: node.rows.map((row) => row.map(foldConstants)) };
      default:
        return node;
    }
  });
}
