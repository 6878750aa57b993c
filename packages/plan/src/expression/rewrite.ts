/** Rewrites of expressions that rules share. */
import type { DataType } from "@millrace/core";
import { call, column, type Expression, forEachNode, transform } from "./expression.ts";

/** The expression over another input: column i becomes `replacements[i]`. */
export function substitute(expression: Expression, replacements: readonly Expression[]): Expression {
  return transform(expression, (node) => {
    if (node.kind === "column") return replacements[node.index];
    if (node.kind === "field") return fieldOf(node.input, node.index, node.type);
    return node;
  });
}

/** Field access, resolved at once where the row is built by a ROW(...) constructor. */
export function fieldOf(input: Expression, index: number, type: DataType): Expression {
  if (input.kind === "call" && input.name === "row" && !input.type.nullable) return input.args[index];
  return { kind: "field", input, index, type };
}

/** The expression with each column index mapped. */
export function remapColumns(expression: Expression, indexOf: (index: number) => number): Expression {
  return transform(expression, (node) => (node.kind === "column" ? column(indexOf(node.index), node.type) : node));
}

/** The input columns an expression uses. */
export function columnsUsed(expression: Expression, into: Set<number> = new Set()): Set<number> {
  forEachNode(expression, (node) => {
    if (node.kind === "column") into.add(node.index);
  });
  return into;
}

/** The terms of a conjunction: `a AND (b AND c)` gives a, b, c; null gives none. */
export function conjuncts(condition: Expression | null): readonly Expression[] {
  if (condition === null) return [];
  if (condition.kind === "call" && condition.name === "and") return condition.args.flatMap((arg) => conjuncts(arg));
  return [condition];
}

/** The conjunction of terms; null for none. */
export function conjunction(terms: readonly Expression[]): Expression | null {
  if (terms.length === 0) return null;
  if (terms.length === 1) return terms[0];
  return call("and", terms, { kind: "boolean", nullable: terms.some((term) => term.type.nullable) });
}
