import { foldPlanConstants } from "../rule/fold-plan-constants.ts";
import { recognizeTopN } from "../rule/recognize-top-n.ts";
import type { LogicalPlan } from "./logical-plan.ts";

/**
 * Columns of a plan's output that identify a row, ascending; null if none are known. A PRIMARY KEY is believed, as it is
 * declared; the best row of each partition by ROW_NUMBER is identified by the partition.
 */
export function uniqueKeyOf(plan: LogicalPlan): readonly number[] | null {
  const [known] = recognizeTopN(foldPlanConstants([plan]));
  return keyOf(known);
}

function keyOf(node: LogicalPlan): readonly number[] | null {
  switch (node.kind) {
    case "scan":
      return ascending(node.table.primaryKey.map((name) => node.fields.findIndex((field) => field.name === name)));
    case "project":
      return ascending(
        keyOf(node.input)?.map((key) =>
          node.expressions.findIndex((expression) => expression.kind === "column" && expression.index === key),
        ),
      );
    case "aggregate":
      return node.keys.map((_, index) => index);
    case "top-n": {
      const keys = node.partitionKeys.map((key) => node.outputs.indexOf(key));
      if (node.start === node.end) return keys.includes(-1) ? null : keys.sort((a, b) => a - b);
      return ascending([...keys, node.withPlace ? node.outputs.length : -1]);
    }
    case "filter":
    case "over":
    case "sort":
    case "limit":
      return keyOf(node.input);
    default:
      return null;
  }
}

/** The places in order; null if there are none, or one is missing (-1). */
function ascending(indexes: readonly number[] | undefined): readonly number[] | null {
  if (indexes === undefined || indexes.length === 0 || indexes.includes(-1)) return null;
  return [...indexes].sort((a, b) => a - b);
}
