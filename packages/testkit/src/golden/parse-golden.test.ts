import { expect, test } from "vitest";
import { parseGolden } from "./parse-golden.ts";

test("records with their lines, options and expected lines", () => {
  const text = `# a comment

statement
CREATE TABLE t (a INT)
WITH ('x' = 'y')

query ordered changelog
SELECT a
FROM t
----
: a INT
+I 1

error
SELECT b
----
1:8: no

text
EXPLAIN SELECT 1
----
== Plan ==

-> 1
----
query
SELECT 2
----
`;
  expect(parseGolden(text, "x.slt")).toEqual([
    { kind: "statement", line: 4, sql: "CREATE TABLE t (a INT)\nWITH ('x' = 'y')" },
    {
      kind: "query",
      line: 8,
      sql: "SELECT a\nFROM t",
      options: new Set(["ordered", "changelog"]),
      header: "a INT",
      expected: ["+I 1"],
    },
    { kind: "error", line: 15, sql: "SELECT b", expected: ["1:8: no"] },
    { kind: "text", line: 20, sql: "EXPLAIN SELECT 1", expected: ["== Plan ==", "", "-> 1"] },
    { kind: "query", line: 27, sql: "SELECT 2", options: new Set(), header: null, expected: [] },
  ]);
});

test.each([
  ["quary\nSELECT 1\n----", "x.slt:4: unknown record 'quary'; known are statement, error, text, query"],
  ["query sorted\nSELECT 1\n----", "x.slt:1: unknown option 'sorted'; known are ordered, changelog, arrival"],
  ["error now\nSELECT 1\n----", "x.slt:1: 'error' takes no options"],
  ["query\n\nSELECT 1", "x.slt:2: no SQL behind 'query'"],
  ["query\nSELECT 1\n\n1", "x.slt:3: expected ----"],
  ["statement\nSELECT 1\n----\n1", "x.slt:3: a statement has no expected lines; use 'query', 'text' or 'error'"],
  ["text\nEXPLAIN SELECT 1\n----\nplan", "x.slt:5: expected ---- behind the text of line 2"],
])("a block that is no record is told with its place: %j", (text, message) => {
  expect(() => parseGolden(text, "x.slt")).toThrow(new Error(message));
});
