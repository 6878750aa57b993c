import type { Expression } from "../ast/expression.ts";
import { frozen } from "../ast/frozen.ts";
import type { CommonTable, Query, QueryBody, SetOperation, ValuesRow } from "../ast/query.ts";
import { parseExpression } from "./grammar.ts";
import { parseIdentifier, parseIdentifierList, parseList, parseQualifiedName } from "./name.ts";
import { parseParenthesisedQuery, startsQuery } from "./parenthesised-query.ts";
import { parseSelect } from "./select.ts";
import { parseOrderBy } from "./sort-item.ts";
import type { TokenCursor } from "./token-cursor.ts";

export function parseWholeQuery(cursor: TokenCursor): Query {
  cursor.enter();
  const around = cursor.height;
  cursor.height = 0;
  const start = cursor.index;
  const commonTables = parseWith(cursor);
  const body = parseSetOperations(cursor, 0);
  const orderBy = parseOrderBy(cursor);
  const { limit, offset } = parseLimit(cursor);
  cursor.leave();
  cursor.grown(cursor.height + 1, around);
  const isWrapper = commonTables.length === 0 && orderBy.length === 0 && limit === null && offset === null;
  if (isWrapper && body.kind === "Query") return body;
  return frozen({ kind: "Query", span: cursor.spanFrom(start), with: commonTables, body, orderBy, limit, offset });
}

function parseWith(cursor: TokenCursor): CommonTable[] {
  if (!cursor.accept("WITH")) return [];
  if (cursor.isWord("RECURSIVE") && cursor.isName(1)) cursor.unsupported("WITH RECURSIVE");
  return parseList(cursor, () => {
    const start = cursor.index;
    const name = parseIdentifier(cursor, "a name");
    const columns = cursor.atSymbol("(") ? parseIdentifierList(cursor, "a column") : [];
    cursor.expect("AS");
    const query = parseParenthesisedQuery(cursor);
    return frozen({ kind: "CommonTable" as const, span: cursor.spanFrom(start), name, columns, query });
  });
}

const setPower = { UNION: 1, EXCEPT: 1, INTERSECT: 2 } as const;

function setOperatorAt(cursor: TokenCursor): SetOperation["operator"] | null {
  for (const operator of ["UNION", "INTERSECT", "EXCEPT"] as const) if (cursor.atWord(operator)) return operator;
  return cursor.isWord("MINUS") ? "EXCEPT" : null;
}

function parseSetOperations(cursor: TokenCursor, least: number): QueryBody {
  const around = cursor.height;
  cursor.height = 0;
  const start = cursor.index;
  let left = parseQueryTerm(cursor);
  let height = cursor.height + 1;
  for (;;) {
    const operator = setOperatorAt(cursor);
    if (operator === null || setPower[operator] <= least) break;
    cursor.advance();
    const all = cursor.accept("ALL");
    if (!all) cursor.accept("DISTINCT");
    cursor.height = 0;
    const right = parseSetOperations(cursor, setPower[operator]);
    left = frozen({ kind: "SetOperation", span: cursor.spanFrom(start), operator, all, left, right });
    height = Math.max(height, cursor.height) + 1;
    cursor.grown(height, 0);
  }
  cursor.grown(height, around);
  return left;
}

function parseQueryTerm(cursor: TokenCursor): QueryBody {
  if (cursor.atWord("SELECT")) return parseSelect(cursor);
  if (cursor.isSymbol("(")) {
    const query = parseParenthesisedQuery(cursor);
    const { with: commonTables, body, orderBy, limit, offset } = query;
    const isPlain = commonTables.length === 0 && orderBy.length === 0 && limit === null && offset === null;
    return isPlain ? body : query;
  }
  const start = cursor.index;
  if (cursor.accept("VALUES")) {
    const rows = parseList(cursor, () => parseValuesRow(cursor));
    return frozen({ kind: "Values", span: cursor.spanFrom(start), rows });
  }
  if (cursor.isWord("TABLE")) {
    cursor.advance();
    const name = parseQualifiedName(cursor, "a table");
    return frozen({ kind: "ExplicitTable", span: cursor.spanFrom(start), name });
  }
  cursor.wanted("'('");
  return cursor.fail();
}

function parseValuesRow(cursor: TokenCursor): ValuesRow {
  const start = cursor.index;
  let items: Expression[];
  if ((cursor.isSymbol("(") && !startsQuery(cursor)) || (cursor.isWord("ROW") && cursor.isSymbol("(", 1))) {
    if (cursor.isWord("ROW")) cursor.advance();
    cursor.advance();
    items = parseList(cursor, () => parseExpression(cursor));
    cursor.expectSymbol(")");
  } else {
    items = [parseExpression(cursor)];
  }
  return frozen({ kind: "ValuesRow", span: cursor.spanFrom(start), items });
}

/** `LIMIT n`, `LIMIT ALL`, `OFFSET n [ROWS]`, `FETCH FIRST n ROWS ONLY`, in any order that has each at most once. */
function parseLimit(cursor: TokenCursor): Pick<Query, "limit" | "offset"> {
  let limit: Expression | null = null;
  let offset: Expression | null = null;
  let limited = false;
  for (;;) {
    if (!limited && cursor.accept("LIMIT")) {
      limited = true;
      if (cursor.isWord("ALL")) cursor.advance();
      else limit = parseExpression(cursor);
    } else if (offset === null && cursor.accept("OFFSET")) {
      offset = parseExpression(cursor);
      if (cursor.isWord("ROW") || cursor.isWord("ROWS")) cursor.advance();
    } else if (!limited && cursor.accept("FETCH")) {
      limited = true;
      cursor.expectOneOf("FIRST", "NEXT");
      limit = parseExpression(cursor);
      cursor.expectOneOf("ROWS", "ROW");
      cursor.expect("ONLY");
    } else {
      return { limit, offset };
    }
  }
}
