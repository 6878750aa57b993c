// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of SQL look like that
import { describe, expect, test } from "vitest";
import { formatSqlError } from "../text/format-sql-error.ts";
import { SqlError } from "../text/sql-error.ts";
import { type ParseOptions, parseExpression, type parseQuery, parseScript } from "./parse.ts";

function errorOf(
  text: string,
  options: ParseOptions = {},
  parse: typeof parseScript | typeof parseQuery = parseScript,
) {
  try {
    parse(text, options);
  } catch (error) {
    if (error instanceof SqlError) return error;
    throw error;
  }
  throw new Error(`no error in ${text}`);
}

const shown = (text: string, options: ParseOptions = {}): string =>
  formatSqlError(errorOf(text, options), text, "q.sql");

describe("the whole message", () => {
  test("a misspelled keyword that was taken for an alias", () => {
    expect(shown("SELECT a\nFORM t")).toBe("q.sql:2:1: unexpected 'FORM'\n  FORM t\n  ^^^^\ndid you mean FROM?");
  });

  test("what was expected", () => {
    expect(shown("SELECT (1 + 2\nFROM t")).toBe(
      "q.sql:2:1: unexpected keyword FROM\n  FROM t\n  ^^^^\nexpected ',' or ')'",
    );
  });

  test("tabs stay tabs and a surrogate pair is one caret column", () => {
    expect(shown("SELECT\t'😀' ,\t)")).toBe(
      "q.sql:1:15: unexpected ')'\n  SELECT\t'😀' ,\t)\n  " + "      \t     \t^\nexpected an expression",
    );
  });

  test("without a file name, and on an empty line", () => {
    const text = "SELECT\n\n";
    expect(formatSqlError(errorOf(text), text)).toBe("3:1: unexpected end of the text\nexpected an expression");
  });
});

describe("place and hint", () => {
  test.each([
    // [text, line, column, marked text, message, did you mean]
    ["SELCT 1", 1, 1, "SELCT", "unexpected 'SELCT'", "SELECT"],
    ["CREATE TABEL t (a INT)", 1, 8, "TABEL", "unexpected 'TABEL'", "TABLE"],
    ["INSERT INOT t SELECT 1", 1, 8, "INOT", "unexpected 'INOT'", "INTO"],
    ["SELECT a FROM t WERE x = 1", 1, 17, "WERE", "unexpected 'WERE'", "WHERE"],
    ["SELECT a FROM t GRUOP BY a", 1, 17, "GRUOP", "unexpected 'GRUOP'", "GROUP"],
    ["SELECT a FROM t WHERE a BETWEN 1 AND 2", 1, 25, "BETWEN", "unexpected 'BETWEN'", "BETWEEN"],
    ["SELECT CAST(a AS BIGNIT)", 1, 18, "BIGNIT", "unknown type BIGNIT", "BIGINT"],
    ["CREATE TABLE t (\n  a INT,\n  b STRNG\n)", 3, 5, "STRNG", "unknown type STRNG", "STRING"],
    ["SELECT order FROM t", 1, 8, "order", "unexpected keyword ORDER; as a name it goes in back quotes", null],
    ["CREATE TABLE t (group INT)", 1, 17, "group", "unexpected keyword GROUP; as a name it goes in back quotes", null],
    ["SELECT 1;\nSELECT 'abc", 2, 8, "'", "this string has no closing '", null],
    ["SELECT `abc", 1, 8, "`", "this name has no closing `", null],
    ["SELECT ``", 1, 8, "``", "a name in back quotes cannot be empty", null],
    ["SELECT 1 /* x", 1, 10, "/*", "this comment has no end", null],
    ['SELECT "a"', 1, 8, '"', "strings go in single quotes '…', names in back quotes `…`", null],
    ["SELECT 1 \u0000", 1, 10, "\u0000", "unexpected character U+0000", null],
    ["SELECT x'abc'", 1, 8, "x'abc'", "a binary literal x'…' holds an even number of hexadecimal digits", null],
    ["SELECT U&'\\12'", 1, 8, "U&'\\12'", "an escape in U&'…' is \\XXXX, \\+XXXXXX or \\\\", null],
    ["SELECT a::INT FROM t", 1, 9, "::", "'::' is not of this dialect; use CAST(value AS type)", null],
    ["SELECT EXTRACT(HUOR FROM a)", 1, 16, "HUOR", "unexpected 'HUOR'", "HOUR"],
    ["SELECT INTERVAL '1' DAYZ", 1, 21, "DAYZ", "unexpected 'DAYZ'", "DAY"],
    ["SELECT * FROM a JOIN b", 1, 23, "", "unexpected end of the text", null],
    [
      "CREATE TABLE t (a CHAR(99999999999))",
      1,
      24,
      "99999999999",
      "99999999999 is too large for a number: at most 2147483647",
      null,
    ],
    [
      "CREATE TABLE t (a INT, PRIMARY KEY (a))",
      1,
      39,
      ")",
      "a primary key is not checked and says so: PRIMARY KEY … NOT ENFORCED",
      null,
    ],
    [
      "CREATE TABLE t (a INT PRIMARY KEY NOT ENFORCED, PRIMARY KEY (a) NOT ENFORCED)",
      1,
      49,
      "PRIMARY",
      "a table has one primary key, this is the second",
      null,
    ],
    [
      "EXPLAIN DROP TABLE t",
      1,
      9,
      "DROP TABLE t",
      "EXPLAIN takes a query, an INSERT, a statement set or a CREATE TABLE … AS",
      null,
    ],
    [
      "EXPLAIN EXPLAIN SELECT 1",
      1,
      9,
      "EXPLAIN",
      "EXPLAIN takes a query, an INSERT, a statement set or a CREATE TABLE … AS",
      null,
    ],
    // A short alias is one, and what follows it is the mistake.
    ["SELECT * FROM a JOIN b o", 1, 25, "", "unexpected end of the text", null],
    ["SELECT CAST(a INT)", 1, 15, "INT", "unexpected 'INT'", null],
    // An earlier mistake of grammar is reported before a later one of spelling.
    ["SELECT FROM t WHERE a = 'x", 1, 8, "FROM", "unexpected keyword FROM", null],
  ])("%j", (text, line, column, marked, message, suggestion) => {
    const error = errorOf(text);
    expect(error.code).toBe("SQL_PARSE");
    expect({ line: error.line, column: error.column, message: error.message, suggestion: error.suggestion }).toEqual({
      line,
      column,
      message,
      suggestion,
    });
    expect(text.slice(error.span.start, error.span.end)).toBe(marked);
  });
});

test.each([
  ["SELECT * FROM t TABLESAMPLE BERNOULLI (1)", "TABLESAMPLE"],
  ["WITH RECURSIVE c AS (SELECT 1) SELECT * FROM c", "WITH RECURSIVE"],
  ["CREATE OR REPLACE VIEW t AS SELECT 1", "CREATE OR REPLACE"],
  ["CREATE MATERIALIZED TABLE t AS SELECT 1", "CREATE MATERIALIZED TABLE"],
  ["CREATE TABLE t (a RAW('x', 'y'))", "type RAW"],
  ["CREATE TABLE t (a INT UNIQUE)", "UNIQUE"],
  ["DELETE FROM t", "DELETE FROM"],
  ["UPDATE t SET a = 1", "UPDATE"],
  ["SHOW MODULES", "SHOW MODULES"],
  ["SELECT * FROM a LEFT SEMI JOIN b ON TRUE", "LEFT SEMI JOIN"],
])("%s is refused by name", (text, what) => {
  const error = errorOf(text);
  expect(error.code).toBe("SQL_UNSUPPORTED");
  expect(error.message).toBe(`${what} is not supported yet`);
});

describe("variables", () => {
  test("fill literals, names and plain text; quotes in a value stay content", () => {
    const text = "SELECT '${a}', `${a}`, ${n} -- ${unknown}\n/* ${unknown} */";
    const [statement] = parseScript(text, { variables: { a: "it's `x`", n: "1 + 2" } });
    expect(JSON.stringify(statement)).toContain(`"value":"it's \`x\`"`);
    expect(JSON.stringify(statement)).toContain(`"name":"it's \`x\`"`);
    expect(JSON.stringify(statement)).toContain('"operator":"+"');
  });

  test("`$${` is a plain `${`", () => {
    const text = "SELECT '$${a}'";
    expect(JSON.stringify(parseScript(text))).toContain('"value":"${a}"');
  });

  test("places are those of the text as written", () => {
    const text = "SELECT '${a}',\n  ${n} FROM FROM t";
    const error = errorOf(text, { variables: { a: "one\ntwo\nthree", n: "1\n+\n2" } });
    expect([error.line, error.column]).toEqual([2, 13]);
  });

  test("a mistake inside a value points at the variable", () => {
    const text = "SELECT a,\n  ${n} FROM t";
    const error = errorOf(text, { variables: { n: "1 + )" } });
    expect([error.line, error.column, text.slice(error.span.start, error.span.end)]).toEqual([2, 3, "${n}"]);
  });

  test("an unknown one is an error at its place", () => {
    const error = errorOf("SELECT\n '${pth}'", { variables: { path: "x" } });
    expect(error.message).toBe("variable pth has no value; set it with --var pth=VALUE");
    expect([error.line, error.column, error.suggestion]).toEqual([2, 3, "path"]);
  });
});

describe("bounds", () => {
  const deep = 10_000;
  test.each([
    ["parentheses", `SELECT ${"(".repeat(deep)}1${")".repeat(deep)}`],
    ["calls", `SELECT ${"f(".repeat(deep)}1${")".repeat(deep)}`],
    ["signs", `SELECT ${"- ".repeat(deep)}1`],
    ["NOT", `SELECT ${"NOT ".repeat(deep)}a`],
    ["sub-queries", `${"SELECT (".repeat(deep)}1${")".repeat(deep)}`],
    ["tables", `SELECT * FROM ${"(SELECT * FROM ".repeat(deep)}t${")".repeat(deep)}`],
    ["joins in parentheses", `SELECT * FROM ${"(".repeat(deep)}t${")".repeat(deep)}`],
    ["queries in parentheses", `${"(".repeat(deep)}SELECT 1${")".repeat(deep)}`],
    ["types", `SELECT CAST(a AS ${"ARRAY<".repeat(deep)}INT${">".repeat(deep)})`],
    ["CASE", `SELECT ${"CASE WHEN a THEN ".repeat(deep)}1${" END".repeat(deep)}`],
    ["element access", `SELECT a${"[a".repeat(deep)}${"]".repeat(deep)}`],
    ["patterns", `SELECT * FROM t MATCH_RECOGNIZE (PATTERN (${"(".repeat(deep)}A${")".repeat(deep)}) DEFINE A AS a)`],
    ["grouping sets", `SELECT 1 FROM t GROUP BY ${"GROUPING SETS (".repeat(deep)}a${")".repeat(deep)}`],
    ["windows", `SELECT ${"f() OVER (PARTITION BY ".repeat(deep)}a${")".repeat(deep)}`],
  ])("deeply nested %s are an error, not a stack overflow", (_, text) => {
    expect(errorOf(text).message).toBe("nested too deeply: more than 200 levels");
  });

  test.each([
    ["operators", `SELECT ${"a + ".repeat(deep)}a`],
    ["indexes", `SELECT a${"[1]".repeat(deep)}`],
    ["joins", `SELECT * FROM t${" CROSS JOIN t".repeat(deep)}`],
    ["unions", `SELECT 1${" UNION ALL SELECT 1".repeat(deep)}`],
    ["array types", `SELECT CAST(a AS INT${" ARRAY".repeat(deep)})`],
    ["explained joins", `EXPLAIN SELECT * FROM t${", t".repeat(deep)}`],
  ])("a chain of %s that makes too high a tree is an error", (_, text) => {
    expect(errorOf(text).message).toBe("too long a chain: more than 500 operators in a row");
  });

  test("long lists and conjunctions are flat and have no bound", () => {
    const many = Array.from({ length: deep }, (_, index) => `a = ${index}`);
    expect(parseExpression(many.join(" OR "))).toMatchObject({ kind: "LogicalExpression", operator: "OR" });
    const queries = Array.from({ length: 1_000 }, () => "(SELECT 1)");
    expect(parseScript(`SELECT f(${queries.join(", ")}); ${"SELECT (SELECT 1) FROM t;".repeat(1_000)}`)).toHaveLength(
      1_001,
    );
    expect(parseScript(`SELECT ${many.join(", ")} FROM t WHERE a IN (${many.join(", ")})`)).toHaveLength(1);
  });
});

test("a text that merely stops is incomplete", () => {
  for (const text of ["SELECT", "SELECT 1 +", "SELECT 'a", "SELECT 1 /* x", "CREATE TABLE t (a INT", "SELECT `a"]) {
    expect(errorOf(text).incomplete, text).toBe(true);
  }
  for (const text of ["SELECT )", "SELCT 1", 'SELECT "a']) expect(errorOf(text).incomplete, text).toBe(false);
});
