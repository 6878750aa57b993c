import type { Expression } from "../ast/expression.ts";
import { frozen } from "../ast/frozen.ts";
import type { Identifier } from "../ast/identifier.ts";
import type { FrameBound, NamedWindow, WindowFrame, WindowSpecification } from "../ast/window.ts";
import { parseExpression } from "./grammar.ts";
import { parseIdentifier, parseList, takeIdentifier } from "./name.ts";
import { bindingPower } from "./precedence.ts";
import { parseOrderBy } from "./sort-item.ts";
import type { TokenCursor } from "./token-cursor.ts";

/** `WINDOW name AS (…), …`, or an empty list if there is none. */
export function parseWindowClause(cursor: TokenCursor): NamedWindow[] {
  if (!cursor.accept("WINDOW")) return [];
  return parseList(cursor, () => {
    const start = cursor.index;
    const name = parseIdentifier(cursor, "a window's name");
    cursor.expect("AS");
    const specification = parseWindowSpecification(cursor);
    return frozen({ kind: "NamedWindow", span: cursor.spanFrom(start), name, specification });
  });
}

export function parseWindowSpecification(cursor: TokenCursor): WindowSpecification {
  const start = cursor.index;
  cursor.expectSymbol("(");
  let base: Identifier | null = null;
  let partitionBy: Expression[] = [];
  const clauses = ["PARTITION", "ORDER", "ROWS", "RANGE", "GROUPS"];
  if (cursor.isName() && !clauses.some((word) => cursor.isWord(word))) base = takeIdentifier(cursor);
  if (cursor.accept("PARTITION")) {
    cursor.expect("BY");
    partitionBy = parseList(cursor, () => parseExpression(cursor));
  }
  const orderBy = parseOrderBy(cursor);
  const frame = parseFrame(cursor);
  cursor.expectSymbol(")");
  return frozen({ kind: "WindowSpecification", span: cursor.spanFrom(start), base, partitionBy, orderBy, frame });
}

function parseFrame(cursor: TokenCursor): WindowFrame | null {
  const start = cursor.index;
  if (cursor.isWord("GROUPS")) cursor.unsupported("a frame of GROUPS");
  if (!cursor.atWord("ROWS") && !cursor.atWord("RANGE")) return null;
  const mode = cursor.advance().keyword as "ROWS" | "RANGE";
  let end: FrameBound | null = null;
  let first: FrameBound;
  if (cursor.accept("BETWEEN")) {
    first = parseBound(cursor);
    cursor.expect("AND");
    end = parseBound(cursor);
  } else {
    first = parseBound(cursor);
  }
  if (cursor.isWord("EXCLUDE")) cursor.unsupported("EXCLUDE in a frame");
  return frozen({ kind: "WindowFrame", span: cursor.spanFrom(start), mode, start: first, end });
}

function parseBound(cursor: TokenCursor): FrameBound {
  const start = cursor.index;
  if (cursor.acceptWords("CURRENT", "ROW")) {
    return frozen({ kind: "FrameBound", span: cursor.spanFrom(start), bound: "CURRENT ROW", offset: null });
  }
  if (cursor.accept("UNBOUNDED")) {
    const side = cursor.expectOneOf("PRECEDING", "FOLLOWING");
    return frozen({ kind: "FrameBound", span: cursor.spanFrom(start), bound: `UNBOUNDED ${side}`, offset: null });
  }
  // Binds tighter than AND, which separates the bounds.
  const offset = parseExpression(cursor, bindingPower.not);
  const bound = cursor.expectOneOf("PRECEDING", "FOLLOWING");
  return frozen({ kind: "FrameBound", span: cursor.spanFrom(start), bound, offset });
}
