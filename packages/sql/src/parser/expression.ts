import type { BinaryOperator, ComparisonOperator, Expression, IsTest } from "../ast/expression.ts";
import { frozen } from "../ast/frozen.ts";
import { parseExpression } from "./grammar.ts";
import { parseList } from "./name.ts";
import { parseParenthesisedQuery, startsQuery } from "./parenthesised-query.ts";
import { bindingPower } from "./precedence.ts";
import { parsePrimary } from "./primary.ts";
import type { TokenCursor } from "./token-cursor.ts";

const comparisons: ReadonlyMap<string, ComparisonOperator> = new Map([
  ["=", "="],
  ["<>", "<>"],
  ["!=", "<>"],
  ["<", "<"],
  ["<=", "<="],
  [">", ">"],
  [">=", ">="],
] satisfies [string, ComparisonOperator][]);

const arithmetic: ReadonlyMap<string, { operator: BinaryOperator; power: number }> = new Map([
  ["+", { operator: "+", power: bindingPower.sum }],
  ["-", { operator: "-", power: bindingPower.sum }],
  ["*", { operator: "*", power: bindingPower.product }],
  ["/", { operator: "/", power: bindingPower.product }],
  ["%", { operator: "%", power: bindingPower.product }],
  ["||", { operator: "||", power: bindingPower.product }],
] satisfies [string, { operator: BinaryOperator; power: number }][]);

/**
 * An expression whose operators all bind at least as tightly as `least` (see precedence.ts): operator-precedence
 * parsing, one loop for all levels.
 */
export function parseOperators(cursor: TokenCursor, least: number): Expression {
  cursor.enter();
  const around = cursor.height;
  cursor.height = 0;
  const start = cursor.index;
  let left = parsePrefixed(cursor);
  let height = cursor.height + 1;
  for (;;) {
    cursor.height = 0;
    const longer = parseInfix(cursor, left, start, least);
    if (longer === null) break;
    left = longer;
    height = Math.max(height, cursor.height) + 1;
    cursor.grown(height, 0);
  }
  cursor.leave();
  cursor.grown(height, around);
  return left;
}

function parsePrefixed(cursor: TokenCursor): Expression {
  const start = cursor.index;
  if (cursor.isWord("NOT")) {
    cursor.advance();
    const operand = parseExpression(cursor, bindingPower.not);
    return frozen({ kind: "UnaryExpression", span: cursor.spanFrom(start), operator: "NOT", operand });
  }
  if (cursor.isSymbol("-") || cursor.isSymbol("+")) {
    const operator = cursor.advance().value as "-" | "+";
    const operand = parseExpression(cursor, bindingPower.sign);
    return frozen({ kind: "UnaryExpression", span: cursor.spanFrom(start), operator, operand });
  }
  return parsePrimary(cursor);
}

/** The expression with one more operator behind it, or null if none follows that binds tightly enough. */
function parseInfix(cursor: TokenCursor, left: Expression, start: number, least: number): Expression | null {
  const token = cursor.token;
  if (token.kind === "symbol") {
    const comparison = comparisons.get(token.value);
    if (comparison !== undefined) {
      if (least > bindingPower.comparison) return null;
      cursor.advance();
      return parseComparison(cursor, left, comparison, start);
    }
    const entry = arithmetic.get(token.value);
    if (entry !== undefined) {
      if (least > entry.power) return null;
      cursor.advance();
      const right = parseExpression(cursor, entry.power + 1);
      return frozen({ kind: "BinaryExpression", span: cursor.spanFrom(start), operator: entry.operator, left, right });
    }
    if (token.value === "::") cursor.reject("'::' is not of this dialect; use CAST(value AS type)", token);
    return null;
  }
  switch (token.keyword) {
    case "AND":
      return least > bindingPower.and ? null : parseChain(cursor, left, "AND", bindingPower.and, start);
    case "OR":
      return least > bindingPower.or ? null : parseChain(cursor, left, "OR", bindingPower.or, start);
    case "IS":
      return least > bindingPower.is ? null : parseIs(cursor, left, start);
    case "OVERLAPS": {
      if (least > bindingPower.comparison) return null;
      cursor.advance();
      const right = parseExpression(cursor, bindingPower.comparison + 1);
      return frozen({ kind: "BinaryExpression", span: cursor.spanFrom(start), operator: "OVERLAPS", left, right });
    }
    case "NOT":
      if (!["BETWEEN", "IN", "LIKE", "SIMILAR"].some((word) => cursor.isWord(word, 1))) return null;
      return least > bindingPower.range ? null : parseRange(cursor, left, start);
    case "BETWEEN":
    case "IN":
    case "LIKE":
    case "SIMILAR":
      return least > bindingPower.range ? null : parseRange(cursor, left, start);
    default:
      return null;
  }
}

function parseChain(
  cursor: TokenCursor,
  left: Expression,
  operator: "AND" | "OR",
  power: number,
  start: number,
): Expression {
  const operands = [left];
  while (cursor.isWord(operator)) {
    cursor.advance();
    operands.push(parseExpression(cursor, power + 1));
  }
  return frozen({ kind: "LogicalExpression", span: cursor.spanFrom(start), operator, operands });
}

function parseComparison(
  cursor: TokenCursor,
  left: Expression,
  operator: ComparisonOperator,
  start: number,
): Expression {
  const { keyword } = cursor.token;
  if ((keyword === "ALL" || keyword === "ANY" || keyword === "SOME") && cursor.isSymbol("(", 1)) {
    cursor.advance();
    const quantifier = keyword === "ALL" ? "ALL" : "ANY";
    const { query, list } = parseQueryOrList(cursor);
    const span = cursor.spanFrom(start);
    return frozen({ kind: "QuantifiedComparison", span, operator, quantifier, left, query, list });
  }
  const right = parseExpression(cursor, bindingPower.comparison + 1);
  return frozen({ kind: "BinaryExpression", span: cursor.spanFrom(start), operator, left, right });
}

function parseQueryOrList(cursor: TokenCursor) {
  if (startsQuery(cursor)) return { query: parseParenthesisedQuery(cursor), list: null };
  cursor.expectSymbol("(");
  const list = parseList(cursor, () => parseExpression(cursor));
  cursor.expectSymbol(")");
  return { query: null, list };
}

function parseRange(cursor: TokenCursor, operand: Expression, start: number): Expression {
  const negated = cursor.isWord("NOT");
  if (negated) cursor.advance();
  const { keyword } = cursor.advance();
  // Bounds and patterns bind tighter than any comparison, so the AND between bounds is never taken for a conjunction.
  const inner = bindingPower.range + 1;
  if (keyword === "IN") {
    const { query, list } = parseQueryOrList(cursor);
    const span = cursor.spanFrom(start);
    if (query !== null) return frozen({ kind: "InQueryPredicate", span, operand, query, negated });
    return frozen({ kind: "InListPredicate", span, operand, list: list as Expression[], negated });
  }
  if (keyword === "BETWEEN") {
    const symmetric = cursor.isWord("SYMMETRIC");
    if (symmetric || cursor.isWord("ASYMMETRIC")) cursor.advance();
    const low = parseExpression(cursor, inner);
    cursor.expect("AND");
    const high = parseExpression(cursor, inner);
    return frozen({ kind: "BetweenPredicate", span: cursor.spanFrom(start), operand, low, high, symmetric, negated });
  }
  if (keyword === "SIMILAR") cursor.expect("TO");
  const operator = keyword === "LIKE" ? "LIKE" : "SIMILAR TO";
  const pattern = parseExpression(cursor, inner);
  let escapeCharacter: Expression | null = null;
  if (cursor.isWord("ESCAPE")) {
    cursor.advance();
    escapeCharacter = parseExpression(cursor, inner);
  }
  return frozen({
    kind: "LikePredicate",
    span: cursor.spanFrom(start),
    operator,
    operand,
    pattern,
    escape: escapeCharacter,
    negated,
  });
}

function parseIs(cursor: TokenCursor, operand: Expression, start: number): Expression {
  cursor.advance();
  const negated = cursor.accept("NOT");
  if (cursor.acceptWords("DISTINCT", "FROM")) {
    const right = parseExpression(cursor, bindingPower.comparison + 1);
    return frozen({ kind: "DistinctPredicate", span: cursor.spanFrom(start), left: operand, right, negated });
  }
  let test: IsTest = cursor.expectOneOf("NULL", "TRUE", "FALSE", "UNKNOWN", "JSON");
  if (test === "JSON") {
    const { keyword } = cursor.token;
    if (keyword === "VALUE" || keyword === "OBJECT" || keyword === "ARRAY" || keyword === "SCALAR") {
      cursor.advance();
      if (keyword !== "VALUE") test = `JSON ${keyword}`;
    }
  }
  return frozen({ kind: "IsPredicate", span: cursor.spanFrom(start), operand, test, negated });
}
