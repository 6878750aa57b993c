import { frozen } from "../ast/frozen.ts";
import type { Identifier, QualifiedName } from "../ast/identifier.ts";
import type { TableAlias } from "../ast/table-expression.ts";
import { notAnImplicitAlias, reservedWords } from "../lexer/reserved-words.ts";
import type { TokenCursor } from "./token-cursor.ts";

/** A name; what it names is told to the user when there is none. */
export function parseIdentifier(cursor: TokenCursor, what = "a name"): Identifier {
  if (!cursor.isName()) {
    cursor.wanted(what);
    const { keyword } = cursor.token;
    if (reservedWords.has(keyword)) cursor.fail(`unexpected keyword ${keyword}; as a name it goes in back quotes`);
    cursor.fail();
  }
  return takeIdentifier(cursor);
}

/** The current token as a name, whatever word it is. */
export function takeIdentifier(cursor: TokenCursor): Identifier {
  const token = cursor.advance();
  return frozen({ kind: "Identifier", span: cursor.spanOf(token), name: token.value, quoted: token.kind === "quoted" });
}

export function parseQualifiedName(cursor: TokenCursor, what = "a name"): QualifiedName {
  const start = cursor.index;
  const parts = [parseIdentifier(cursor, what)];
  while (cursor.isSymbol(".")) {
    cursor.advance();
    parts.push(parseIdentifier(cursor));
  }
  return frozen({ kind: "QualifiedName", span: cursor.spanFrom(start), parts });
}

/** `(a, b)`. */
export function parseIdentifierList(cursor: TokenCursor, what = "a name"): Identifier[] {
  cursor.expectSymbol("(");
  const names = parseList(cursor, () => parseIdentifier(cursor, what));
  cursor.expectSymbol(")");
  return names;
}

/** `[AS] name`, or null; without AS a word that goes on with the statement is not a name. */
export function parseAlias(cursor: TokenCursor): Identifier | null {
  if (cursor.accept("AS")) return parseIdentifier(cursor, "an alias");
  if (!cursor.isName() || notAnImplicitAlias.has(cursor.token.keyword)) return null;
  cursor.markImplicitAlias();
  return takeIdentifier(cursor);
}

/** `[AS] name [(columns)]`, or null. */
export function parseTableAlias(cursor: TokenCursor): TableAlias | null {
  const start = cursor.index;
  const name = parseAlias(cursor);
  if (name === null) return null;
  const columns = cursor.isSymbol("(") ? parseIdentifierList(cursor, "a column") : [];
  return frozen({ kind: "TableAlias", span: cursor.spanFrom(start), name, columns });
}

/** One or more, separated by commas. */
export function parseList<T>(cursor: TokenCursor, parseItem: () => T): T[] {
  const items = [parseItem()];
  while (cursor.acceptSymbol(",")) items.push(parseItem());
  return items;
}
