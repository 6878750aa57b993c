import type { StreamNode } from "./stream-graph.ts";

/** Records with a key. */
export interface KeyedInput<T, K> {
  readonly node: StreamNode;
  readonly keyOf: { call(record: T): K }["call"];
}

/** The inputs of a join as the operator takes them. */
export function joinInputs<T, U, K>(
  first: KeyedInput<T, K>,
  second: KeyedInput<U, K>,
): {
  readonly nodes: readonly StreamNode[];
  readonly keysOf: readonly ((record: unknown) => unknown)[];
} {
  return {
    nodes: [first.node, second.node],
    keysOf: [first.keyOf, second.keyOf] as unknown as readonly ((record: unknown) => unknown)[],
  };
}
