import { frozen } from "../ast/frozen.ts";
import type { SortItem } from "../ast/sort-item.ts";
import { parseExpression } from "./grammar.ts";
import { parseList } from "./name.ts";
import type { TokenCursor } from "./token-cursor.ts";

/** `ORDER BY items`, or an empty list if there is none. */
export function parseOrderBy(cursor: TokenCursor): SortItem[] {
  if (!cursor.accept("ORDER")) return [];
  cursor.expect("BY");
  return parseList(cursor, () => parseSortItem(cursor));
}

export function parseSortItem(cursor: TokenCursor): SortItem {
  const start = cursor.index;
  const expression = parseExpression(cursor);
  const direction = cursor.accept("ASC") ? "ASC" : cursor.accept("DESC") ? "DESC" : null;
  const nulls = cursor.accept("NULLS") ? cursor.expectOneOf("FIRST", "LAST") : null;
  return frozen({ kind: "SortItem", span: cursor.spanFrom(start), expression, direction, nulls });
}
