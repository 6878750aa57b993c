import { frozen } from "../ast/frozen.ts";
import type { BooleanLiteral, IntervalLiteral, NumberLiteral, StringLiteral, TemporalLiteral } from "../ast/literal.ts";
import { parseIntervalQualifier } from "./time-unit.ts";
import type { TokenCursor } from "./token-cursor.ts";

export function parseString(cursor: TokenCursor, what = "a string in single quotes"): StringLiteral {
  if (cursor.token.kind !== "string") {
    cursor.wanted(what);
    cursor.fail();
  }
  const token = cursor.advance();
  return frozen({ kind: "StringLiteral", span: cursor.spanOf(token), value: token.value });
}

export function takeNumber(cursor: TokenCursor): NumberLiteral {
  const token = cursor.advance();
  const numberType = /[eE]/.test(token.value) ? "double" : token.value.includes(".") ? "decimal" : "integer";
  return frozen({ kind: "NumberLiteral", span: cursor.spanOf(token), text: token.value, numberType });
}

export function takeBoolean(cursor: TokenCursor): BooleanLiteral {
  const token = cursor.advance();
  const value = token.keyword === "UNKNOWN" ? null : token.keyword === "TRUE";
  return frozen({ kind: "BooleanLiteral", span: cursor.spanOf(token), value });
}

/** A DATE, TIME or TIMESTAMP literal, or null where the word is an ordinary name. */
export function parseTemporalLiteral(cursor: TokenCursor): TemporalLiteral | null {
  const start = cursor.index;
  const { keyword } = cursor.token;
  if (keyword !== "DATE" && keyword !== "TIME" && keyword !== "TIMESTAMP") return null;
  let temporalType: TemporalLiteral["temporalType"] = keyword;
  if (cursor.peek(1).kind === "string") {
    cursor.advance();
  } else if (keyword === "TIMESTAMP" && cursor.isWord("WITH", 1)) {
    cursor.advance();
    cursor.advance();
    temporalType = cursor.accept("LOCAL") ? "TIMESTAMP_LTZ" : "TIMESTAMP_TZ";
    cursor.expect("TIME", "ZONE");
  } else {
    return null;
  }
  const text = parseString(cursor).value;
  return frozen({ kind: "TemporalLiteral", span: cursor.spanFrom(start), temporalType, text });
}

/** `INTERVAL [+|-] 'text' qualifier`, also with a plain number; null where INTERVAL is an ordinary name. */
export function parseIntervalLiteral(cursor: TokenCursor): IntervalLiteral | null {
  const start = cursor.index;
  const signed = cursor.isSymbol("-", 1) || cursor.isSymbol("+", 1) ? 1 : 0;
  const value = cursor.peek(1 + signed);
  if (!cursor.isWord("INTERVAL") || (value.kind !== "string" && (value.kind !== "number" || signed === 1))) return null;
  cursor.advance();
  const negative = cursor.isSymbol("-");
  if (signed === 1) cursor.advance();
  const text = cursor.advance().value;
  const qualifier = parseIntervalQualifier(cursor);
  return frozen({ kind: "IntervalLiteral", span: cursor.spanFrom(start), text, negative, qualifier });
}
