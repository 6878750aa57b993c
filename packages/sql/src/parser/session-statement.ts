import { frozen } from "../ast/frozen.ts";
import type { QualifiedName } from "../ast/identifier.ts";
import type { StringLiteral } from "../ast/literal.ts";
import type {
  DescribeStatement,
  ResetStatement,
  SetStatement,
  ShowObject,
  ShowStatement,
  UseStatement,
} from "../ast/statement.ts";
import { parseString } from "./literal.ts";
import { parseQualifiedName } from "./name.ts";
import type { TokenCursor } from "./token-cursor.ts";

/** `SET`, `SET 'key' = 'value'`, `SET key = value` (up to the semicolon). */
export function parseSet(cursor: TokenCursor): SetStatement {
  const start = cursor.index;
  cursor.expect("SET");
  let key: StringLiteral | null = null;
  let value: StringLiteral | null = null;
  if (!cursor.atEnd && !cursor.isSymbol(";")) {
    key = parseSettingKey(cursor);
    cursor.expectSymbol("=");
    value = cursor.token.kind === "string" ? parseString(cursor) : parseRaw(cursor, () => false, "a value");
  }
  return frozen({ kind: "SetStatement", span: cursor.spanFrom(start), key, value });
}

export function parseReset(cursor: TokenCursor): ResetStatement {
  const start = cursor.index;
  cursor.expect("RESET");
  const key = cursor.atEnd || cursor.isSymbol(";") ? null : parseSettingKey(cursor);
  return frozen({ kind: "ResetStatement", span: cursor.spanFrom(start), key });
}

function parseSettingKey(cursor: TokenCursor): StringLiteral {
  if (cursor.token.kind === "string") return parseString(cursor);
  return parseRaw(cursor, () => cursor.isSymbol("="), "a key such as 'table.exec.state.ttl'");
}

/** The text as it stands, up to a semicolon, the end, or where `isOver`. */
function parseRaw(cursor: TokenCursor, isOver: () => boolean, what: string): StringLiteral {
  const start = cursor.index;
  const from = cursor.token.start;
  let to = from;
  while (!cursor.atEnd && cursor.token.kind !== "invalid" && !cursor.isSymbol(";") && !isOver()) {
    to = cursor.advance().end;
  }
  if (to === from) {
    cursor.wanted(what);
    cursor.fail();
  }
  return frozen({ kind: "StringLiteral", span: cursor.spanFrom(start), value: cursor.source.text.slice(from, to) });
}

export function parseUse(cursor: TokenCursor): UseStatement {
  const start = cursor.index;
  cursor.expect("USE");
  if (cursor.isWord("MODULES")) cursor.unsupported("USE MODULES", start);
  const object = cursor.isWord("CATALOG") && cursor.isName(1) ? "CATALOG" : "DATABASE";
  if (object === "CATALOG") cursor.advance();
  const name = parseQualifiedName(cursor, "a database");
  return frozen({ kind: "UseStatement", span: cursor.spanFrom(start), object, name });
}

const unsupportedShows = ["PARTITIONS", "MODULES", "FULL", "JARS", "PROCEDURES", "MODELS", "CONNECTIONS"];

export function parseShow(cursor: TokenCursor): ShowStatement {
  const start = cursor.index;
  cursor.expect("SHOW");
  for (const word of unsupportedShows) if (cursor.isWord(word)) cursor.unsupported(`SHOW ${word}`, start);
  const object = parseShowObject(cursor);
  let name: QualifiedName | null = null;
  if (object === "CREATE TABLE" || object === "CREATE VIEW") {
    name = parseQualifiedName(cursor, "a table or view");
  } else if (object.startsWith("CREATE ")) {
    name = parseQualifiedName(cursor, `a ${object.slice(7).toLowerCase()}`);
  } else if (object === "COLUMNS") {
    cursor.expectOneOf("FROM", "IN");
    name = parseQualifiedName(cursor, "a table");
  } else if (["TABLES", "VIEWS", "FUNCTIONS", "USER FUNCTIONS", "DATABASES"].includes(object)) {
    const what = object === "DATABASES" ? "a catalog" : "a database";
    if (cursor.accept("FROM") || cursor.accept("IN")) name = parseQualifiedName(cursor, what);
  }
  let like: StringLiteral | null = null;
  let notLike = false;
  let ignoreCase = false;
  if (!object.includes(" ") || object === "USER FUNCTIONS") {
    notLike = cursor.isWords("NOT", "LIKE") || cursor.isWords("NOT", "ILIKE");
    if (notLike) cursor.advance();
    ignoreCase = cursor.accept("ILIKE");
    if (ignoreCase || cursor.accept("LIKE")) like = parseString(cursor);
  }
  return frozen({ kind: "ShowStatement", span: cursor.spanFrom(start), object, name, like, notLike, ignoreCase });
}

function parseShowObject(cursor: TokenCursor): ShowObject {
  const object = cursor.expectOneOf(
    "TABLES",
    "VIEWS",
    "FUNCTIONS",
    "DATABASES",
    "CATALOGS",
    "JOBS",
    "COLUMNS",
    "USER",
    "CURRENT",
    "CREATE",
  );
  if (object === "USER") return `USER ${cursor.expectOneOf("FUNCTIONS")}`;
  if (object === "CURRENT") return `CURRENT ${cursor.expectOneOf("DATABASE", "CATALOG")}`;
  if (object === "CREATE") return `CREATE ${cursor.expectOneOf("TABLE", "VIEW", "FUNCTION", "DATABASE", "CATALOG")}`;
  return object;
}

export function parseDescribe(cursor: TokenCursor): DescribeStatement {
  const start = cursor.index;
  cursor.expectOneOf("DESCRIBE", "DESC");
  for (const object of ["JOB", "MODEL"]) {
    if (
      cursor.isWord(object) &&
      cursor.peek(1).kind !== "end" &&
      (cursor.isName(1) || cursor.peek(1).kind === "string")
    ) {
      cursor.unsupported(`DESCRIBE ${object}`, start);
    }
  }
  const objects = ["FUNCTION", "DATABASE", "CATALOG"] as const;
  const object = objects.find((each) => cursor.isWord(each) && cursor.isName(1)) ?? "TABLE";
  if (object !== "TABLE") cursor.advance();
  const extended = cursor.isWord("EXTENDED") && cursor.isName(1);
  if (extended) cursor.advance();
  const name = parseQualifiedName(cursor, `a ${object.toLowerCase()}`);
  return frozen({ kind: "DescribeStatement", span: cursor.spanFrom(start), object, name, extended });
}
