import type { Expression } from "../ast/expression.ts";
import type { Query } from "../ast/query.ts";
import type { Statement } from "../ast/statement.ts";
import type { TypeName } from "../ast/type-name.ts";
import { substituteVariables, type Variables } from "../text/substitute-variables.ts";
import { parseOperators } from "./expression.ts";
import type { Grammar } from "./grammar.ts";
import { parseWholeQuery } from "./query.ts";
import { parseStatement as parseStatementAt } from "./statement.ts";
import { TokenCursor } from "./token-cursor.ts";
import { parseTypeName as parseTypeNameAt } from "./type-name.ts";

const grammar: Grammar = { expression: parseOperators, query: parseWholeQuery };

export interface ParseOptions {
  /** What `${name}` stands for. */
  readonly variables?: Variables;
}

/**
 * The statements of a script, which are separated by semicolons.
 *
 * @throws SqlError at the first mistake
 * @example
 * parseScript("CREATE VIEW v AS SELECT * FROM t; SELECT a FROM v;").map((statement) => statement.kind)
 * // ["CreateView", "QueryStatement"]
 */
export function parseScript(text: string, options: ParseOptions = {}): Statement[] {
  const cursor = new TokenCursor(substituteVariables(text, options.variables), grammar);
  const statements: Statement[] = [];
  for (;;) {
    while (cursor.isSymbol(";")) cursor.advance();
    if (cursor.atEnd) return statements;
    statements.push(parseStatementAt(cursor));
    if (!cursor.atEnd && !cursor.atSymbol(";")) cursor.fail();
  }
}

/** The one statement that a text holds; a semicolon may follow. */
export function parseStatement(text: string, options: ParseOptions = {}): Statement {
  return parseWhole(text, options, (cursor) => {
    const statement = parseStatementAt(cursor);
    while (cursor.isSymbol(";")) cursor.advance();
    return statement;
  });
}

export function parseQuery(text: string, options: ParseOptions = {}): Query {
  return parseWhole(text, options, parseWholeQuery);
}

export function parseExpression(text: string, options: ParseOptions = {}): Expression {
  return parseWhole(text, options, (cursor) => parseOperators(cursor, 0));
}

export function parseTypeName(text: string, options: ParseOptions = {}): TypeName {
  return parseWhole(text, options, parseTypeNameAt);
}

function parseWhole<T>(text: string, options: ParseOptions, parse: (cursor: TokenCursor) => T): T {
  const cursor = new TokenCursor(substituteVariables(text, options.variables), grammar);
  const result = parse(cursor);
  if (!cursor.atEnd) cursor.fail();
  return result;
}
