/** Which operators of a job keep more and more over input that never ends, and what bounds them. */
import { stateOf } from "./node-state.ts";
import { type PhysicalPlan, type PhysicalScan, physicalInputsOf } from "./physical-plan.ts";

export interface StateWarning {
  /** As EXPLAIN prints it. */
  readonly operatorId: string;
  /** What grows, and what to do. */
  readonly message: string;
}

/** In the order of the plan, sources first. `isBounded` tells whether a scan ends by itself. */
export function stateWarnings(
  roots: readonly PhysicalPlan[],
  isBounded: (scan: PhysicalScan) => boolean,
): readonly StateWarning[] {
  const endless = new Map<PhysicalPlan, boolean>();
  const warnings: StateWarning[] = [];
  const visit = (node: PhysicalPlan): void => {
    if (endless.has(node)) return;
    const inputs = physicalInputsOf(node);
    for (const input of inputs) visit(input);
    endless.set(node, node.kind === "scan" ? !isBounded(node) : inputs.some((input) => endless.get(input) === true));
    const growing = stateOf(node).filter(
      ({ bound, ttlMs, remedy, inputs: sources }) =>
        (bound === "keys" || bound === "rows") &&
        ttlMs === 0 &&
        remedy !== null &&
        sources.some((input) => endless.get(input) === true),
    );
    if (growing.length === 0) return;
    const what = growing.map((each) => each.what).join(" and ");
    const message = `${node.id} keeps ${what} for ever, and its input never ends: its state grows without bound; ${growing[0].remedy}`;
    warnings.push({ operatorId: node.id, message });
  };
  for (const root of roots) visit(root);
  return warnings;
}
