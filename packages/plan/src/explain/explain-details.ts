/** What EXPLAIN says of a physical node besides what it does, where it is asked for. */
import { stateOf } from "../physical/node-state.ts";
import { type PhysicalPlan, physicalInputsOf } from "../physical/physical-plan.ts";

/** The kinds of rows that a node emits, as Flink writes them: I, UB, UA, D. */
export function changelogKinds(node: PhysicalPlan): string {
  return [...kindsOf(node)].join(",");
}

type Kind = "I" | "UB" | "UA" | "D";
const ALL: readonly Kind[] = ["I", "UB", "UA", "D"];

function kindsOf(node: PhysicalPlan): readonly Kind[] {
  if (node.changelogMode === "append") return ["I"];
  const kinds = ofNode(node);
  return node.changelogMode === "upsert" ? kinds.filter((kind) => kind !== "UB") : kinds;
}

function ofNode(node: PhysicalPlan): readonly Kind[] {
  switch (node.kind) {
    case "group-aggregate":
      // A group of rows that are only added never goes.
      return node.input.changelogMode === "append" ? ["I", "UB", "UA"] : ALL;
    case "top-n":
      return node.withPlace || node.start === node.end ? ALL : ["I", "D"];
    case "from-changelog":
      return ALL.filter((kind) => node.codes.some((each) => ALL[each.kind] === kind));
    case "set-operation":
      return ["I", "D"];
    case "calc":
    case "union":
    case "table-function":
    case "sink-constraint":
    case "sink": {
      const inputs = physicalInputsOf(node).flatMap(kindsOf);
      return ALL.filter((kind) => inputs.includes(kind));
    }
    default:
      return ALL;
  }
}

/** What a node keeps, what bounds it and how large an entry is about; null if it keeps nothing. */
export function describeState(node: PhysicalPlan): string | null {
  const parts = stateOf(node).map(({ what, bound, entryBytes, ttlMs }) => {
    const limit = ttlMs > 0 ? `${bound}, ttl ${ttlMs} ms` : bound;
    return `${what} (${limit}, ~${entryBytes} B each)`;
  });
  return parts.length === 0 ? null : parts.join(", ");
}

/** The operators and who reads whom, as JSON. */
export function executionPlan(roots: readonly PhysicalPlan[], describe: (node: PhysicalPlan) => string): string {
  const nodes: object[] = [];
  const seen = new Set<PhysicalPlan>();
  const visit = (node: PhysicalPlan): void => {
    if (seen.has(node)) return;
    seen.add(node);
    const inputs = physicalInputsOf(node);
    for (const input of inputs) visit(input);
    const contents = describe(node).slice(node.id.length + 2);
    const pact = inputs.length === 0 ? "Data Source" : node.kind === "sink" ? "Data Sink" : "Operator";
    const predecessors = inputs.map(({ id }, i) =>
      inputs.length === 2 ? { id, side: i === 0 ? "first" : "second" } : { id },
    );
    nodes.push({
      id: node.id,
      type: contents.slice(0, contents.indexOf("(")),
      pact,
      contents,
      ...(inputs.length === 0 ? {} : { predecessors }),
    });
  };
  for (const root of roots) visit(root);
  return `${JSON.stringify({ nodes }, null, 2)}\n`;
}
