import type { Expression, MapEntry } from "../ast/expression.ts";
import { frozen } from "../ast/frozen.ts";
import type { Identifier } from "../ast/identifier.ts";
import { reservedWords } from "../lexer/reserved-words.ts";
import { parseCall } from "./function-call.ts";
import { parseExpression } from "./grammar.ts";
import { parseIntervalLiteral, parseTemporalLiteral, takeBoolean, takeNumber } from "./literal.ts";
import { parseIdentifier, parseList, takeIdentifier } from "./name.ts";
import { parseParenthesisedQuery, startsQuery } from "./parenthesised-query.ts";
import { parseSpecialForm } from "./special-form.ts";
import type { TokenCursor } from "./token-cursor.ts";

/** Functions that are written without parentheses. */
const bareFunctions = new Set([
  "CURRENT_CATALOG",
  "CURRENT_DATE",
  "CURRENT_TIME",
  "CURRENT_TIMESTAMP",
  "CURRENT_USER",
  "LOCALTIME",
  "LOCALTIMESTAMP",
  "SESSION_USER",
  "SYSTEM_USER",
]);

/** Reserved words that are functions when a parenthesis follows. */
const reservedFunctions = new Set(["LEFT", "RIGHT"]);

/** Reserved words that people do call their columns by. */
const likelyNames = new Set("ALL BY CROSS END FULL GROUP LEFT LIMIT NATURAL ORDER OUTER RIGHT TABLE VALUES".split(" "));

/** An operand: a literal, a name, a call, something in parentheses; with `[index]` and `.field` behind it. */
export function parsePrimary(cursor: TokenCursor): Expression {
  const start = cursor.index;
  let operand = parseOperand(cursor);
  for (;;) {
    if (cursor.isSymbol("[")) {
      cursor.advance();
      const index = parseExpression(cursor);
      cursor.expectSymbol("]");
      operand = frozen({ kind: "ElementAccess", span: cursor.spanFrom(start), operand, index });
    } else if (cursor.isSymbol(".")) {
      cursor.advance();
      const field = parseIdentifier(cursor, "a field name");
      operand = frozen({ kind: "FieldAccess", span: cursor.spanFrom(start), operand, field });
    } else {
      return operand;
    }
    cursor.grown(cursor.height + 1, 0);
  }
}

function parseOperand(cursor: TokenCursor): Expression {
  const token = cursor.token;
  switch (token.kind) {
    case "number":
      return takeNumber(cursor);
    case "string":
      cursor.advance();
      return frozen({ kind: "StringLiteral", span: cursor.spanOf(token), value: token.value });
    case "binary":
      cursor.advance();
      return frozen({ kind: "BinaryLiteral", span: cursor.spanOf(token), hex: token.value });
    case "quoted":
      return parseNamed(cursor);
    case "word":
      return parseWord(cursor);
    default:
      if (cursor.isSymbol("(")) return parseParenthesised(cursor);
      cursor.wanted("an expression");
      return cursor.fail();
  }
}

function parseWord(cursor: TokenCursor): Expression {
  const token = cursor.token;
  const { keyword } = token;
  switch (keyword) {
    case "NULL":
      cursor.advance();
      return frozen({ kind: "NullLiteral", span: cursor.spanOf(token) });
    case "TRUE":
    case "FALSE":
    case "UNKNOWN":
      return takeBoolean(cursor);
    case "DATE":
    case "TIME":
    case "TIMESTAMP":
      return parseTemporalLiteral(cursor) ?? parseNamed(cursor);
    case "INTERVAL":
      return parseIntervalLiteral(cursor) ?? parseNamed(cursor);
    case "CASE":
      return parseCase(cursor);
    case "EXISTS":
      return parseExists(cursor);
    case "ARRAY":
    case "MAP":
      if (cursor.isSymbol("[", 1)) return parseCollection(cursor, keyword);
      if (cursor.isSymbol("(", 1) && startsQuery(cursor, 1)) cursor.unsupported(`${keyword}(query)`);
      return parseNamed(cursor);
    case "MULTISET":
      if (cursor.isSymbol("[", 1)) cursor.unsupported("MULTISET[…]");
      return parseNamed(cursor);
    case "RUNNING":
    case "FINAL":
      if (cursor.isName(1)) return parseMatchSemantics(cursor, keyword);
      return parseNamed(cursor);
  }
  if (bareFunctions.has(keyword) && !cursor.isSymbol("(", 1)) return takeBareCall(cursor);
  if (cursor.isSymbol("(", 1)) return parseSpecialForm(cursor) ?? parseNamed(cursor);
  return parseNamed(cursor);
}

/** A column or a call, both with a dotted name. */
function parseNamed(cursor: TokenCursor): Expression {
  const start = cursor.index;
  const { keyword } = cursor.token;
  const parts: Identifier[] = [];
  if (reservedFunctions.has(keyword) && cursor.isSymbol("(", 1)) {
    parts.push(takeIdentifier(cursor));
  } else {
    if (reservedWords.has(keyword)) {
      cursor.wanted("an expression");
      const isLikelyName = likelyNames.has(keyword) && !cursor.isWord("BY", 1);
      cursor.fail(isLikelyName ? `unexpected keyword ${keyword}; as a name it goes in back quotes` : undefined);
    }
    parts.push(takeIdentifier(cursor));
    while (cursor.isSymbol(".") && !cursor.isSymbol("*", 1)) {
      cursor.advance();
      parts.push(parseIdentifier(cursor));
    }
  }
  if (cursor.isSymbol("(")) {
    const name = frozen({ kind: "QualifiedName" as const, span: cursor.spanFrom(start), parts });
    return parseCall(cursor, name, start);
  }
  return frozen({ kind: "ColumnReference", span: cursor.spanFrom(start), parts });
}

function takeBareCall(cursor: TokenCursor): Expression {
  const part = takeIdentifier(cursor);
  return frozen({
    kind: "FunctionCall",
    span: part.span,
    name: frozen({ kind: "QualifiedName", span: part.span, parts: [part] }),
    arguments: [],
    star: false,
    starOf: null,
    bare: true,
    quantifier: null,
    orderBy: [],
    withinGroup: [],
    nullTreatment: null,
    filter: null,
    over: null,
  });
}

function parseMatchSemantics(cursor: TokenCursor, semantics: "RUNNING" | "FINAL"): Expression {
  // `final` followed by a name could only be an alias, which is no expression: this is decided by the parenthesis.
  if (!cursor.isSymbol("(", 2)) return parseNamed(cursor);
  const start = cursor.index;
  cursor.advance();
  const operand = parseNamed(cursor);
  return frozen({ kind: "MatchSemantics", span: cursor.spanFrom(start), semantics, operand });
}

/** `(expression)`, `(a, b)`, `(query)`. */
function parseParenthesised(cursor: TokenCursor): Expression {
  const start = cursor.index;
  if (startsQuery(cursor)) {
    const query = parseParenthesisedQuery(cursor);
    return frozen({ kind: "ScalarSubquery", span: cursor.spanFrom(start), query });
  }
  cursor.advance();
  const items = parseList(cursor, () => parseExpression(cursor));
  cursor.expectSymbol(")");
  if (items.length === 1) return items[0] as Expression;
  return frozen({ kind: "RowConstructor", span: cursor.spanFrom(start), items });
}

function parseExists(cursor: TokenCursor): Expression {
  const start = cursor.index;
  cursor.advance();
  if (!startsQuery(cursor)) {
    cursor.wanted("a query in parentheses");
    cursor.fail();
  }
  const query = parseParenthesisedQuery(cursor);
  return frozen({ kind: "ExistsPredicate", span: cursor.spanFrom(start), query });
}

function parseCase(cursor: TokenCursor): Expression {
  const start = cursor.index;
  cursor.advance();
  const operand = cursor.atWord("WHEN") ? null : parseExpression(cursor);
  const branches = [];
  do {
    const branchStart = cursor.index;
    cursor.expect("WHEN");
    // `WHEN a, b THEN x` is `WHEN a THEN x WHEN b THEN x`.
    const values = operand === null ? [parseExpression(cursor)] : parseList(cursor, () => parseExpression(cursor));
    cursor.expect("THEN");
    const result = parseExpression(cursor);
    const span = cursor.spanFrom(branchStart);
    for (const when of values) branches.push(frozen({ kind: "CaseBranch" as const, span, when, result }));
  } while (cursor.atWord("WHEN"));
  const otherwise = cursor.accept("ELSE") ? parseExpression(cursor) : null;
  cursor.expect("END");
  return frozen({ kind: "CaseExpression", span: cursor.spanFrom(start), operand, branches, otherwise });
}

function parseCollection(cursor: TokenCursor, keyword: "ARRAY" | "MAP"): Expression {
  const start = cursor.index;
  cursor.advance();
  cursor.advance();
  const items: Expression[] = [];
  const entries: MapEntry[] = [];
  if (!cursor.isSymbol("]")) {
    do {
      const entryStart = cursor.index;
      const first = parseExpression(cursor);
      if (keyword === "ARRAY") {
        items.push(first);
      } else {
        cursor.expectSymbol(",");
        const value = parseExpression(cursor);
        entries.push(frozen({ kind: "MapEntry", span: cursor.spanFrom(entryStart), key: first, value }));
      }
    } while (cursor.acceptSymbol(","));
  }
  cursor.expectSymbol("]");
  const span = cursor.spanFrom(start);
  if (keyword === "ARRAY") return frozen({ kind: "ArrayConstructor", span, items });
  return frozen({ kind: "MapConstructor", span, entries });
}
