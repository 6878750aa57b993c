import type { Expression } from "../ast/expression.ts";
import { frozen } from "../ast/frozen.ts";
import type { JsonBehavior, JsonEntry, JsonFunctionCall, JsonFunctionName } from "../ast/function-call.ts";
import { parseFilter } from "./function-call.ts";
import { parseExpression } from "./grammar.ts";
import { parseList } from "./name.ts";
import type { TokenCursor } from "./token-cursor.ts";
import { parseTypeName } from "./type-name.ts";

type Clauses = Pick<JsonFunctionCall, "returning" | "wrapper" | "onEmpty" | "onError" | "onNull">;

/** A JSON function behind its opening parenthesis. */
export function parseJsonCall(cursor: TokenCursor, name: JsonFunctionName, start: number): JsonFunctionCall {
  let items: Expression[] = [];
  let entries: JsonEntry[] = [];
  const isObject = name === "JSON_OBJECT" || name === "JSON_OBJECTAGG";
  const isArray = name === "JSON_ARRAY" || name === "JSON_ARRAYAGG";
  const isEmpty = (isObject || isArray) && (cursor.isSymbol(")") || startsNullClause(cursor));
  if (!isEmpty) {
    if (isObject) entries = parseList(cursor, () => parseEntry(cursor));
    else if (isArray) items = parseList(cursor, () => parseExpression(cursor));
    else items = parseDocumentAndPath(cursor);
  }
  const clauses = isObject || isArray ? parseNullClause(cursor) : parsePathClauses(cursor, name);
  cursor.expectSymbol(")");
  const filter = cursor.isWord("FILTER") && cursor.isSymbol("(", 1) ? parseFilter(cursor) : null;
  const span = cursor.spanFrom(start);
  return frozen({ kind: "JsonFunctionCall", span, name, arguments: items, entries, ...clauses, filter });
}

function parseDocumentAndPath(cursor: TokenCursor): Expression[] {
  const document = parseExpression(cursor);
  cursor.expectSymbol(",");
  return [document, parseExpression(cursor)];
}

/** `[KEY] key VALUE value` or `key : value`. */
function parseEntry(cursor: TokenCursor): JsonEntry {
  const start = cursor.index;
  if (cursor.isWord("KEY") && !cursor.isSymbol(":", 1) && !cursor.isWord("VALUE", 1)) cursor.advance();
  const key = parseExpression(cursor);
  if (!cursor.accept("VALUE") && !cursor.acceptSymbol(":")) cursor.fail();
  const value = parseExpression(cursor);
  return frozen({ kind: "JsonEntry", span: cursor.spanFrom(start), key, value });
}

function startsNullClause(cursor: TokenCursor): boolean {
  return cursor.isWords("NULL", "ON", "NULL") || cursor.isWords("ABSENT", "ON", "NULL");
}

function parseNullClause(cursor: TokenCursor): Clauses {
  const onNull = cursor.acceptWords("NULL", "ON", "NULL")
    ? "NULL"
    : cursor.acceptWords("ABSENT", "ON", "NULL")
      ? "ABSENT"
      : null;
  return { returning: null, wrapper: null, onEmpty: null, onError: null, onNull };
}

function parsePathClauses(cursor: TokenCursor, name: JsonFunctionName): Clauses {
  const returning = name !== "JSON_EXISTS" && cursor.accept("RETURNING") ? parseTypeName(cursor) : null;
  const wrapper = name === "JSON_QUERY" ? parseWrapper(cursor) : null;
  let onEmpty: JsonBehavior | null = null;
  let onError: JsonBehavior | null = null;
  while (onError === null && !cursor.atSymbol(")")) {
    const behavior = parseBehavior(cursor, name);
    cursor.expect("ON");
    const event =
      onEmpty === null && name !== "JSON_EXISTS" ? cursor.expectOneOf("EMPTY", "ERROR") : cursor.expectOneOf("ERROR");
    if (event === "EMPTY") onEmpty = behavior;
    else onError = behavior;
  }
  return { returning, wrapper, onEmpty, onError, onNull: null };
}

function parseWrapper(cursor: TokenCursor): JsonFunctionCall["wrapper"] {
  let wrapper: JsonFunctionCall["wrapper"] = null;
  if (cursor.accept("WITHOUT")) {
    wrapper = "WITHOUT";
    if (cursor.isWord("ARRAY")) cursor.advance();
  } else if (cursor.accept("WITH")) {
    wrapper = "UNCONDITIONAL";
    if (cursor.isWord("CONDITIONAL") || cursor.isWord("UNCONDITIONAL")) {
      wrapper = cursor.advance().keyword as "CONDITIONAL" | "UNCONDITIONAL";
    }
    if (cursor.isWord("ARRAY")) cursor.advance();
  } else {
    return null;
  }
  cursor.expect("WRAPPER");
  return wrapper;
}

function parseBehavior(cursor: TokenCursor, name: JsonFunctionName): JsonBehavior {
  const start = cursor.index;
  let action: JsonBehavior["action"];
  let value: Expression | null = null;
  if (name === "JSON_EXISTS") {
    action = cursor.expectOneOf("TRUE", "FALSE", "UNKNOWN", "ERROR");
  } else if (name === "JSON_VALUE") {
    action = cursor.expectOneOf("NULL", "ERROR", "DEFAULT");
    if (action === "DEFAULT") value = parseExpression(cursor);
  } else {
    const chosen = cursor.expectOneOf("NULL", "ERROR", "EMPTY");
    action = chosen === "EMPTY" ? `EMPTY ${cursor.expectOneOf("ARRAY", "OBJECT")}` : chosen;
  }
  return frozen({ kind: "JsonBehavior", span: cursor.spanFrom(start), action, default: value });
}
