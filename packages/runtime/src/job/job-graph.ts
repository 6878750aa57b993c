import { type PhysicalPlan, physicalInputsOf, postOrder } from "@millrace/plan";

/** One operator of a job: a node of the plans, once, however often it is used. */
interface JobVertex {
  readonly index: number;
  readonly node: PhysicalPlan;
  /** Vertices read from, by input number. One that is read twice (a self join) stands twice. */
  readonly inputs: readonly number[];
}

/** The operators of a job, producers before consumers, and how they are cut into tasks that run independently. */
export interface JobGraph {
  readonly vertices: readonly JobVertex[];
  /** Vertex numbers; vertices of different tasks share nothing, so one slow sink does not hold up the others. */
  readonly tasks: readonly (readonly number[])[];
}

/** The graph of one or more plans (a statement set: several sinks that share nodes). */
export function createJobGraph(plans: readonly PhysicalPlan[]): JobGraph {
  const order = postOrder(plans, physicalInputsOf);
  const indexes = new Map(order.map((node, index) => [node, index]));
  const vertices = order.map((node, index) => {
    return { index, node, inputs: physicalInputsOf(node).map((input) => indexes.get(input) as number) };
  });
  return { vertices, tasks: connectedParts(vertices) };
}

function connectedParts(vertices: readonly JobVertex[]): readonly (readonly number[])[] {
  const parent = vertices.map((_, index) => index);
  const rootOf = (index: number): number => {
    let root = index;
    while (parent[root] !== root) root = parent[root];
    return root;
  };
  for (const { index, inputs } of vertices) for (const input of inputs) parent[rootOf(input)] = rootOf(index);
  const parts = new Map<number, number[]>();
  for (const { index } of vertices) {
    const root = rootOf(index);
    const part = parts.get(root);
    if (part === undefined) parts.set(root, [index]);
    else part.push(index);
  }
  return [...parts.values()];
}
