import { type Expression, forEachNode } from "./expression.ts";

/** Whether an expression calls CURRENT_WATERMARK: what it gives depends on the place in the plan. */
export function asksForWatermark(expression: Expression): boolean {
  let isFound = false;
  forEachNode(expression, (node) => {
    if (node.kind === "call" && node.name === "current_watermark") isFound = true;
  });
  return isFound;
}
