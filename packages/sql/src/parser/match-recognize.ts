import type { Expression } from "../ast/expression.ts";
import { frozen } from "../ast/frozen.ts";
import type { Identifier } from "../ast/identifier.ts";
import type { IntervalLiteral } from "../ast/literal.ts";
import type {
  AfterMatch,
  MatchRecognize,
  Measure,
  PatternDefinition,
  PatternSubset,
  RowsPerMatch,
} from "../ast/match-recognize.ts";
import type { TableExpression } from "../ast/table-expression.ts";
import { parseExpression } from "./grammar.ts";
import { parseIntervalLiteral } from "./literal.ts";
import { parseIdentifier, parseIdentifierList, parseList, parseTableAlias } from "./name.ts";
import { parseRowPattern } from "./row-pattern.ts";
import { parseOrderBy } from "./sort-item.ts";
import type { TokenCursor } from "./token-cursor.ts";

/** `MATCH_RECOGNIZE (…) [alias]` behind the table whose first token is at `start`. */
export function parseMatchRecognize(cursor: TokenCursor, input: TableExpression, start: number): MatchRecognize {
  cursor.expect("MATCH_RECOGNIZE");
  cursor.expectSymbol("(");
  let partitionBy: Expression[] = [];
  if (cursor.accept("PARTITION")) {
    cursor.expect("BY");
    partitionBy = parseList(cursor, () => parseExpression(cursor));
  }
  const orderBy = parseOrderBy(cursor);
  const measures = cursor.accept("MEASURES") ? parseList(cursor, () => parseMeasure(cursor)) : [];
  const rowsPerMatch = parseRowsPerMatch(cursor);
  const afterMatch = parseAfterMatch(cursor);
  cursor.expect("PATTERN");
  cursor.expectSymbol("(");
  const pattern = parseRowPattern(cursor);
  cursor.expectSymbol(")");
  const within = cursor.accept("WITHIN") ? parseWithin(cursor) : null;
  const subsets = cursor.accept("SUBSET") ? parseList(cursor, () => parseSubset(cursor)) : [];
  cursor.expect("DEFINE");
  const define = parseList(cursor, () => parseDefinition(cursor));
  cursor.expectSymbol(")");
  const alias = parseTableAlias(cursor);
  cursor.grown(cursor.height + 1, 0);
  return frozen({
    kind: "MatchRecognize",
    span: cursor.spanFrom(start),
    input,
    partitionBy,
    orderBy,
    measures,
    rowsPerMatch,
    afterMatch,
    pattern,
    within,
    subsets,
    define,
    alias,
  });
}

function parseMeasure(cursor: TokenCursor): Measure {
  const start = cursor.index;
  const expression = parseExpression(cursor);
  cursor.expect("AS");
  const alias = parseIdentifier(cursor, "an alias");
  return frozen({ kind: "Measure", span: cursor.spanFrom(start), expression, alias });
}

function parseRowsPerMatch(cursor: TokenCursor): RowsPerMatch | null {
  if (cursor.accept("ONE")) {
    cursor.expect("ROW", "PER", "MATCH");
    return "ONE";
  }
  if (!cursor.accept("ALL")) return null;
  cursor.expect("ROWS", "PER", "MATCH");
  if (cursor.acceptWords("SHOW", "EMPTY", "MATCHES")) return "SHOW EMPTY MATCHES";
  if (cursor.acceptWords("OMIT", "EMPTY", "MATCHES")) return "OMIT EMPTY MATCHES";
  return cursor.acceptWords("WITH", "UNMATCHED", "ROWS") ? "WITH UNMATCHED ROWS" : "ALL";
}

function parseAfterMatch(cursor: TokenCursor): AfterMatch | null {
  const start = cursor.index;
  if (!cursor.accept("AFTER")) return null;
  cursor.expect("MATCH", "SKIP");
  let skip: AfterMatch["skip"];
  let variable: Identifier | null = null;
  if (cursor.acceptWords("PAST", "LAST", "ROW")) {
    skip = "PAST LAST ROW";
  } else {
    cursor.expect("TO");
    if (cursor.acceptWords("NEXT", "ROW")) {
      skip = "TO NEXT ROW";
    } else {
      // Without FIRST or LAST the last row of the variable is meant, which may itself have such a name.
      const endsHere = cursor.isWord("PATTERN", 1) && cursor.isSymbol("(", 2);
      const chosen = cursor.isName(1) && !endsHere ? cursor.expectOneOf("FIRST", "LAST") : "LAST";
      skip = `TO ${chosen}`;
      variable = parseIdentifier(cursor, "a pattern variable");
    }
  }
  return frozen({ kind: "AfterMatch", span: cursor.spanFrom(start), skip, variable });
}

function parseWithin(cursor: TokenCursor): IntervalLiteral {
  const interval = parseIntervalLiteral(cursor);
  if (interval !== null) return interval;
  cursor.wanted("an INTERVAL");
  return cursor.fail();
}

function parseSubset(cursor: TokenCursor): PatternSubset {
  const start = cursor.index;
  const name = parseIdentifier(cursor, "a pattern variable");
  cursor.expectSymbol("=");
  const variables = parseIdentifierList(cursor, "a pattern variable");
  return frozen({ kind: "PatternSubset", span: cursor.spanFrom(start), name, variables });
}

function parseDefinition(cursor: TokenCursor): PatternDefinition {
  const start = cursor.index;
  const name = parseIdentifier(cursor, "a pattern variable");
  cursor.expect("AS");
  const condition = parseExpression(cursor);
  return frozen({ kind: "PatternDefinition", span: cursor.spanFrom(start), name, condition });
}
