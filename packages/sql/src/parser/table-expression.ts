import type { Expression } from "../ast/expression.ts";
import { frozen } from "../ast/frozen.ts";
import type { Identifier } from "../ast/identifier.ts";
import type { Join, TableExpression } from "../ast/table-expression.ts";
import { parseExpression } from "./grammar.ts";
import { parseHints } from "./hint.ts";
import { parseMatchRecognize } from "./match-recognize.ts";
import { parseIdentifierList, parseList, parseQualifiedName, parseTableAlias } from "./name.ts";
import { parseParenthesisedQuery, startsQuery } from "./parenthesised-query.ts";
import { parseTableFunction, parseWrappedTableFunction } from "./table-function.ts";
import type { TokenCursor } from "./token-cursor.ts";

/** What stands behind FROM. A comma binds looser than JOIN. */
export function parseFrom(cursor: TokenCursor): TableExpression {
  const start = cursor.index;
  return parseChain(cursor, parseJoins, (left) => {
    if (!cursor.acceptSymbol(",")) return null;
    const right = parseJoins(cursor);
    const span = cursor.spanFrom(start);
    return frozen({ kind: "Join", span, joinType: "COMMA", natural: false, left, right, on: null, using: [] });
  });
}

function parseJoins(cursor: TokenCursor): TableExpression {
  const start = cursor.index;
  return parseChain(cursor, parseTable, (left) => parseJoin(cursor, left, start));
}

/** A left-leaning chain: the first table, then whatever extends it. */
function parseChain(
  cursor: TokenCursor,
  parseFirst: (cursor: TokenCursor) => TableExpression,
  extend: (left: TableExpression) => TableExpression | null,
): TableExpression {
  const around = cursor.height;
  cursor.height = 0;
  let left = parseFirst(cursor);
  let height = cursor.height + 1;
  for (;;) {
    cursor.height = 0;
    const longer = extend(left);
    if (longer === null) break;
    left = longer;
    height = Math.max(height, cursor.height) + 1;
    cursor.grown(height, 0);
  }
  cursor.grown(height, around);
  return left;
}

function parseJoin(cursor: TokenCursor, left: TableExpression, start: number): Join | null {
  const natural = cursor.accept("NATURAL");
  const joinType = parseJoinType(cursor, natural);
  if (joinType === null) return null;
  const right = parseTable(cursor);
  let on: Expression | null = null;
  let using: Identifier[] = [];
  if (!natural && joinType !== "CROSS") {
    if (cursor.accept("ON")) on = parseExpression(cursor);
    else if (cursor.accept("USING")) using = parseIdentifierList(cursor, "a column");
    // Flink also takes a join without a condition to a lateral table function.
    else if (!isLateral(right)) cursor.fail();
  }
  return frozen({ kind: "Join", span: cursor.spanFrom(start), joinType, natural, left, right, on, using });
}

function isLateral(table: TableExpression): boolean {
  return (
    table.kind === "UnnestTable" ||
    ((table.kind === "TableFunctionCall" || table.kind === "DerivedTable") && table.lateral)
  );
}

function parseJoinType(cursor: TokenCursor, natural: boolean): Join["joinType"] | null {
  if (cursor.accept("JOIN")) return "INNER";
  if (cursor.accept("INNER")) {
    cursor.expect("JOIN");
    return "INNER";
  }
  for (const side of ["LEFT", "RIGHT", "FULL"] as const) {
    if (!cursor.accept(side)) continue;
    cursor.accept("OUTER");
    if (side === "LEFT" && (cursor.isWord("SEMI") || cursor.isWord("ANTI"))) {
      cursor.unsupported(`LEFT ${cursor.token.keyword} JOIN`, cursor.index - 1);
    }
    cursor.expect("JOIN");
    return side;
  }
  if (!natural && cursor.accept("CROSS")) {
    cursor.expect("JOIN");
    return "CROSS";
  }
  if (natural) cursor.fail();
  return null;
}

/** One table with what may stand behind it: MATCH_RECOGNIZE and an alias. */
function parseTable(cursor: TokenCursor): TableExpression {
  cursor.enter();
  const start = cursor.index;
  let table = parseTableOperand(cursor);
  if (cursor.isWord("MATCH_RECOGNIZE") && cursor.isSymbol("(", 1)) table = parseMatchRecognize(cursor, table, start);
  if (cursor.isWord("TABLESAMPLE")) cursor.unsupported("TABLESAMPLE");
  if ((cursor.isWord("PIVOT") || cursor.isWord("UNPIVOT")) && cursor.isSymbol("(", 1)) {
    cursor.unsupported(cursor.token.keyword);
  }
  cursor.leave();
  return table;
}

function parseTableOperand(cursor: TokenCursor): TableExpression {
  const start = cursor.index;
  const lateral = cursor.isWord("LATERAL") && (cursor.isSymbol("(", 1) || !cursor.isName(1) || cursor.isSymbol("(", 2));
  if (lateral) cursor.advance();
  if (cursor.isSymbol("(")) {
    if (startsQuery(cursor)) {
      const query = parseParenthesisedQuery(cursor);
      const alias = parseTableAlias(cursor);
      return frozen({ kind: "DerivedTable", span: cursor.spanFrom(start), query, lateral, alias });
    }
    cursor.advance();
    const inner = parseFrom(cursor);
    cursor.expectSymbol(")");
    return inner;
  }
  if (cursor.isWord("TABLE") && cursor.isSymbol("(", 1)) {
    const { name, arguments: arguments_ } = parseWrappedTableFunction(cursor);
    const alias = parseTableAlias(cursor);
    const span = cursor.spanFrom(start);
    return frozen({ kind: "TableFunctionCall", span, name, arguments: arguments_, lateral, alias });
  }
  if (cursor.isWord("UNNEST") && cursor.isSymbol("(", 1)) return parseUnnest(cursor, start, lateral);
  const name = parseQualifiedName(cursor, "a table");
  if (cursor.isSymbol("(")) {
    const arguments_ = parseTableFunction(cursor);
    const alias = parseTableAlias(cursor);
    const span = cursor.spanFrom(start);
    return frozen({ kind: "TableFunctionCall", span, name, arguments: arguments_, lateral, alias });
  }
  const hints = parseHints(cursor);
  const systemTime = parseSystemTime(cursor);
  const alias = parseTableAlias(cursor);
  // A hint is also found behind the alias, and a point in time likewise.
  const lateHints = hints.length === 0 ? parseHints(cursor) : hints;
  const lateTime = systemTime ?? parseSystemTime(cursor);
  const span = cursor.spanFrom(start);
  return frozen({ kind: "TableReference", span, name, hints: lateHints, systemTime: lateTime, alias });
}

function parseSystemTime(cursor: TokenCursor): Expression | null {
  if (!cursor.isWord("FOR")) return null;
  cursor.advance();
  cursor.expect("SYSTEM_TIME", "AS", "OF");
  return parseExpression(cursor);
}

function parseUnnest(cursor: TokenCursor, start: number, lateral: boolean): TableExpression {
  cursor.advance();
  cursor.advance();
  const expressions = parseList(cursor, () => parseExpression(cursor));
  cursor.expectSymbol(")");
  const withOrdinality = cursor.acceptWords("WITH", "ORDINALITY");
  const alias = parseTableAlias(cursor);
  const span = cursor.spanFrom(start);
  return frozen({ kind: "UnnestTable", span, expressions, withOrdinality, lateral, alias });
}
