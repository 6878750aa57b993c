/** The graph that the calls of a program build, and how it becomes a plan. */
import { MillraceError } from "@millrace/core";
import { type PhysicalPlan, postOrder } from "@millrace/plan";

/** One operator, source or sink of a program. */
export interface StreamNode {
  /** What it does, in a word; the first part of a derived id. */
  readonly name: string;
  readonly inputs: readonly StreamNode[];
  /** As the program gave it; null: derived. */
  id: string | null;
  /** Makes the node of the plan. */
  readonly plan: (id: string, inputs: readonly PhysicalPlan[]) => PhysicalPlan;
}

/** Anything that gives records `T`: a stream, whatever else it has. */
export interface RecordStream<T> extends AsyncIterable<T> {
  readonly node: StreamNode;
}

/**
 * The plans of sinks; nodes that are used more than once are one node of the plan. Ids that the program gave are checked, others
 * are derived from the order in which a walk from the sinks meets the nodes, so that the same program has the same ids.
 *
 * Errors: OPTION_INVALID for an id given twice.
 */
export function planGraph(sinks: readonly StreamNode[]): readonly PhysicalPlan[] {
  const plans = new Map<StreamNode, PhysicalPlan>();
  const given = new Set<string>();
  const order = postOrder(sinks, ({ inputs }) => inputs);
  for (const { id } of order) {
    if (id === null) continue;
    if (given.has(id)) {
      throw new MillraceError({ code: "OPTION_INVALID", message: `two operators have the id '${id}'; ids are unique` });
    }
    given.add(id);
  }
  const counts = new Map<string, number>();
  for (const node of order) {
    let id = node.id;
    while (id === null) {
      const count = (counts.get(node.name) ?? 0) + 1;
      counts.set(node.name, count);
      const derived = `${node.name}-${count}`;
      if (!given.has(derived)) id = derived;
    }
    const inputs = node.inputs.map((input) => plans.get(input) as PhysicalPlan);
    plans.set(node, node.plan(id, inputs));
  }
  return sinks.map((sink) => plans.get(sink) as PhysicalPlan);
}
