import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { inTemporaryFolder, millrace } from "./run-cli.ts";

test("--catalog keeps tables and views from one run to the next", () =>
  inTemporaryFolder((folder) => {
    const file = join(folder, "catalog.sql");
    const sql = (text: string) => millrace(["sql", "--catalog", file, "-e", text]);
    const table = `CREATE TABLE t (id INT) WITH ('connector' = 'values', 'format' = 'csv', 'rows' = '1
2')`;
    expect(sql(`${table}; CREATE VIEW v AS SELECT id * 10 AS ten FROM t`)).toMatchObject({ stderr: "", status: 0 });
    expect(sql("SELECT ten FROM v")).toMatchObject({ stdout: '{"ten":10}\n{"ten":20}\n', stderr: "", status: 0 });
    // explain and check read it only.
    writeFileSync(join(folder, "drop.sql"), "DROP VIEW v; SELECT * FROM t");
    expect(millrace(["check", "--catalog", file, join(folder, "drop.sql")])).toMatchObject({ stderr: "", status: 0 });
    expect(millrace(["explain", "--catalog", file, join(folder, "drop.sql")])).toMatchObject({ stderr: "", status: 0 });
    expect(sql("SHOW VIEWS").stdout).toContain("v");
    expect(existsSync(`${file}.lock`)).toBe(false);
    writeFileSync(file, `${readFileSync(file, "utf8")}\nCREATE TABEL x;\n`);
    const { stderr, status } = sql("SELECT 1");
    expect(status).toBe(1);
    expect(stderr).toMatch(/^millrace: CATALOG_INVALID: catalog .*catalog\.sql, line \d+: unexpected 'TABEL'/);
  }));

test("a query whose state grows without bound is warned of, once, on stderr", () => {
  const text = `CREATE TABLE t (k INT) WITH ('connector' = 'datagen', 'fields.k.kind' = 'sequence', 'fields.k.start' = '1', 'fields.k.end' = '3');
    SELECT k, COUNT(*) FROM t GROUP BY k`;
  expect(millrace(["sql", "-e", text])).toMatchObject({ stderr: "", status: 0 });
});

test("EXPLAIN ANALYZE runs the statement", () => {
  const text = "EXPLAIN ANALYZE SELECT k, COUNT(*) FROM (VALUES ('a'), ('b'), ('a')) AS t(k) GROUP BY k";
  for (const command of ["sql", "explain"]) {
    const { stdout, stderr, status } = millrace([command, "-e", text]);
    expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
    expect(stdout).toMatch(
      /group-aggregate-\d+: .*\{in: 3 rows in 1 batch; out: 2 rows in 1 batch; .*state: 2 entries, \d+ B\}/,
    );
  }
});

test("sql takes a script as run does, and says when there is nothing to run", () =>
  inTemporaryFolder((folder) => {
    const script = join(folder, "query.sql");
    writeFileSync(script, "SELECT 1 AS one");
    expect(millrace(["sql", script])).toMatchObject({ stdout: '{"one":1}\n', stderr: "", status: 0 });
    const both = millrace(["sql", script, "-e", "SELECT 2"]);
    expect(both).toMatchObject({ status: 2, stderr: expect.stringContaining("give one of FILE, -e and -f") });
    const nothing = millrace(["sql", "-e", "-- later"]);
    expect(nothing).toMatchObject({ status: 0, stdout: "", stderr: expect.stringContaining("nothing to run") });
    const notFile = millrace(["sql", "--catalog", folder, "-e", "SELECT 1"]);
    expect(notFile).toMatchObject({ status: 1, stderr: expect.stringContaining("it is a folder; name a file in it") });
  }));
