import type { Expression } from "../ast/expression.ts";
import type { Query } from "../ast/query.ts";
import type { TokenCursor } from "./token-cursor.ts";

/**
 * The two rules that nearly all others lead back to. The cursor carries them, so that the files of the parser, which
 * are as recursive as the language, import each other in one direction only.
 */
export interface Grammar {
  expression(cursor: TokenCursor, least: number): Expression;
  query(cursor: TokenCursor): Query;
}

/** An expression whose operators all bind at least as tightly as `least` (see precedence.ts). */
export function parseExpression(cursor: TokenCursor, least = 0): Expression {
  return cursor.grammar.expression(cursor, least);
}

export function parseQuery(cursor: TokenCursor): Query {
  return cursor.grammar.query(cursor);
}
