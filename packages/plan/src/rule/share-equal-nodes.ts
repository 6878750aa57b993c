/**
 * Parts of a plan that compute the same become one node, which is computed once.
 *
 * A window function and what merely selects from it stay apart: an aggregation takes them into itself, where they cost less
 * than rows repeated per window for two. What depends on chance (RAND) is never the same.
 */
import { type Expression, forEachNode } from "../expression/expression.ts";
import { expressionKey } from "../expression/expression-key.ts";
import { isVolatile } from "../function/registry.ts";
import type { LogicalPlan } from "../logical/logical-plan.ts";
import { inputsOf } from "../logical/logical-plan.ts";
import { rewriteGraph } from "./plan-graph.ts";

export function shareEqualNodes(roots: readonly LogicalPlan[]): readonly LogicalPlan[] {
  const keys = new Keys();
  const known = new Map<number, LogicalPlan>();
  return rewriteGraph(roots, (node) => {
    const key = keys.of(node);
    if (node.kind === "sink" || isWindowChain(node)) return node;
    const equal = known.get(key);
    if (equal === undefined) known.set(key, node);
    return equal ?? node;
  });
}

function isWindowChain(node: LogicalPlan): boolean {
  if (node.kind === "filter" || node.kind === "project") return isWindowChain(node.input);
  return node.kind === "window";
}

/** Numbers that are equal for nodes that compute the same. */
class Keys {
  readonly #ofNodes = new Map<LogicalPlan, number>();
  readonly #ofTexts = new Map<string, number>();
  readonly #ofObjects = new Map<object, number>();

  of(node: LogicalPlan): number {
    let key = this.#ofNodes.get(node);
    if (key === undefined) {
      key = hasVolatilePart(node) ? this.#identity(node) : this.#ofText(this.#textOf(node));
      this.#ofNodes.set(node, key);
    }
    return key;
  }

  /** Below 0, so that none is that of a text. */
  #identity(object: object): number {
    let key = this.#ofObjects.get(object);
    if (key === undefined) {
      key = -1 - this.#ofObjects.size;
      this.#ofObjects.set(object, key);
    }
    return key;
  }

  #ofText(text: string): number {
    let key = this.#ofTexts.get(text);
    if (key === undefined) {
      key = this.#ofTexts.size;
      this.#ofTexts.set(text, key);
    }
    return key;
  }

  #textOf(node: LogicalPlan): string {
    const inputs = inputsOf(node);
    return JSON.stringify(node, (name, value: unknown) => {
      if (typeof value === "function") return `object ${this.#identity(value)}`;
      if (typeof value !== "object" || value === null) return value;
      if (isExpression(value)) return `expression ${expressionKey(value)}`;
      if (name === "table") return `table ${this.#identity(value)}`;
      return inputs.includes(value as LogicalPlan) ? `input ${this.of(value as LogicalPlan)}` : value;
    });
  }
}

function hasVolatilePart(node: LogicalPlan): boolean {
  let isFound = false;
  const visit = (expression: Expression): void =>
    forEachNode(expression, (part) => {
      if (part.kind === "call" && isVolatile(part)) isFound = true;
    });
  for (const value of Object.values(node) as unknown[]) {
    for (const each of [value].flat(2)) if (isExpression(each)) visit(each);
  }
  return isFound;
}

function isExpression(value: unknown): value is Expression {
  if (typeof value !== "object" || value === null || !("kind" in value) || !("type" in value)) return false;
  return value.kind === "call" || value.kind === "field" || value.kind === "column" || value.kind === "literal";
}
