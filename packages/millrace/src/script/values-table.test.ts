import { expect, test } from "vitest";
import { query } from "../run-sql.ts";

const table = (format: string, rows: string, columns = "k STRING, n BIGINT") =>
  `CREATE TABLE t (${columns}) WITH ('connector' = 'values', 'format' = '${format}', 'rows' = '${rows}');`;
const rowsOf = (script: string) => Array.fromAsync(query(script));

test("the rows of a table stand in its definition, in any format", async () => {
  const json = table("json", '{"k":"it\'\'s","n":1}\n{"n":9007199254740993}\n');
  expect(await rowsOf(`${json} SELECT k, n FROM t`)).toEqual([
    { k: "it's", n: 1 },
    { k: null, n: 9007199254740993n },
  ]);
  expect(await rowsOf(`${table("csv", "a,1\nb,2\na,3")} SELECT k, SUM(n) AS n FROM t GROUP BY k`)).toEqual(
    expect.arrayContaining([
      { k: "a", n: 4 },
      { k: "b", n: 2 },
    ]),
  );
});

test("more rows than a batch holds, and none", async () => {
  const many = Array.from({ length: 10_000 }, (_, i) => `${i}`).join("\n");
  expect(await rowsOf(`${table("csv", many, "n INT")} SELECT COUNT(*) AS c, SUM(n) AS s FROM t`)).toEqual([
    { c: 10_000, s: 49_995_000 },
  ]);
  expect(await rowsOf(`${table("csv", "")} SELECT n FROM t`)).toEqual([]);
});

test("a bad row is told by its number, a definition without rows by what is missing", async () => {
  await expect(rowsOf(`${table("json", '{"n":1}\n{"n":"x"}')} SELECT n FROM t`)).rejects.toThrow(/table 't', row 2/);
  const without = "CREATE TABLE t (n INT) WITH ('connector' = 'values', 'format' = 'json'); SELECT n FROM t";
  await expect(rowsOf(without)).rejects.toThrow(/missing option 'rows'/);
});
