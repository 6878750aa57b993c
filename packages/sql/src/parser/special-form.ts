import type { Expression } from "../ast/expression.ts";
import { frozen } from "../ast/frozen.ts";
import type { QualifiedName } from "../ast/identifier.ts";
import { parseExpression } from "./grammar.ts";
import { parseJsonCall } from "./json-call.ts";
import { parseList, takeIdentifier } from "./name.ts";
import { bindingPower } from "./precedence.ts";
import { parseTimeUnit } from "./time-unit.ts";
import type { TokenCursor } from "./token-cursor.ts";
import { parseTypeName } from "./type-name.ts";

/** Called with the cursor behind the opening parenthesis; leaves it behind the closing one. */
type Form = (cursor: TokenCursor, name: QualifiedName, start: number) => Expression;

const forms: ReadonlyMap<string, Form> = new Map<string, Form>([
  ["CAST", (cursor, _, start) => parseCast(cursor, start, false)],
  ["TRY_CAST", (cursor, _, start) => parseCast(cursor, start, true)],
  ["EXTRACT", parseExtract],
  ["POSITION", parsePosition],
  ["SUBSTRING", parseSubstring],
  ["OVERLAY", parseOverlay],
  ["TRIM", parseTrim],
  ["FLOOR", (cursor, name, start) => parseRound(cursor, name, start, "FLOOR")],
  ["CEIL", (cursor, name, start) => parseRound(cursor, name, start, "CEIL")],
  ["CEILING", (cursor, name, start) => parseRound(cursor, name, start, "CEIL")],
  ["TIMESTAMPADD", (cursor, _, start) => parseTimestampArithmetic(cursor, start, "TIMESTAMPADD")],
  ["TIMESTAMPDIFF", (cursor, _, start) => parseTimestampArithmetic(cursor, start, "TIMESTAMPDIFF")],
  ["ROW", parseRow],
  ["JSON_EXISTS", (cursor, _, start) => parseJsonCall(cursor, "JSON_EXISTS", start)],
  ["JSON_VALUE", (cursor, _, start) => parseJsonCall(cursor, "JSON_VALUE", start)],
  ["JSON_QUERY", (cursor, _, start) => parseJsonCall(cursor, "JSON_QUERY", start)],
  ["JSON_OBJECT", (cursor, _, start) => parseJsonCall(cursor, "JSON_OBJECT", start)],
  ["JSON_ARRAY", (cursor, _, start) => parseJsonCall(cursor, "JSON_ARRAY", start)],
  ["JSON_OBJECTAGG", (cursor, _, start) => parseJsonCall(cursor, "JSON_OBJECTAGG", start)],
  ["JSON_ARRAYAGG", (cursor, _, start) => parseJsonCall(cursor, "JSON_ARRAYAGG", start)],
]);

/** A function with a syntax of its own, or null where the name at the cursor is an ordinary function's. */
export function parseSpecialForm(cursor: TokenCursor): Expression | null {
  const form = forms.get(cursor.token.keyword);
  if (form === undefined) return null;
  const start = cursor.index;
  const part = takeIdentifier(cursor);
  const name = frozen({ kind: "QualifiedName" as const, span: part.span, parts: [part] });
  cursor.expectSymbol("(");
  return form(cursor, name, start);
}

function parseCast(cursor: TokenCursor, start: number, safe: boolean): Expression {
  const operand = parseExpression(cursor);
  cursor.expect("AS");
  const type = parseTypeName(cursor);
  cursor.expectSymbol(")");
  return frozen({ kind: "CastExpression", span: cursor.spanFrom(start), operand, type, safe });
}

function parseExtract(cursor: TokenCursor, _: QualifiedName, start: number): Expression {
  const unit = parseTimeUnit(cursor);
  cursor.expect("FROM");
  const operand = parseExpression(cursor);
  cursor.expectSymbol(")");
  return frozen({ kind: "ExtractExpression", span: cursor.spanFrom(start), unit, operand });
}

function parsePosition(cursor: TokenCursor, name: QualifiedName, start: number): Expression {
  const parts = [parseExpression(cursor, bindingPower.range + 1)];
  if (!cursor.accept("IN") && !cursor.acceptSymbol(",")) cursor.fail();
  parts.push(parseExpression(cursor));
  if (cursor.accept("FROM")) parts.push(parseExpression(cursor));
  return closeCall(cursor, name, start, parts);
}

function parseSubstring(cursor: TokenCursor, name: QualifiedName, start: number): Expression {
  const parts = [parseExpression(cursor)];
  if (cursor.accept("FROM")) {
    parts.push(parseExpression(cursor));
    if (cursor.accept("FOR")) parts.push(parseExpression(cursor));
  } else {
    while (cursor.acceptSymbol(",")) parts.push(parseExpression(cursor));
  }
  return closeCall(cursor, name, start, parts);
}

function parseOverlay(cursor: TokenCursor, name: QualifiedName, start: number): Expression {
  const parts = [parseExpression(cursor)];
  if (cursor.accept("PLACING")) {
    parts.push(parseExpression(cursor));
    cursor.expect("FROM");
    parts.push(parseExpression(cursor));
    if (cursor.accept("FOR")) parts.push(parseExpression(cursor));
  } else {
    while (cursor.acceptSymbol(",")) parts.push(parseExpression(cursor));
  }
  return closeCall(cursor, name, start, parts);
}

function parseTrim(cursor: TokenCursor, _: QualifiedName, start: number): Expression {
  const { keyword } = cursor.token;
  let side: "BOTH" | "LEADING" | "TRAILING" = "BOTH";
  const hasSide = (keyword === "BOTH" || keyword === "LEADING" || keyword === "TRAILING") && !isColumnBefore(cursor);
  if (hasSide) {
    side = keyword;
    cursor.advance();
  }
  let characters: Expression | null = null;
  let operand: Expression;
  if (hasSide && cursor.accept("FROM")) {
    operand = parseExpression(cursor);
  } else {
    operand = parseExpression(cursor);
    if (cursor.accept("FROM")) {
      characters = operand;
      operand = parseExpression(cursor);
    } else if (hasSide) {
      cursor.fail();
    }
  }
  cursor.expectSymbol(")");
  return frozen({ kind: "TrimExpression", span: cursor.spanFrom(start), side, characters, operand });
}

/** A column named like a side of TRIM: `TRIM(both)`, `TRIM(leading.x)`. */
function isColumnBefore(cursor: TokenCursor): boolean {
  return cursor.isSymbol(")", 1) || cursor.isSymbol(".", 1);
}

function parseRound(cursor: TokenCursor, name: QualifiedName, start: number, direction: "FLOOR" | "CEIL"): Expression {
  const operand = parseExpression(cursor);
  if (!cursor.accept("TO")) {
    const parts = [operand];
    while (cursor.acceptSymbol(",")) parts.push(parseExpression(cursor));
    return closeCall(cursor, name, start, parts);
  }
  const unit = parseTimeUnit(cursor);
  cursor.expectSymbol(")");
  return frozen({ kind: "RoundToUnitExpression", span: cursor.spanFrom(start), direction, operand, unit });
}

function parseTimestampArithmetic(
  cursor: TokenCursor,
  start: number,
  operation: "TIMESTAMPADD" | "TIMESTAMPDIFF",
): Expression {
  const unit = parseTimeUnit(cursor);
  cursor.expectSymbol(",");
  const left = parseExpression(cursor);
  cursor.expectSymbol(",");
  const right = parseExpression(cursor);
  cursor.expectSymbol(")");
  return frozen({ kind: "TimestampArithmetic", span: cursor.spanFrom(start), operation, unit, left, right });
}

function parseRow(cursor: TokenCursor, _: QualifiedName, start: number): Expression {
  const items = cursor.isSymbol(")") ? [] : parseList(cursor, () => parseExpression(cursor));
  cursor.expectSymbol(")");
  return frozen({ kind: "RowConstructor", span: cursor.spanFrom(start), items });
}

function closeCall(cursor: TokenCursor, name: QualifiedName, start: number, parts: Expression[]): Expression {
  cursor.expectSymbol(")");
  return frozen({
    kind: "FunctionCall",
    span: cursor.spanFrom(start),
    name,
    arguments: parts,
    star: false,
    starOf: null,
    bare: false,
    quantifier: null,
    orderBy: [],
    withinGroup: [],
    nullTreatment: null,
    filter: null,
    over: null,
  });
}
