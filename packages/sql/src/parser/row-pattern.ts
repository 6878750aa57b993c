import { frozen } from "../ast/frozen.ts";
import type { RowPattern } from "../ast/match-recognize.ts";
import { parseCount } from "./count.ts";
import { parseIdentifier, parseList } from "./name.ts";
import type { TokenCursor } from "./token-cursor.ts";

/** The regular expression over pattern variables of MATCH_RECOGNIZE: `A (B | C)*? D{2,}`. */
export function parseRowPattern(cursor: TokenCursor): RowPattern {
  cursor.enter();
  const start = cursor.index;
  const patterns = [parseSequence(cursor)];
  while (cursor.acceptSymbol("|")) patterns.push(parseSequence(cursor));
  cursor.leave();
  if (patterns.length === 1) return patterns[0] as RowPattern;
  return frozen({ kind: "PatternAlternation", span: cursor.spanFrom(start), patterns });
}

function parseSequence(cursor: TokenCursor): RowPattern {
  const start = cursor.index;
  const patterns = [parseRepetition(cursor)];
  while (cursor.isName() || cursor.isSymbol("(") || cursor.isSymbol("{")) patterns.push(parseRepetition(cursor));
  refuseAnchor(cursor);
  if (patterns.length === 1) return patterns[0] as RowPattern;
  return frozen({ kind: "PatternSequence", span: cursor.spanFrom(start), patterns });
}

function parseRepetition(cursor: TokenCursor): RowPattern {
  const start = cursor.index;
  const pattern = parseElement(cursor);
  const bounds = parseBounds(cursor);
  if (bounds === null) return pattern;
  const reluctant = cursor.isSymbol("?");
  if (reluctant) cursor.advance();
  const [least, most] = bounds;
  return frozen({ kind: "PatternRepetition", span: cursor.spanFrom(start), pattern, least, most, reluctant });
}

function parseBounds(cursor: TokenCursor): [least: number, most: number | null] | null {
  if (cursor.acceptSymbol("*")) return [0, null];
  if (cursor.acceptSymbol("+")) return [1, null];
  if (cursor.acceptSymbol("?")) return [0, 1];
  // `{-` begins an exclusion.
  if (!cursor.isSymbol("{") || cursor.isSymbol("-", 1)) return null;
  cursor.advance();
  const least = cursor.isSymbol(",") ? 0 : parseCount(cursor, "a number");
  let most: number | null = least;
  if (cursor.acceptSymbol(",")) most = cursor.isSymbol("}") ? null : parseCount(cursor, "a number");
  cursor.expectSymbol("}");
  return [least, most];
}

function parseElement(cursor: TokenCursor): RowPattern {
  const start = cursor.index;
  refuseAnchor(cursor);
  if (cursor.isSymbol("{")) {
    cursor.advance();
    cursor.expectSymbol("-");
    const pattern = parseRowPattern(cursor);
    cursor.expectSymbol("-");
    cursor.expectSymbol("}");
    return frozen({ kind: "PatternExclusion", span: cursor.spanFrom(start), pattern });
  }
  if (cursor.isSymbol("(")) {
    cursor.advance();
    const pattern = parseRowPattern(cursor);
    cursor.expectSymbol(")");
    return pattern;
  }
  if (cursor.isWord("PERMUTE") && cursor.isSymbol("(", 1)) {
    cursor.advance();
    cursor.advance();
    const patterns = parseList(cursor, () => parseRowPattern(cursor));
    cursor.expectSymbol(")");
    return frozen({ kind: "PatternPermutation", span: cursor.spanFrom(start), patterns });
  }
  const name = parseIdentifier(cursor, "a pattern variable");
  return frozen({ kind: "PatternVariable", span: name.span, name });
}

/** Flink takes no notice of anchors, so that a pattern would not mean what it says. */
function refuseAnchor(cursor: TokenCursor): void {
  if (cursor.isSymbol("^") || cursor.isSymbol("$")) cursor.unsupported(`the anchor ${cursor.token.value} in a pattern`);
}
