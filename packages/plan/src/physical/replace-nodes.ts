import { postOrder } from "../post-order.ts";
import { type PhysicalPlan, physicalInputsOf } from "./physical-plan.ts";

/**
 * The plans with some nodes replaced: what `replace` gives for a node, given its inputs as they are now, stands in its place; null: it
 * stays. Nodes that are used twice stay one node.
 */
export function replaceNodes(
  plans: readonly PhysicalPlan[],
  replace: (node: PhysicalPlan) => PhysicalPlan | null,
): readonly PhysicalPlan[] {
  const done = new Map<PhysicalPlan, PhysicalPlan>();
  for (const node of postOrder(plans, physicalInputsOf)) {
    const moved = withInputs(node, (input) => done.get(input) as PhysicalPlan);
    done.set(node, replace(moved) ?? moved);
  }
  return plans.map((plan) => done.get(plan) as PhysicalPlan);
}

function withInputs(node: PhysicalPlan, moved: (input: PhysicalPlan) => PhysicalPlan): PhysicalPlan {
  if (physicalInputsOf(node).every((input) => moved(input) === input)) return node;
  if ("inputs" in node) return { ...node, inputs: node.inputs.map(moved) };
  if ("left" in node) return { ...node, left: moved(node.left), right: moved(node.right) } as PhysicalPlan;
  if ("input" in node) return { ...node, input: moved(node.input) } as PhysicalPlan;
  return node;
}
