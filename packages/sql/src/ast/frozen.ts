import type { Node } from "./node.ts";

/** Freezes a node and its arrays. */
export function frozen<N extends Node>(node: N): N {
  for (const field of Object.values(node)) if (Array.isArray(field)) Object.freeze(field);
  return Object.freeze(node);
}
