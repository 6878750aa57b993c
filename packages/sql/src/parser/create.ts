import type { CreateTable } from "../ast/create-table.ts";
import { frozen } from "../ast/frozen.ts";
import type {
  CreateCatalog,
  CreateDatabase,
  CreateFunction,
  CreateView,
  DropStatement,
  Statement,
} from "../ast/statement.ts";
import { parseCreateTable } from "./create-table.ts";
import { parseQuery } from "./grammar.ts";
import { parseOptions } from "./hint.ts";
import { parseString } from "./literal.ts";
import { parseIdentifier, parseIdentifierList, parseQualifiedName } from "./name.ts";
import type { TokenCursor } from "./token-cursor.ts";

const unsupportedObjects = ["MATERIALIZED", "MODEL", "CONNECTION", "SCHEMA", "INDEX", "SEQUENCE"];

export function parseCreate(cursor: TokenCursor): Statement {
  const start = cursor.index;
  cursor.expect("CREATE");
  if (cursor.isWords("OR", "REPLACE", "TABLE")) {
    cursor.acceptWords("OR", "REPLACE", "TABLE");
    return parseCreateTable(cursor, start, false, "CREATE OR REPLACE");
  }
  if (cursor.isWords("OR", "REPLACE")) cursor.unsupported("CREATE OR REPLACE", start);
  const temporary = cursor.accept("TEMPORARY");
  if (cursor.accept("TABLE")) return parseCreateTable(cursor, start, temporary);
  if (cursor.accept("VIEW")) return parseCreateView(cursor, start, temporary);
  const system = temporary && cursor.accept("SYSTEM");
  if (cursor.accept("FUNCTION")) return parseCreateFunction(cursor, start, temporary, system);
  if (!temporary && cursor.accept("DATABASE")) return parseCreateDatabase(cursor, start);
  if (!temporary && cursor.accept("CATALOG")) return parseCreateCatalog(cursor, start);
  rejectUnsupported(cursor, "CREATE", start);
  return cursor.fail();
}

function rejectUnsupported(cursor: TokenCursor, verb: string, start: number): void {
  if (unsupportedObjects.includes(cursor.token.keyword)) {
    const object = cursor.isWord("MATERIALIZED") ? "MATERIALIZED TABLE" : cursor.token.keyword;
    cursor.unsupported(`${verb} ${object}`, start);
  }
}

function parseIfNotExists(cursor: TokenCursor): boolean {
  return cursor.acceptWords("IF", "NOT", "EXISTS");
}

function parseCreateView(cursor: TokenCursor, start: number, temporary: boolean): CreateView {
  const ifNotExists = parseIfNotExists(cursor);
  const name = parseQualifiedName(cursor, "a view name");
  const columns = cursor.atSymbol("(") ? parseIdentifierList(cursor, "a column") : [];
  const comment = cursor.accept("COMMENT") ? parseString(cursor) : null;
  cursor.expect("AS");
  const query = parseQuery(cursor);
  const span = cursor.spanFrom(start);
  return frozen({ kind: "CreateView", span, name, temporary, ifNotExists, columns, comment, query });
}

function parseCreateFunction(cursor: TokenCursor, start: number, temporary: boolean, system: boolean): CreateFunction {
  const ifNotExists = parseIfNotExists(cursor);
  const name = parseQualifiedName(cursor, "a function name");
  const code = parseFunctionCode(cursor);
  const span = cursor.spanFrom(start);
  return frozen({ kind: "CreateFunction", span, name, temporary, system, ifNotExists, ...code });
}

/** `AS 'file.ts#export' LANGUAGE TYPESCRIPT`. */
export function parseFunctionCode(cursor: TokenCursor): Pick<CreateFunction, "implementation" | "language"> {
  cursor.expect("AS");
  const implementation = parseString(cursor);
  const language = cursor.accept("LANGUAGE") ? parseIdentifier(cursor, "a language").name.toUpperCase() : null;
  if (cursor.isWord("USING")) cursor.unsupported("USING JAR");
  return { implementation, language };
}

function parseCreateDatabase(cursor: TokenCursor, start: number): CreateDatabase {
  const ifNotExists = parseIfNotExists(cursor);
  const name = parseQualifiedName(cursor, "a database name");
  const comment = cursor.accept("COMMENT") ? parseString(cursor) : null;
  const options = cursor.accept("WITH") ? parseOptions(cursor) : [];
  return frozen({ kind: "CreateDatabase", span: cursor.spanFrom(start), name, ifNotExists, comment, options });
}

function parseCreateCatalog(cursor: TokenCursor, start: number): CreateCatalog {
  const ifNotExists = parseIfNotExists(cursor);
  const name = parseIdentifier(cursor, "a catalog name");
  const comment = cursor.accept("COMMENT") ? parseString(cursor) : null;
  const options = cursor.accept("WITH") ? parseOptions(cursor) : [];
  return frozen({ kind: "CreateCatalog", span: cursor.spanFrom(start), name, ifNotExists, comment, options });
}

/** `REPLACE TABLE name … AS query`. */
export function parseReplace(cursor: TokenCursor): CreateTable {
  const start = cursor.index;
  cursor.expect("REPLACE", "TABLE");
  return parseCreateTable(cursor, start, false, "REPLACE");
}

export function parseDrop(cursor: TokenCursor): DropStatement {
  const start = cursor.index;
  cursor.expect("DROP");
  const temporary = cursor.accept("TEMPORARY");
  const system = temporary && cursor.accept("SYSTEM");
  rejectUnsupported(cursor, "DROP", start);
  const object = system
    ? cursor.expectOneOf("FUNCTION")
    : temporary
      ? cursor.expectOneOf("TABLE", "VIEW", "FUNCTION")
      : cursor.expectOneOf("TABLE", "VIEW", "FUNCTION", "DATABASE", "CATALOG");
  const ifExists = cursor.acceptWords("IF", "EXISTS");
  const name = parseQualifiedName(cursor, `a ${object.toLowerCase()}`);
  let behavior: DropStatement["behavior"] = null;
  if (object === "DATABASE") {
    behavior = cursor.accept("RESTRICT") ? "RESTRICT" : cursor.accept("CASCADE") ? "CASCADE" : null;
  }
  const span = cursor.spanFrom(start);
  return frozen({ kind: "DropStatement", span, object, name, temporary, system, ifExists, behavior });
}
