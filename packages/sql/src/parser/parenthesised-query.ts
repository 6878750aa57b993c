import type { Query } from "../ast/query.ts";
import { parseQuery } from "./grammar.ts";
import type { TokenCursor } from "./token-cursor.ts";

const queryWords = ["SELECT", "VALUES", "WITH", "TABLE"];
/** What makes a parenthesised query part of a longer one. */
const continuations = ["UNION", "INTERSECT", "EXCEPT", "MINUS", "ORDER", "LIMIT", "OFFSET", "FETCH"];

/**
 * A parenthesis stands `ahead` of the cursor and holds a query, not an expression or a join. Only what follows the
 * inner parenthesis tells `((SELECT 1) UNION SELECT 2)` from `((SELECT 1) + 2)`.
 */
export function startsQuery(cursor: TokenCursor, ahead = 0): boolean {
  let depth = 0;
  while (cursor.isSymbol("(", ahead + depth)) depth++;
  if (depth === 0 || !queryWords.some((word) => cursor.isWord(word, ahead + depth))) return false;
  // TABLE(f(x)) is a table function, TABLE t a query.
  if (cursor.isWord("TABLE", ahead + depth) && cursor.isSymbol("(", ahead + depth + 1)) return false;
  if (depth === 1) return true;
  // Behind the parenthesis that closes the second one, a query goes on or the first one closes.
  let at = ahead + 1;
  let open = 0;
  do {
    const token = cursor.peek(at);
    if (token.kind === "end" || token.kind === "invalid") return true;
    if (cursor.isSymbol("(", at)) open++;
    else if (cursor.isSymbol(")", at)) open--;
    at++;
  } while (open > 0);
  if (cursor.isSymbol(")", at)) return startsQuery(cursor, ahead + 1);
  return continuations.some((word) => cursor.isWord(word, at)) && startsQuery(cursor, ahead + 1);
}

/** `(query)`. */
export function parseParenthesisedQuery(cursor: TokenCursor): Query {
  cursor.expectSymbol("(");
  const query = parseQuery(cursor);
  cursor.expectSymbol(")");
  return query;
}
