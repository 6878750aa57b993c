import type { Node, NodeKind, NodeOf } from "./node.ts";

/** One optional function per kind of node; answering false leaves the node's children out. */
export type Visitor = {
  readonly [K in NodeKind]?: (node: NodeOf<K>) => unknown;
};

/**
 * Visits a node and what it holds, parents first, in the order of the text as far as the tree keeps it.
 *
 * @example
 * const names: string[] = [];
 * walk(parseExpression("a + b * 2"), { ColumnReference: (column) => void names.push(column.parts[0].name) });
 * names // ["a", "b"]
 */
export function walk(node: Node, visitor: Visitor): void {
  const visit = visitor[node.kind] as ((node: Node) => unknown) | undefined;
  if (visit?.(node) === false) return;
  for (const child of childrenOf(node)) walk(child, visitor);
}

/** The nodes directly below a node. */
function childrenOf(node: Node): Node[] {
  const children: Node[] = [];
  for (const field of Object.values(node) as unknown[]) {
    if (Array.isArray(field)) {
      for (const item of field as unknown[]) if (isNode(item)) children.push(item);
    } else if (isNode(field)) {
      children.push(field);
    }
  }
  return children;
}

function isNode(field: unknown): field is Node {
  return typeof field === "object" && field !== null && "kind" in field;
}
