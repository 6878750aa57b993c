import { frozen } from "../ast/frozen.ts";
import type { ExplainDetail, ExplainStatement, QueryStatement, Statement } from "../ast/statement.ts";
import { parseAlter } from "./alter.ts";
import { parseCreate, parseDrop, parseReplace } from "./create.ts";
import { parseQuery } from "./grammar.ts";
import { parseInsert, parseStatementSet } from "./insert.ts";
import { parseDescribe, parseReset, parseSet, parseShow, parseUse } from "./session-statement.ts";
import type { TokenCursor } from "./token-cursor.ts";

const parsers: ReadonlyMap<string, (cursor: TokenCursor) => Statement> = new Map<
  string,
  (cursor: TokenCursor) => Statement
>([
  ["SELECT", parseQueryStatement],
  ["INSERT", parseInsert],
  ["CREATE", parseCreate],
  ["EXPLAIN", parseExplain],
  ["SET", parseSet],
  ["WITH", parseQueryStatement],
  ["VALUES", parseQueryStatement],
  ["TABLE", parseQueryStatement],
  ["REPLACE", parseReplace],
  ["DROP", parseDrop],
  ["ALTER", parseAlter],
  ["EXECUTE", parseExecute],
  ["BEGIN", parseStatementSet],
  ["RESET", parseReset],
  ["USE", parseUse],
  ["SHOW", parseShow],
  ["DESCRIBE", parseDescribe],
  ["DESC", parseDescribe],
]);

/** Statements of the dialect, or of its command line, that are refused by name. */
const unsupported: readonly (readonly string[])[] = [
  ["EXECUTE", "PLAN"],
  ["COMPILE", "PLAN"],
  ["COMPILE", "AND", "EXECUTE", "PLAN"],
  ["ANALYZE", "TABLE"],
  ["LOAD", "MODULE"],
  ["UNLOAD", "MODULE"],
  ["TRUNCATE", "TABLE"],
  ["DELETE", "FROM"],
  ["UPDATE"],
  ["CALL"],
  ["MERGE", "INTO"],
  ["UPSERT", "INTO"],
  ["ADD", "JAR"],
  ["REMOVE", "JAR"],
  ["STOP", "JOB"],
  ["BEGIN", "WORK"],
];

export function parseStatement(cursor: TokenCursor): Statement {
  if (cursor.isSymbol("(")) return parseQueryStatement(cursor);
  const refused = unsupported.find((words) => cursor.isWords(...words));
  if (refused !== undefined) cursor.unsupported(refused.join(" "));
  const parse = parsers.get(cursor.token.keyword);
  if (parse !== undefined) return parse(cursor);
  for (const word of parsers.keys()) cursor.wanted(word);
  return cursor.fail();
}

function parseQueryStatement(cursor: TokenCursor): QueryStatement {
  const query = parseQuery(cursor);
  return frozen({ kind: "QueryStatement", span: query.span, query });
}

/** `EXECUTE` in front of a statement set, an INSERT or a query says that it is to be run. */
function parseExecute(cursor: TokenCursor): Statement {
  if (!cursor.isWord("INSERT", 1) && !cursor.isWord("SELECT", 1)) return parseStatementSet(cursor);
  cursor.advance();
  return cursor.isWord("INSERT") ? parseInsert(cursor) : parseQueryStatement(cursor);
}

const explainDetails: readonly ExplainDetail[] = [
  "ESTIMATED_COST",
  "CHANGELOG_MODE",
  "JSON_EXECUTION_PLAN",
  "PLAN_ADVICE",
];

const explainable = "EXPLAIN takes a query, an INSERT, a statement set or a CREATE TABLE … AS";

function parseExplain(cursor: TokenCursor): ExplainStatement {
  const start = cursor.index;
  cursor.expect("EXPLAIN");
  const details: ExplainDetail[] = [];
  const analyze = cursor.accept("ANALYZE");
  if (!analyze && !cursor.acceptWords("PLAN", "FOR")) {
    do {
      const detail = explainDetails.find((name) => cursor.accept(name));
      if (detail !== undefined) details.push(detail);
      else if (details.length > 0) cursor.fail();
      else break;
    } while (cursor.acceptSymbol(","));
  }
  if (cursor.isWord("EXPLAIN")) cursor.reject(explainable, cursor.token);
  const statement = cursor.isWords("STATEMENT", "SET") ? parseStatementSet(cursor) : parseStatement(cursor);
  const { kind } = statement;
  const isPlanned = kind === "QueryStatement" || kind === "InsertStatement" || kind === "StatementSet";
  if (!isPlanned && (kind !== "CreateTable" || statement.query === null)) {
    cursor.rejectSpan(explainable, statement.span);
  }
  return frozen({ kind: "ExplainStatement", span: cursor.spanFrom(start), details, analyze, statement });
}
