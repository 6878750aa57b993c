/**
 * The nodes that roots are made of, each once and behind all of its inputs, in the order in which a walk from the roots meets them.
 * Iterative: plans are as deep as the text or program they come from.
 */
export function postOrder<N>(roots: readonly N[], inputsOf: (node: N) => readonly N[]): N[] {
  const order: N[] = [];
  const seen = new Set<N>();
  const stack = [...roots].reverse();
  while (stack.length > 0) {
    const node = stack[stack.length - 1];
    const missing = seen.has(node) ? [] : inputsOf(node).filter((input) => !seen.has(input));
    if (missing.length > 0) {
      stack.push(...missing.reverse());
      continue;
    }
    stack.pop();
    if (seen.has(node)) continue;
    seen.add(node);
    order.push(node);
  }
  return order;
}
