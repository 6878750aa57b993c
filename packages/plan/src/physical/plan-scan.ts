/** The part of a filter that a source can apply while it decodes. */
import type { PushedPredicate, ReadField } from "@millrace/core";
import type { Expression, LiteralExpression } from "../expression/expression.ts";
import { conjuncts } from "../expression/rewrite.ts";

const mirrored: Record<string, PushedPredicate["operator"]> = {
  "=": "=",
  "<>": "<>",
  "<": ">",
  "<=": ">=",
  ">": "<",
  ">=": "<=",
};
const pushable = new Set(["boolean", "tinyint", "smallint", "int", "bigint", "varchar", "char"]);

/**
 * The terms `field op literal` of a filter over a scan's columns. None where a watermark is computed: it must see every row.
 */
export function predicatesFor(
  filter: Expression | null,
  fields: readonly ReadField[],
  hasWatermark: boolean,
): PushedPredicate[] {
  if (hasWatermark) return [];
  return conjuncts(filter).flatMap((term) => predicateOf(term, fields) ?? []);
}

function predicateOf(term: Expression, fields: readonly ReadField[]): PushedPredicate | null {
  if (term.kind !== "call") return null;
  const [first, ...others] = term.args;
  if (term.name === "in") {
    const field = fieldOf(first, fields);
    return field !== null && others.every(isPlainLiteral)
      ? { field, operator: "in", values: others.map((item) => (item as LiteralExpression).value) }
      : null;
  }
  if (!(term.name in mirrored)) return null;
  const [second] = others;
  const left = fieldOf(first, fields);
  if (left !== null && isPlainLiteral(second)) {
    return { field: left, operator: term.name as PushedPredicate["operator"], values: [second.value] };
  }
  const right = fieldOf(second, fields);
  return right !== null && isPlainLiteral(first)
    ? { field: right, operator: mirrored[term.name], values: [first.value] }
    : null;
}

function isPlainLiteral(expression: Expression): expression is LiteralExpression {
  return expression.kind === "literal" && expression.value !== null;
}

/** The field behind a column; a widening cast between integers changes no value. */
function fieldOf(expression: Expression, fields: readonly ReadField[]): ReadField | null {
  if (
    expression.kind === "call" &&
    expression.name === "cast" &&
    isInteger(expression) &&
    isInteger(expression.args[0])
  ) {
    return fieldOf(expression.args[0], fields);
  }
  if (expression.kind !== "column" || expression.index >= fields.length) return null;
  return pushable.has(expression.type.kind) ? fields[expression.index] : null;
}

function isInteger(expression: Expression): boolean {
  return ["tinyint", "smallint", "int", "bigint"].includes(expression.type.kind);
}
