import { frozen } from "../ast/frozen.ts";
import type { StringLiteral } from "../ast/literal.ts";
import type { Hint, HintArgument, Option } from "../ast/option.ts";
import { parseString, takeNumber } from "./literal.ts";
import { parseIdentifier, parseList, parseQualifiedName } from "./name.ts";
import type { TokenCursor } from "./token-cursor.ts";

/** A hint comment with one or more hints, or an empty list if there is none. */
export function parseHints(cursor: TokenCursor): Hint[] {
  if (!cursor.isSymbol("/*+")) return [];
  cursor.advance();
  const hints = [parseHint(cursor)];
  while (!cursor.atSymbol("*/")) {
    if (cursor.isSymbol(",")) cursor.advance();
    hints.push(parseHint(cursor));
  }
  cursor.advance();
  return hints;
}

function parseHint(cursor: TokenCursor): Hint {
  const start = cursor.index;
  const name = parseIdentifier(cursor, "a hint").name.toUpperCase();
  let arguments_: HintArgument[] = [];
  if (cursor.acceptSymbol("(")) {
    if (!cursor.isSymbol(")")) arguments_ = parseList(cursor, () => parseHintArgument(cursor));
    cursor.expectSymbol(")");
  }
  return frozen({ kind: "Hint", span: cursor.spanFrom(start), name, arguments: arguments_ });
}

function parseHintArgument(cursor: TokenCursor): HintArgument {
  if (cursor.token.kind === "number") return takeNumber(cursor);
  if (cursor.token.kind === "string") {
    return cursor.isSymbol("=", 1) ? parseOption(cursor) : parseString(cursor);
  }
  if (cursor.isSymbol("=", 1)) return parseOption(cursor);
  return parseQualifiedName(cursor, "an argument of the hint");
}

/** `('key' = 'value', …)`. */
export function parseOptions(cursor: TokenCursor): Option[] {
  cursor.expectSymbol("(");
  const options = cursor.isSymbol(")") ? [] : parseList(cursor, () => parseOption(cursor));
  cursor.expectSymbol(")");
  return options;
}

function parseOption(cursor: TokenCursor): Option {
  const start = cursor.index;
  const key = parseKey(cursor);
  cursor.expectSymbol("=");
  const value = parseString(cursor, "a value in single quotes");
  return frozen({ kind: "Option", span: cursor.spanFrom(start), key, value });
}

/** `'key'`; a plain word is taken as well. */
function parseKey(cursor: TokenCursor): StringLiteral {
  if (cursor.token.kind === "string") return parseString(cursor);
  const { span, name } = parseIdentifier(cursor, "an option such as 'key' = 'value'");
  return frozen({ kind: "StringLiteral", span, value: name });
}
