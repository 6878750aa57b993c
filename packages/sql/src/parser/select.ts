import type { Expression } from "../ast/expression.ts";
import { frozen } from "../ast/frozen.ts";
import type { GroupBy, GroupingElement, GroupingKeys, Select, SelectItem } from "../ast/query.ts";
import { parseExpression } from "./grammar.ts";
import { parseHints } from "./hint.ts";
import { parseAlias, parseIdentifier, parseList } from "./name.ts";
import { parseFrom } from "./table-expression.ts";
import type { TokenCursor } from "./token-cursor.ts";
import { parseWindowClause } from "./window.ts";

/** From SELECT to QUALIFY; ORDER BY and LIMIT belong to the query around it. */
export function parseSelect(cursor: TokenCursor): Select {
  const start = cursor.index;
  cursor.expect("SELECT");
  const hints = parseHints(cursor);
  if (cursor.isWord("STREAM") && !cursor.isSymbol(",", 1) && cursor.isName(1)) cursor.unsupported("SELECT STREAM");
  const quantifier = cursor.isWord("DISTINCT") || cursor.isWord("ALL") ? quantifierOf(cursor) : null;
  const items = parseList(cursor, () => parseSelectItem(cursor));
  const from = cursor.accept("FROM") ? parseFrom(cursor) : null;
  const where = cursor.accept("WHERE") ? parseExpression(cursor) : null;
  const groupBy = parseGroupBy(cursor);
  const having = cursor.accept("HAVING") ? parseExpression(cursor) : null;
  const windows = parseWindowClause(cursor);
  const qualify = cursor.accept("QUALIFY") ? parseExpression(cursor) : null;
  const span = cursor.spanFrom(start);
  return frozen({ kind: "Select", span, hints, quantifier, items, from, where, groupBy, having, windows, qualify });
}

function quantifierOf(cursor: TokenCursor): "DISTINCT" | "ALL" {
  return cursor.advance().keyword === "ALL" ? "ALL" : "DISTINCT";
}

function parseSelectItem(cursor: TokenCursor): SelectItem {
  const start = cursor.index;
  if (cursor.isSymbol("*")) {
    cursor.advance();
    return frozen({ kind: "SelectStar", span: cursor.spanFrom(start), qualifier: null });
  }
  if (startsQualifiedStar(cursor)) {
    const parts = [parseIdentifier(cursor)];
    while (!cursor.isSymbol("*", 1)) {
      cursor.expectSymbol(".");
      parts.push(parseIdentifier(cursor));
    }
    const qualifier = frozen({ kind: "QualifiedName" as const, span: cursor.spanFrom(start), parts });
    cursor.advance();
    cursor.advance();
    return frozen({ kind: "SelectStar", span: cursor.spanFrom(start), qualifier });
  }
  const expression = parseExpression(cursor);
  const alias = parseAlias(cursor);
  return frozen({ kind: "SelectExpression", span: cursor.spanFrom(start), expression, alias });
}

function startsQualifiedStar(cursor: TokenCursor): boolean {
  let ahead = 0;
  while (cursor.isName(ahead) && cursor.isSymbol(".", ahead + 1)) ahead += 2;
  return ahead > 0 && cursor.isSymbol("*", ahead);
}

function parseGroupBy(cursor: TokenCursor): GroupBy | null {
  const start = cursor.index;
  if (!cursor.accept("GROUP")) return null;
  cursor.expect("BY");
  if (cursor.isWord("DISTINCT")) cursor.unsupported("GROUP BY DISTINCT");
  const elements = parseList(cursor, () => parseGroupingElement(cursor));
  return frozen({ kind: "GroupBy", span: cursor.spanFrom(start), elements });
}

function parseGroupingElement(cursor: TokenCursor): GroupingElement {
  const start = cursor.index;
  if (cursor.isWords("GROUPING", "SETS")) {
    cursor.enter();
    cursor.advance();
    cursor.advance();
    const elements = parseInParentheses(cursor, () => parseGroupingElement(cursor));
    cursor.leave();
    return frozen({ kind: "GroupingSets", span: cursor.spanFrom(start), elements });
  }
  if ((cursor.isWord("ROLLUP") || cursor.isWord("CUBE")) && cursor.isSymbol("(", 1)) {
    const operator = cursor.advance().keyword as "ROLLUP" | "CUBE";
    const elements = parseInParentheses(cursor, () => parseGroupingKeys(cursor));
    return frozen({ kind: "GroupingRollup", span: cursor.spanFrom(start), operator, elements });
  }
  return parseGroupingKeys(cursor);
}

function parseGroupingKeys(cursor: TokenCursor): GroupingKeys {
  const start = cursor.index;
  if (cursor.isSymbol("(") && cursor.isSymbol(")", 1)) {
    cursor.advance();
    cursor.advance();
    return frozen({ kind: "GroupingKeys", span: cursor.spanFrom(start), expressions: [] });
  }
  const bracketed = cursor.isSymbol("(");
  const key = parseExpression(cursor);
  const expressions: Expression[] = bracketed && key.kind === "RowConstructor" ? [...key.items] : [key];
  return frozen({ kind: "GroupingKeys", span: cursor.spanFrom(start), expressions });
}

function parseInParentheses<T>(cursor: TokenCursor, parseItem: () => T): T[] {
  cursor.expectSymbol("(");
  const items = parseList(cursor, parseItem);
  cursor.expectSymbol(")");
  return items;
}
