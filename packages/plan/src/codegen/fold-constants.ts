import { evaluate } from "../expression/evaluate.ts";
import { type Expression, literal, transform } from "../expression/expression.ts";
import { isVolatile } from "../function/registry.ts";

/**
 * The expression with parts that are the same for every row computed. What fails stays: it fails when a row needs it, which
 * may be never. What depends on the time or the session's zone stays too.
 */
export function foldConstants(expression: Expression): Expression {
  return transform(expression, (node) => {
    if (node.kind !== "call" || isVolatile(node) || !node.args.every((arg) => arg.kind === "literal")) return node;
    if (dependsOnZone(node.type.kind) || node.args.some((arg) => dependsOnZone(arg.type.kind))) return node;
    if (node.type.kind === "row" || node.type.kind === "array" || node.type.kind === "map") return node;
    try {
      return literal(evaluate(node, []), node.type);
    } catch {
      return node; // fails again, with the row, if it is ever evaluated
    }
  });
}

function dependsOnZone(kind: string): boolean {
  return kind === "timestamp_ltz";
}
