/** Functions of users through whole queries: every place they may stand in, and what is refused. */
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  aggregateFunction,
  asyncScalarFunction,
  type MillraceError,
  query,
  runSql,
  ScriptSession,
  type SqlOptions,
  scalarFunction,
  tableFunction,
  types,
} from "./index.ts";

const fixtures = join(import.meta.dirname, "..", "fixtures");
const create = (name: string, exported = name) =>
  `CREATE FUNCTION ${name} AS 'functions.ts#${exported}' LANGUAGE TYPESCRIPT; `;
const options = { baseDirectory: fixtures };
const rowsOf = (script: string, more: SqlOptions = {}) => Array.fromAsync(query(script, { ...options, ...more }));
const valuesOf = async (script: string, more: SqlOptions = {}) =>
  (await rowsOf(script, more)).map((row) => Object.values(row));
const failure = (script: string, more: SqlOptions = {}) =>
  rowsOf(script, more).then(
    () => "no failure",
    (error: unknown) => `${(error as MillraceError).code}: ${(error as Error).message}`,
  );

const concat = aggregateFunction({
  args: [types.STRING],
  returns: types.STRING,
  create: (): string[] => [],
  accumulate: (acc, text) => {
    acc.push(text ?? "-");
  },
  getValue: (acc) => acc.join(""),
});
const total = aggregateFunction({
  args: [types.BIGINT],
  returns: types.BIGINT,
  strict: true,
  create: () => 0n,
  accumulate: (acc, n) => acc + n,
  retract: (acc, n) => acc - n,
  merge: (acc, other) => acc + other,
  getValue: (acc) => acc,
});
const twice = scalarFunction({ args: [types.INT], returns: types.INT, strict: true, eval: (n) => 2 * n });
const upTo = tableFunction({
  args: [types.INT],
  returns: types.INT,
  strict: true,
  *eval(n) {
    for (let i = 1; i <= n; i++) yield i;
  },
});
const functions = { concat_all: concat, total, twice, up_to: upTo };

const events = `CREATE TABLE e (k STRING, n BIGINT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts) WITH ('connector' = 'values',
  'format' = 'csv', 'rows' = '${["a,1,00:00:01", "b,2,00:00:02", "a,3,00:00:04", "a,5,00:00:11", "b,7,00:00:25"]
    .map((row) => row.replace(/,(?=\d\d:)/, ",2020-01-01 "))
    .join("\n")}'); `;

describe("scalar functions", () => {
  test("in SELECT, WHERE, a join condition, CASE, GROUP BY, HAVING and ORDER BY", async () => {
    const t = "(VALUES (1), (2), (CAST(NULL AS INT))) AS t(n)";
    expect(await valuesOf(`SELECT twice(n) FROM ${t} WHERE twice(n) > 2`, { functions })).toEqual([[4]]);
    const join = `SELECT a.n, b.m FROM (VALUES (1), (2)) AS a(n) JOIN (VALUES (2), (4), (5)) AS b(m) ON twice(a.n) = b.m`;
    expect((await valuesOf(join, { functions })).toSorted()).toEqual([
      [1, 2],
      [2, 4],
    ]);
    const residual = `SELECT a.n, b.m FROM (VALUES (1), (2)) AS a(n) JOIN (VALUES (3), (4)) AS b(m) ON twice(a.n) + b.m > 7`;
    expect(await valuesOf(residual, { functions })).toEqual([[2, 4]]);
    const grouped = `SELECT twice(n) AS d, COUNT(*) FROM (VALUES (1), (2), (1)) AS t(n) GROUP BY twice(n) HAVING twice(COUNT(*) > 1)`;
    expect(await failure(grouped, { functions })).toContain("twice(BOOLEAN");
    const order = `SELECT n FROM (VALUES (1), (3), (2)) AS t(n) ORDER BY CASE WHEN twice(n) = 6 THEN 0 ELSE twice(n) END LIMIT 3`;
    expect(await valuesOf(order, { functions })).toEqual([[3], [1], [2]]);
  });

  test("names are the same in any case, and hide built-in ones only where the program says so", async () => {
    expect(await valuesOf("SELECT TWICE(2), Twice(3)", { functions })).toEqual([[4, 6]]);
    const upper = scalarFunction({ args: [types.STRING], returns: types.STRING, eval: () => "mine" });
    expect(await valuesOf("SELECT UPPER('a')", { functions: { upper } })).toEqual([["mine"]]);
    expect(await valuesOf(`${create("upper", "default")} SELECT UPPER('a'), default_database.upper('a')`)).toEqual([
      ["A", "text a"],
    ]);
  });

  test("what they throw is the job's failure, with function, arguments and row", async () => {
    const f = scalarFunction({
      args: [types.BIGINT, types.STRING],
      returns: types.INT,
      eval: (n) => {
        if (n === 3n) throw new Error("three");
        return 1;
      },
    });
    expect(await failure(`${events} SELECT f(n, k) FROM e`, { functions: { f } })).toBe(
      "USER_CODE: function f(3n, 'a') failed: Error: three (in F(n, k); n = 3, k = a)",
    );
    await expect(rowsOf("SELECT f(3, 'a')", { functions: { f } })).rejects.toMatchObject({ domain: "user" });
  });
});

describe("aggregate functions", () => {
  test("by group, DISTINCT, FILTER, and several arguments", async () => {
    const t = "(VALUES ('a', 1), ('a', 4), ('b', 2), ('a', 1)) AS t(k, n)";
    const sql = `SELECT k, total(n) AS a, total(DISTINCT n) AS b, total(n) FILTER (WHERE n > 1) AS c FROM ${t} GROUP BY k`;
    expect((await valuesOf(sql, { functions })).toSorted()).toEqual([
      ["a", 6, 5, 4],
      ["b", 2, 2, 2],
    ]);
    const weighted = `${create("weighted_avg")} SELECT weighted_avg(x, w) FROM (VALUES (1e0, 3), (5e0, 1), (9e0, NULL)) AS t(x, w)`;
    expect(await valuesOf(weighted)).toEqual([[2]]);
    expect(await valuesOf("SELECT concat_all(x) FROM (VALUES ('a'), (NULL), ('b')) AS t(x)", { functions })).toEqual([
      ["a-b"],
    ]);
    expect(
      await valuesOf("SELECT total(x), concat_all(CAST(x AS STRING)) FROM (VALUES (1)) AS t(x) WHERE x > 1", {
        functions,
      }),
    ).toEqual([[0, ""]]);
  });

  test("with OVER, which takes rows away without retract", async () => {
    const t = "(VALUES (1, 'a'), (2, 'b'), (3, 'c')) AS t(x, s)";
    const window = "OVER (ORDER BY x ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)";
    const sql = `SELECT x, concat_all(s) ${window} AS a, total(x) ${window} AS b FROM ${t}`;
    expect((await valuesOf(sql, { functions })).toSorted()).toEqual([
      [1, "a", 1],
      [2, "ab", 3],
      [3, "bc", 5],
    ]);
  });

  test("over rows that are taken away by retract, which is refused without", async () => {
    const counts = "(SELECT k, COUNT(*) AS c FROM (VALUES ('a'), ('b'), ('a'), ('a')) AS t(k) GROUP BY k)";
    expect(await valuesOf(`SELECT total(c) FROM ${counts}`, { functions })).toEqual([[4]]);
    expect(await failure(`SELECT concat_all(CAST(c AS STRING)) FROM ${counts}`, { functions })).toMatch(
      /^SQL_UNSUPPORTED: the aggregate function concat_all has no retract/,
    );
  });

  test("in windows of rows that are updated by retract, which is refused without", async () => {
    const change = (before: string, after: string, op: string) => `{"before":${before},"after":${after},"op":"${op}"}`;
    const row = (n: number) => `{"id":1,"n":${n},"ts":"2020-01-01 00:00:0${n}"}`;
    const rows = [change("null", row(1), "c"), change(row(1), row(2), "u")].join("\n");
    const table = `CREATE TABLE c (id INT, n INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts) WITH ('connector' = 'values',
      'format' = 'debezium-json', 'rows' = '${rows}'); `;
    const from = "FROM TABLE(TUMBLE(TABLE c, DESCRIPTOR(ts), INTERVAL '10' SECOND)) GROUP BY window_start, window_end";
    expect(await valuesOf(`${table} SELECT total(n) ${from}`, { functions })).toEqual([[2]]);
    expect(await failure(`${table} SELECT concat_all(CAST(n AS STRING)) ${from}`, { functions })).toMatch(
      /^SQL_UNSUPPORTED: the aggregate function concat_all has no retract/,
    );
  });

  test.each([
    [
      "TUMBLE(TABLE e, DESCRIPTOR(ts), INTERVAL '10' SECOND)",
      [
        ["a", 4, "2"],
        ["b", 2, "1"],
        ["a", 5, "1"],
        ["b", 7, "1"],
      ],
    ],
    [
      "HOP(TABLE e, DESCRIPTOR(ts), INTERVAL '10' SECOND, INTERVAL '20' SECOND)",
      [
        ["a", 4, "2"],
        ["b", 2, "1"],
        ["a", 9, "3"],
        ["b", 2, "1"],
        ["a", 5, "1"],
        ["b", 7, "1"],
        ["b", 7, "1"],
      ],
    ],
    [
      "SESSION(TABLE e PARTITION BY k, DESCRIPTOR(ts), INTERVAL '5' SECOND)",
      [
        ["a", 4, "2"],
        ["b", 2, "1"],
        ["a", 5, "1"],
        ["b", 7, "1"],
      ],
    ],
  ])("in %s, with merge or without", async (window, expected) => {
    const lone = aggregateFunction({
      args: [types.BIGINT],
      returns: types.STRING,
      create: () => 0,
      accumulate: (n) => n + 1,
      getValue: (n) => `${n}`,
    });
    const from = `FROM TABLE(${window}) GROUP BY k, window_start, window_end`;
    const sorted = expected.toSorted();
    const both = await valuesOf(`${events} SELECT k, total(n) AS t, lone(n) AS l ${from}`, {
      functions: { total, lone },
    });
    expect(both.toSorted()).toEqual(sorted);
    const merged = await valuesOf(`${events} SELECT k, total(n) AS t ${from}`, { functions });
    expect(merged.toSorted()).toEqual(sorted.map((row) => row.slice(0, 2)));
  });

  test("with OVER, also in frames that rows leave and without retract", async () => {
    const over = (call: string, frame: string) =>
      `${events} SELECT k, n, ${call} OVER (PARTITION BY k ORDER BY ts ${frame}) AS r FROM e WHERE k = 'a'`;
    const running = await valuesOf(over("total(n)", ""), { functions });
    expect(running).toEqual([
      ["a", 1, 1],
      ["a", 3, 4],
      ["a", 5, 9],
    ]);
    const frame = "ROWS BETWEEN 1 PRECEDING AND CURRENT ROW";
    expect((await valuesOf(over("total(n)", frame), { functions })).map((row) => row[2])).toEqual([1, 4, 8]);
    const texts = await valuesOf(over("concat_all(CAST(n AS STRING))", frame), { functions });
    expect(texts.map((row) => row[2])).toEqual(["1", "13", "35"]);
  });

  test("where they have no meaning", async () => {
    expect(await failure("SELECT 1 WHERE total(1) > 0", { functions })).toContain(
      "aggregate total is not allowed in WHERE",
    );
    expect(await failure("SELECT total(total(1))", { functions })).toContain("cannot be nested");
    expect(await failure("SELECT total(*)", { functions })).toContain("only COUNT takes *");
    expect(await failure("SELECT twice(DISTINCT 1)", { functions })).toContain("twice is no aggregate function");
  });
});

describe("table functions", () => {
  test("with a comma, CROSS JOIN and LEFT JOIN, with and without names", async () => {
    const t = "(VALUES (2), (0), (CAST(NULL AS INT))) AS t(n)";
    expect(await valuesOf(`SELECT n, i FROM ${t}, LATERAL TABLE(up_to(n)) AS s(i)`, { functions })).toEqual([
      [2, 1],
      [2, 2],
    ]);
    expect(
      await valuesOf(`SELECT n, i FROM ${t} LEFT JOIN LATERAL TABLE(up_to(n)) AS s(i) ON TRUE`, { functions }),
    ).toEqual([
      [2, 1],
      [2, 2],
      [0, null],
      [null, null],
    ]);
    expect(await rowsOf(`${create("words")} SELECT * FROM LATERAL TABLE(words('a bc'))`)).toEqual([
      { word: "a", size: 1 },
      { word: "bc", size: 2 },
    ]);
    expect(await rowsOf(`${create("words")} SELECT w FROM TABLE(words('a bc')) AS t(w, n) WHERE n > 1`)).toEqual([
      { w: "bc" },
    ]);
  });

  test("what is wrong is told", async () => {
    expect(await failure("SELECT up_to(1)", { functions })).toContain("up_to is a table function: use it in FROM");
    expect(await failure("SELECT * FROM LATERAL TABLE(twice(1))", { functions })).toContain(
      "twice is no table function",
    );
    const bad = tableFunction({
      args: [],
      returns: types.ROW({ a: types.INT }),
      eval: () => [{ a: "x" as unknown as number }],
    });
    expect(await failure("SELECT * FROM LATERAL TABLE(bad())", { functions: { bad } })).toBe(
      "USER_CODE: function bad() gave 'x', which is no INT",
    );
  });
});

describe("asynchronous functions", () => {
  const counting = () => {
    const seen = { running: 0, most: 0, calls: 0 };
    const f = asyncScalarFunction({
      args: [types.INT],
      returns: types.INT,
      capacity: 3,
      eval: async (n) => {
        seen.most = Math.max(seen.most, ++seen.running);
        seen.calls++;
        for (let turns = (n ?? 0) % 5; turns >= 0; turns--) await new Promise((resolve) => setImmediate(resolve));
        seen.running--;
        return n === null ? null : n * 10;
      },
    });
    return { seen, functions: { f, twice, total } };
  };

  test("keep order, run at a time, and are called once where they stand twice", async () => {
    const { seen, functions: given } = counting();
    const t = "(VALUES (4), (1), (3), (CAST(NULL AS INT)), (2)) AS t(n)";
    expect(await valuesOf(`SELECT n, f(n) + 1, f(n) FROM ${t}`, { functions: given })).toEqual([
      [4, 41, 40],
      [1, 11, 10],
      [3, 31, 30],
      [null, null, null],
      [2, 21, 20],
    ]);
    expect(seen).toEqual({ running: 0, most: 3, calls: 5 });
  });

  test("in conditions, inside each other, in groups, of constants, of keys of a join", async () => {
    const t = "(VALUES (1), (2), (3)) AS t(n)";
    const { seen, functions: given } = counting();
    expect(await valuesOf(`SELECT f(twice(f(n))) FROM ${t} WHERE f(n) > 10 AND n < 3`, { functions: given })).toEqual([
      [400],
    ]);
    // Conditions without calls come first: 1 and 2 are asked for, and what is left once more.
    expect(seen.calls).toBe(3);
    expect(await valuesOf(`SELECT total(f(n)) FROM ${t} HAVING SUM(f(n)) > 3`, { functions: given })).toEqual([[60]]);
    expect(await valuesOf("SELECT f(2)", { functions: given })).toEqual([[20]]);
    const join = `SELECT n, m FROM ${t} JOIN (VALUES (10), (30)) AS u(m) ON f(n) = m`;
    expect((await valuesOf(join, { functions: given })).toSorted()).toEqual([
      [1, 10],
      [3, 30],
    ]);
  });

  test("over a table with a watermark, and over rows that are updated", async () => {
    const { functions: given } = counting();
    const window = `${events} SELECT k, SUM(f(CAST(n AS INT))) AS s FROM TABLE(TUMBLE(TABLE e, DESCRIPTOR(ts), INTERVAL '10' SECOND)) GROUP BY k, window_start, window_end`;
    expect((await valuesOf(window, { functions: given })).toSorted()).toEqual([
      ["a", 40],
      ["a", 50],
      ["b", 20],
      ["b", 70],
    ]);
    const counts = "(SELECT k, COUNT(*) AS c FROM (VALUES ('a'), ('b'), ('a')) AS t(k) GROUP BY k)";
    const updated = `SELECT k, f(CAST(c AS INT)) AS c FROM ${counts}`;
    expect((await valuesOf(updated, { functions: given })).toSorted()).toEqual([
      ["a", 20],
      ["b", 10],
    ]);
    const random = asyncScalarFunction({
      args: [types.INT],
      returns: types.INT,
      deterministic: false,
      eval: async (n) => n,
    });
    expect(await failure(updated, { functions: { f: random } })).toContain("f is not deterministic");
  });

  test("a failure, no answer in time, and places that cannot wait", async () => {
    const boom = asyncScalarFunction({
      args: [types.INT],
      returns: types.INT,
      eval: async (n) => (n === 2 ? Promise.reject(new Error("boom")) : n),
    });
    expect(await failure("SELECT boom(n) FROM (VALUES (1), (2)) AS t(n)", { functions: { boom } })).toBe(
      "USER_CODE: function boom(2) failed: Error: boom",
    );
    const never = asyncScalarFunction({
      args: [types.INT],
      returns: types.INT,
      timeoutMs: 1,
      eval: () => new Promise<number>(() => undefined),
    });
    expect(await failure("SELECT never(1)", { functions: { never } })).toContain("never gave no answer within 1 ms");
    const { functions: given } = counting();
    const residual = "SELECT n FROM (VALUES (1)) AS t(n) JOIN (VALUES (2)) AS u(m) ON f(n + m) > 2";
    expect(await failure(residual, { functions: given })).toContain(
      "the asynchronous function f can only stand in SELECT",
    );
  });
});

describe("CREATE FUNCTION and its like", () => {
  const script = async (text: string): Promise<readonly unknown[]> => {
    const session = new ScriptSession({
      scriptDirectory: fixtures,
      reporter: { warn: () => undefined, progress: () => undefined },
    });
    const answers: unknown[] = [];
    for (const statement of session.parse(text)) {
      const prepared = await session.prepare(statement, text);
      answers.push(
        prepared.kind === "applied" ? prepared.message : prepared.kind === "listing" ? prepared.rows : prepared.kind,
      );
    }
    return answers;
  };

  test("create, alter, show, describe and drop", async () => {
    const answers = await script(`
      CREATE FUNCTION half AS 'functions.ts#half' LANGUAGE TYPESCRIPT;
      CREATE FUNCTION IF NOT EXISTS half AS 'functions.ts#words' LANGUAGE TYPESCRIPT;
      CREATE TEMPORARY FUNCTION t AS 'functions.ts' LANGUAGE TYPESCRIPT;
      CREATE TEMPORARY SYSTEM FUNCTION s AS 'functions.ts#weighted_avg' LANGUAGE TYPESCRIPT;
      SHOW USER FUNCTIONS;
      SHOW USER FUNCTIONS LIKE 'h%';
      SHOW FUNCTIONS LIKE 'hal_';
      SHOW CREATE FUNCTION half;
      ALTER FUNCTION half AS 'functions.ts' LANGUAGE TYPESCRIPT;
      SHOW CREATE FUNCTION default_database.HALF;
      DESCRIBE FUNCTION t;
      DESCRIBE FUNCTION EXTENDED s;
      DROP FUNCTION half;
      DROP FUNCTION IF EXISTS half;
      DROP TEMPORARY FUNCTION t;
      DROP TEMPORARY SYSTEM FUNCTION s;
      SHOW USER FUNCTIONS;`);
    const full = "`default_catalog`.`default_database`.`half`";
    expect(answers).toEqual([
      "Function half created.",
      "Function half exists already.",
      "Function t created.",
      "Function s created.",
      [["half"], ["s"], ["t"]],
      [["half"]],
      [["half"]],
      [[`CREATE FUNCTION ${full} AS 'functions.ts#half' LANGUAGE TYPESCRIPT`]],
      "Function half altered.",
      [[`CREATE FUNCTION ${full} AS 'functions.ts' LANGUAGE TYPESCRIPT`]],
      [
        ["is system function", "false"],
        ["is temporary", "true"],
        ["implementation", "functions.ts"],
        ["function language", "TYPESCRIPT"],
      ],
      [
        ["is system function", "true"],
        ["is temporary", "true"],
        ["implementation", "functions.ts#weighted_avg"],
        ["function language", "TYPESCRIPT"],
        ["kind", "AGGREGATE"],
        ["is deterministic", "true"],
        ["supports constant folding", "false"],
        ["signature", "s(DOUBLE, INT) -> DOUBLE"],
      ],
      "Function half dropped.",
      "There is no function half.",
      "Function t dropped.",
      "Function s dropped.",
      [],
    ]);
  });

  test("a temporary function hides one of the catalog", async () => {
    const both = `${create("f", "half")} CREATE TEMPORARY FUNCTION f AS 'functions.ts' LANGUAGE TYPESCRIPT; `;
    expect(await valuesOf(`${both} SELECT f(1)`)).toEqual([["number 1"]]);
    expect(await valuesOf(`${both} DROP TEMPORARY FUNCTION f; SELECT f(1)`)).toEqual([[0.5]]);
  });

  test("a view keeps the function that it was made with", async () => {
    const view = `${create("f", "half")} CREATE VIEW v AS SELECT f(3) AS h; DROP FUNCTION f; `;
    expect(await valuesOf(`${view} SELECT h FROM v`)).toEqual([[1.5]]);
  });

  test.each([
    ["CREATE FUNCTION f AS 'com.example.F' LANGUAGE JAVA", "SQL_UNSUPPORTED: LANGUAGE JAVA is not supported yet"],
    ["CREATE FUNCTION f AS 'f.g' LANGUAGE PYTHON", "SQL_UNSUPPORTED: LANGUAGE PYTHON is not supported yet"],
    ["CREATE FUNCTION f AS 'com.example.F'", "SQL_UNSUPPORTED: CREATE FUNCTION without LANGUAGE"],
    ["CREATE FUNCTION f AS 'functions.ts#nope' LANGUAGE TYPESCRIPT", "SQL_BIND: 'functions.ts#nope' exports nothing"],
    [
      "CREATE FUNCTION f AS 'functions.ts#notOne' LANGUAGE TYPESCRIPT",
      "SQL_BIND: 'functions.ts#notOne' is no function",
    ],
    ["CREATE FUNCTION f AS 'nope.ts#f' LANGUAGE TYPESCRIPT", "SQL_BIND: cannot load "],
    ["CREATE FUNCTION f AS 'nope' LANGUAGE TYPESCRIPT", "SQL_BIND: 'nope' is no 'file.ts#export'"],
    [`${create("f", "half")} ${create("f", "half")}`, "SQL_BIND: a function named 'f' exists already"],
    ["DROP FUNCTION f", "SQL_BIND: function 'f' not found"],
    ["DROP TEMPORARY FUNCTION f", "SQL_BIND: temporary function 'f' not found"],
    ["ALTER FUNCTION f AS 'functions.ts' LANGUAGE TYPESCRIPT", "SQL_BIND: function 'f' not found"],
    ["SHOW CREATE FUNCTION upper", "SQL_BIND: upper is built in"],
    ["DESCRIBE FUNCTION nope", "SQL_BIND: function 'nope' not found"],
    [
      "CREATE FUNCTION other.f AS 'functions.ts' LANGUAGE TYPESCRIPT",
      "SQL_BIND: database 'other' not found; default_catalog has default_database",
    ],
    [
      "CREATE TEMPORARY SYSTEM FUNCTION a.f AS 'functions.ts' LANGUAGE TYPESCRIPT",
      "SQL_BIND: a system function is in no database",
    ],
  ])("%s", async (text, message) => {
    const outcome = await runSql(text, options).then(
      () => "no failure",
      (error: unknown) => `${(error as MillraceError).code}: ${(error as Error).message}`,
    );
    expect(outcome).toContain(message);
  });
});
