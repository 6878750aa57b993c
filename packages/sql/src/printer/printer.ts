import type { Expression } from "../ast/expression.ts";
import type { Query } from "../ast/query.ts";

/**
 * The two ways to print that nearly all others lead back to, handed down so that the files here import each other in
 * one direction only.
 */
export interface Printer {
  /** In parentheses if it binds looser than `least`. */
  expression(expression: Expression, least?: number): string;
  query(query: Query): string;
}

export function printExpressions(printer: Printer, expressions: readonly Expression[]): string {
  return expressions.map((expression) => printer.expression(expression)).join(", ");
}
