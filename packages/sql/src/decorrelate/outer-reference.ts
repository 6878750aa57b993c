/**
 * References out of a sub-query. While a sub-query is bound, a column of a query around it is a placeholder call; these are
 * gone when the sub-query is joined to that query.
 */
import { type DataType, INT } from "@millrace/core";
import {
  call,
  type Expression,
  expressionsOf,
  forEachNode,
  inputsOf,
  type LogicalPlan,
  literal,
  transform,
} from "@millrace/plan";

const outerName = "$outer";

/** Column `index` of what sub-queries take from the query of `level` (0 = the outermost). */
export function outerReference(level: number, index: number, type: DataType): Expression {
  return call(outerName, [literal(level, INT), literal(index, INT)], type);
}

/** The index of a reference to the level, null for anything else. */
function indexOfOuter(expression: Expression, level: number): number | null {
  if (expression.kind !== "call" || expression.name !== outerName) return null;
  const [own, index] = expression.args as readonly { readonly value: number }[];
  return own.value === level ? index.value : null;
}

export function usesOuter(expression: Expression, level: number): boolean {
  let found = false;
  forEachNode(expression, (node) => {
    if (indexOfOuter(node, level) !== null) found = true;
  });
  return found;
}

/** The expression with reference i replaced by `replacements[i]`. */
export function replaceOuter(expression: Expression, level: number, replacements: readonly Expression[]): Expression {
  return transform(expression, (node) => {
    const index = indexOfOuter(node, level);
    return index === null ? node : replacements[index];
  });
}

/** Whether a node, or any below it, refers to the level. */
export function planUsesOuter(plan: LogicalPlan, level: number): boolean {
  const seen = new Set<LogicalPlan>();
  const visit = (node: LogicalPlan): boolean => {
    if (seen.has(node)) return false;
    seen.add(node);
    return expressionsOf(node).some((expression) => usesOuter(expression, level)) || inputsOf(node).some(visit);
  };
  return visit(plan);
}
