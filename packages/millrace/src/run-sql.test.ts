import { expect, test } from "vitest";
import { query, runSql } from "./run-sql.ts";

test("rows of a query, typed by the caller", async () => {
  const rows = await Array.fromAsync(
    query<{ name: string; n: number }>("SELECT name, n FROM (VALUES ('a', 1), ('b', 2)) AS t(name, n)"),
  );
  expect(rows.map((row) => row.name.toUpperCase() + row.n)).toEqual(["A1", "B2"]);
});

test("an updating query gives what is left", async () => {
  const rows = await Array.fromAsync(
    query("SELECT k, COUNT(*) AS n FROM (VALUES ('a'), ('b'), ('a')) AS t(k) GROUP BY k"),
  );
  expect(rows).toHaveLength(2);
  expect(rows).toEqual(
    expect.arrayContaining([
      { k: "a", n: 2 },
      { k: "b", n: 1 },
    ]),
  );
});

test("leaving the loop cancels an endless job", async () => {
  const script = "CREATE TABLE t (n BIGINT) WITH ('connector' = 'datagen'); SELECT n FROM t";
  let count = 0;
  for await (const row of query(script)) {
    expect(row).toHaveProperty("n");
    if (++count === 10) break;
  }
  expect(count).toBe(10);
});

test("statements before the query set the stage", async () => {
  const script = `CREATE VIEW v AS SELECT '\${greeting}' AS g; SELECT g FROM v`;
  expect(await Array.fromAsync(query(script, { variables: { greeting: "hello" } }))).toEqual([{ g: "hello" }]);
});

test("what does not fit is refused with what to do", async () => {
  const drain = (script: string) => Array.fromAsync(query(script));
  await expect(drain("CREATE VIEW v AS SELECT 1 AS n")).rejects.toThrow("needs a SELECT");
  await expect(drain("SELECT 1; SELECT 2")).rejects.toThrow("the last statement");
  await expect(
    drain("CREATE TABLE t (n BIGINT) WITH ('connector' = 'datagen'); SELECT n, COUNT(*) FROM t GROUP BY n"),
  ).rejects.toThrow("never ends");
  await expect(runSql("SELECT 1")).rejects.toThrow("use query()");
  await expect(runSql("CREATE VIEW v AS SELECT x")).rejects.toMatchObject({ code: "SQL_BIND", line: 1, column: 25 });
  await expect(runSql("SELECT 1", { settings: { "no.such": "x" } })).rejects.toThrow("unknown setting 'no.such'");
});

test.each(["AND", "OR"])("a condition of 5,000 terms joined by %s", async (operator) => {
  const [comparison, expected] = operator === "AND" ? ["<>", [{ n: 1 }]] : ["=", [{ n: 5000 }]];
  const terms = Array.from({ length: 5000 }, (_, i) => `n ${comparison} ${i + 2}`);
  const script = `SELECT n FROM (VALUES (1), (5000)) AS t(n) WHERE ${terms.join(` ${operator} `)}`;
  expect(await Array.fromAsync(query(script))).toEqual(expected);
});
