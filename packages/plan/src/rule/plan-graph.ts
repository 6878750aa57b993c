/** The plan as a graph: who uses what. */
import { inputsOf, type LogicalPlan } from "../logical/logical-plan.ts";

/** All nodes below the roots, each once, consumers before what they consume. */
export function topologicalOrder(roots: readonly LogicalPlan[]): readonly LogicalPlan[] {
  const done = new Set<LogicalPlan>();
  const postorder: LogicalPlan[] = [];
  const visit = (node: LogicalPlan): void => {
    if (done.has(node)) return;
    done.add(node);
    for (const input of inputsOf(node)) visit(input);
    postorder.push(node);
  };
  for (const root of roots) visit(root);
  return postorder.reverse();
}

/** How many edges lead to each node (a root counts none). */
export function consumerCounts(roots: readonly LogicalPlan[]): Map<LogicalPlan, number> {
  const counts = new Map<LogicalPlan, number>();
  for (const node of topologicalOrder(roots)) {
    if (!counts.has(node)) counts.set(node, 0);
    for (const input of inputsOf(node)) counts.set(input, (counts.get(input) ?? 0) + 1);
  }
  return counts;
}

/** The node over other inputs, in the order of `inputsOf`; the node itself if they are the same. */
export function withInputs(node: LogicalPlan, inputs: readonly LogicalPlan[]): LogicalPlan {
  if (inputsOf(node).every((input, i) => input === inputs[i])) return node;
  switch (node.kind) {
    case "scan":
    case "values":
      return node;
    case "join":
    case "temporal-join":
    case "set-operation":
      return { ...node, left: inputs[0], right: inputs[1] };
    case "union":
      return { ...node, inputs };
    default:
      return { ...node, input: inputs[0] };
  }
}

/** Rebuilds a graph bottom up, each node once, so that what is shared stays shared. */
export function rewriteGraph(
  roots: readonly LogicalPlan[],
  rule: (node: LogicalPlan) => LogicalPlan,
): readonly LogicalPlan[] {
  const rewritten = new Map<LogicalPlan, LogicalPlan>();
  const visit = (node: LogicalPlan): LogicalPlan => {
    let result = rewritten.get(node);
    if (result === undefined) {
      result = rule(withInputs(node, inputsOf(node).map(visit)));
      rewritten.set(node, result);
    }
    return result;
  };
  return roots.map(visit);
}
