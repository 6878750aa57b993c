import { spawn, spawnSync } from "node:child_process";
import { closeSync, existsSync, openSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { cliEnvironment, inTemporaryFolder, launcher, millrace, sqlOutput } from "./run-cli.ts";

/** The changes of one batch are folded into one per row, so that the second 'a' comes in a batch of its own. */
const twoRows = `SELECT k, COUNT(*) AS n FROM (
  SELECT k FROM (VALUES ('a'), ('b')) AS t(k) UNION ALL SELECT k FROM (VALUES ('a')) AS u(k)) GROUP BY k`;

describe("forms of output", () => {
  test("JSON lines: exact numbers, times, rows, names made unique", () => {
    const sql = `SELECT CAST(9223372036854775807 AS BIGINT) AS big, CAST('123456789012345678901234567890.12' AS DECIMAL(38, 2)) AS dec,
      CAST(0.5 AS DOUBLE) AS dbl, TIMESTAMP '2026-01-02 03:04:05.678' AS ts, DATE '2026-01-02' AS d,
      CAST(NULL AS STRING) AS nothing, TRUE AS yes, 1 AS big`;
    expect(sqlOutput(sql, "--format", "jsonl")).toBe(
      '{"big":9223372036854775807,"dec":123456789012345678901234567890.12,"dbl":0.5,"ts":"2026-01-02 03:04:05.678",' +
        '"d":"2026-01-02","nothing":null,"yes":true,"big0":1}\n',
    );
  });

  test("a column without a name is EXPR$ and its place", () => {
    expect(sqlOutput("SELECT 1 + 1, 'x'", "--format", "jsonl")).toBe('{"EXPR$0":2,"EXPR$1":"x"}\n');
  });

  test("JSON lines are the default where there is no terminal", () => {
    expect(sqlOutput("SELECT 1 AS n")).toBe('{"n":1}\n');
  });

  test("the final table of an updating query", () => {
    expect(sqlOutput(twoRows).trim().split("\n").sort()).toEqual(['{"k":"a","n":2}', '{"k":"b","n":1}']);
  });

  test("its changes", () => {
    expect(sqlOutput(twoRows, "--result", "changelog")).toBe(
      [
        '{"op":"+I","k":"a","n":1}',
        '{"op":"+I","k":"b","n":1}',
        '{"op":"-U","k":"a","n":1}',
        '{"op":"+U","k":"a","n":2}',
        "",
      ].join("\n"),
    );
  });

  test("CSV has a header and quotes what needs it", () => {
    expect(sqlOutput(`SELECT 'a,b' AS x, 1 AS y, 'say "hi"' AS z`, "--format", "csv")).toBe(
      'x,y,z\n"a,b",1,"say ""hi"""\n',
    );
  });

  test("a box table shows NULL and puts numbers to the right", () => {
    expect(
      sqlOutput("SELECT * FROM (VALUES ('a', 1), (CAST(NULL AS STRING), 100)) AS t(k, n)", "--format", "table"),
    ).toBe(
      [
        "┌──────┬─────┐",
        "│ k    │   n │",
        "├──────┼─────┤",
        "│ a    │   1 │",
        "│ NULL │ 100 │",
        "└──────┴─────┘",
        "2 rows",
        "",
      ].join("\n"),
    );
    expect(sqlOutput(twoRows, "--format", "table", "--result", "changelog")).toMatch(
      /│ -U │ a │ 1 │\n│ \+U │ a │ 2 │\n/,
    );
  });

  test("an empty result is nothing in JSON lines, a header in CSV, a box in a table", () => {
    const none = "SELECT n FROM (VALUES (1)) AS t(n) WHERE n > 1";
    expect(sqlOutput(none, "--format", "jsonl")).toBe("");
    expect(sqlOutput(none, "--format", "csv")).toBe("n\n");
    expect(sqlOutput(none, "--format", "table")).toMatch(/0 rows\n$/);
  });
});

describe("statements", () => {
  test("several run in order; variables and settings reach them", () => {
    const sql = `CREATE VIEW v AS SELECT '\${word}' AS w; SELECT w FROM v; SHOW VIEWS; SET`;
    const options = ["--var", "word=it's", "--set", "pipeline.name=x"];
    expect(
      sqlOutput(sql, ...options)
        .split("\n")
        .slice(0, 1),
    ).toEqual([`{"w":"it's"}`]);
    expect(sqlOutput(sql, ...options)).toContain('{"key":"pipeline.name","value":"x"}');
  });

  test("EXPLAIN prints the three stages", () => {
    const text = sqlOutput("EXPLAIN SELECT n + 1 AS m FROM (VALUES (1), (2)) AS t(n) WHERE n > 1");
    for (const stage of ["== Logical Plan ==", "== Optimized Logical Plan ==", "== Physical Plan =="])
      expect(text).toContain(stage);
  });

  test("-f reads a file or stdin", async () => {
    expect(millrace(["sql", "-f", "-"], { input: "\uFEFFSELECT 1 AS n" }).stdout).toBe('{"n":1}\n');
    await inTemporaryFolder((folder) => {
      writeFileSync(join(folder, "q.sql"), "SELECT 2 AS n;\n");
      expect(millrace(["sql", "-f", "q.sql"], { cwd: folder }).stdout).toBe('{"n":2}\n');
    });
  });

  test("nested fields of a file are objects", async () => {
    await inTemporaryFolder((folder) => {
      writeFileSync(join(folder, "in.jsonl"), '{"r":{"a":1,"b":"x"}}\n{"r":null}\n');
      const table =
        "CREATE TABLE t (r ROW<a INT, b STRING>) WITH ('connector' = 'filesystem', 'path' = 'in.jsonl', 'format' = 'json')";
      const { stdout } = millrace(["sql", "-e", `${table}; SELECT r, r.b FROM t`], { cwd: folder });
      expect(stdout).toBe('{"r":{"a":1,"b":"x"},"b":"x"}\n{"r":null,"b":null}\n');
    });
  });

  test("run does INSERT and prints a bare SELECT", async () => {
    await inTemporaryFolder((folder) => {
      writeFileSync(
        join(folder, "job.sql"),
        `CREATE TABLE numbers (n BIGINT) WITH ('connector' = 'filesystem', 'path' = 'in.jsonl', 'format' = 'json');
         CREATE TABLE nothing (n BIGINT) WITH ('connector' = 'blackhole');
         INSERT INTO nothing SELECT n FROM numbers;
         SELECT n * 2 AS m FROM numbers;`,
      );
      writeFileSync(join(folder, "in.jsonl"), '{"n":1}\n{"n":2}\n');
      const { stdout, stderr, status } = millrace(["run", "job.sql"], { cwd: folder });
      expect({ stdout, stderr, status }).toEqual({ stdout: '{"m":2}\n{"m":4}\n', stderr: "", status: 0 });
    });
  });
});

describe("errors", () => {
  test("a mistake in SQL has its place, a caret and exit code 1", () => {
    const { stdout, stderr, status } = millrace(["sql", "-e", "SELECT nam\nFROM (VALUES ('x')) AS t(name)"]);
    expect({ stdout, status }).toEqual({ stdout: "", status: 1 });
    expect(stderr).toMatch(/^millrace: SQL_BIND: 1:8: .*'nam'/);
    expect(stderr).toContain("\n  SELECT nam\n         ^^^\n");
    expect(stderr).toContain("did you mean name?");
    expect(stderr).not.toContain("    at ");
  });

  test("broken syntax says what was expected", () => {
    const { stderr, status } = millrace(["sql", "-e", "SELEC 1"]);
    expect(status).toBe(1);
    expect(stderr).toMatch(/SQL_PARSE: 1:1/);
    expect(stderr).toMatch(/did you mean SELECT\?/i);
  });

  test("--verbose adds the stack, with the places in the sources", () => {
    const { stderr } = millrace(["sql", "--verbose", "-e", "SELECT nam"]);
    expect(stderr).toMatch(/\n {4}at .*sql\/src\/binder\/[a-z-]+\.ts:\d+/);
  });

  test("a missing script, a missing file of a table, an unknown option of a table", () => {
    const missing = millrace(["sql", "-f", "none.sql"]);
    expect([missing.status, missing.stderr]).toEqual([
      1,
      "millrace: SOURCE_UNAVAILABLE: cannot read none.sql: it does not exist\n",
    ]);
    const table = (options: string) =>
      millrace(["sql", "-e", `CREATE TABLE t (n INT) WITH (${options}); SELECT * FROM t`]);
    const file = table("'connector' = 'filesystem', 'path' = 'no-such-file.jsonl', 'format' = 'json'");
    expect(file.status).toBe(1);
    expect(file.stderr).toMatch(/no-such-file\.jsonl/);
    expect(file.stderr).not.toContain("    at ");
    expect(table("'connector' = 'filesytem', 'path' = 'x'").stderr).toMatch(/did you mean '?filesystem/);
    expect(table("'connector' = 'datagen', 'rows' = '1'").stderr).toMatch(/unknown option 'rows'/);
  });

  test("a setting that does not exist, a variable without a value", () => {
    expect(millrace(["sql", "-e", "SELECT 1", "--set", "pipeline.nam=x"]).stderr).toMatch(
      /unknown setting 'pipeline\.nam'/,
    );
    expect(millrace(["sql", "-e", `SELECT '\${x}'`]).stderr).toMatch(/variable x has no value.*--var x=VALUE/);
  });

  test("a variable that no script uses is a warning, and one that is used by some script none", () =>
    inTemporaryFolder((folder) => {
      writeFileSync(join(folder, "a.sql"), `SELECT '\${ word }';`);
      writeFileSync(join(folder, "b.sql"), "SELECT 1;");
      const args = ["check", "a.sql", "b.sql", "--var", "word=x", "--var", "wor=x"];
      const { stderr, status } = millrace(args, { cwd: folder });
      expect({ stderr, status }).toEqual({
        stderr: `millrace: warning: --var wor: the script has no \${wor}\n`,
        status: 0,
      });
    }));

  test("an option that lacks its prefix is known", () => {
    const table = "CREATE TABLE t (n INT) WITH ('connector' = 'kafka', 'topic' = 't', 'bootstrap.servers' = 'x:1')";
    const { stderr } = millrace(["sql", "-e", `${table}; SELECT * FROM t`]);
    expect(stderr).toMatch(/unknown option 'bootstrap\.servers' \(did you mean 'properties\.bootstrap\.servers'\?\)/);
  });

  test("a script without anything to explain is told", () => {
    const { stdout, stderr, status } = millrace(["explain", "-e", "CREATE VIEW v AS SELECT 1 AS n"]);
    expect({ stdout, status }).toEqual({ stdout: "", status: 0 });
    expect(stderr).toBe("millrace: there is no query and no INSERT INTO to explain\n");
  });

  test.skipIf(!existsSync("/dev/full"))("a full disk under stdout is one line", () => {
    const full = openSync("/dev/full", "w");
    const { stderr, status } = spawnSync(process.execPath, [launcher, "sql", "-e", "SELECT 1"], {
      encoding: "utf8",
      env: cliEnvironment,
      stdio: ["ignore", full, "pipe"],
    });
    closeSync(full);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^millrace: SINK_UNAVAILABLE: cannot write to stdout: the disk is full\n$/);
  });
});

describe("streams", () => {
  const million = `CREATE TABLE t (n BIGINT) WITH ('connector' = 'datagen', 'number-of-rows' = '1000000');
    SELECT n FROM t`;

  const printed = `CREATE TABLE t (n BIGINT) WITH ('connector' = 'datagen', 'number-of-rows' = '1000000');
    CREATE TABLE p (n BIGINT) WITH ('connector' = 'print'); INSERT INTO p SELECT n FROM t`;

  test.each([
    ["rows", million],
    ["a print table", printed],
  ])("the reader of %s may go away (| head) without any noise", async (_, sql) => {
    const child = spawn(process.execPath, [launcher, "sql", "-e", sql], { env: cliEnvironment });
    let stderr = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    child.stdout.once("data", () => child.stdout.destroy());
    const code = await new Promise((resolve) => child.on("close", resolve));
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  });

  test.each<[NodeJS.Signals, number]>([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ])("%s ends an unbounded query", async (signal, expected) => {
    const endless =
      "CREATE TABLE t (n BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '1000'); SELECT n FROM t";
    const child = spawn(process.execPath, [launcher, "sql", "-e", endless], { env: cliEnvironment });
    let stdout = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      if (stdout === "") child.kill(signal);
      stdout += text;
    });
    const code = await new Promise((resolve) => child.on("close", resolve));
    expect(code).toBe(expected);
    expect(stdout).toMatch(/^\{"op":"\+I","n":-?\d+\}\n/);
  });
});

describe("the shell, piped", () => {
  test("has no prompt, runs what comes, the last statement without a semicolon too", () => {
    const input = "CREATE VIEW v AS\n  SELECT 1 AS n;\nSELECT n\nFROM v; -- one\nSELECT 'a;\nb' AS s;\nSELECT 3 AS n";
    const { stdout, stderr, status } = millrace(["sql"], { input });
    expect({ stdout, stderr, status }).toEqual({ stdout: '{"n":1}\n{"s":"a;\\nb"}\n{"n":3}\n', stderr: "", status: 0 });
  });

  test("QUIT leaves, HELP helps, an error ends it with exit code 1", () => {
    expect(millrace(["sql"], { input: "SELECT 1 AS n;\nquit\nSELECT 2 AS n;\n" }).stdout).toBe('{"n":1}\n');
    expect(millrace(["sql"], { input: "help\n" }).stdout).toContain("CREATE TABLE");
    const { stdout, stderr, status } = millrace(["sql"], { input: "SELECT x;\nSELECT 1 AS n;\n" });
    expect({ stdout, status }).toEqual({ stdout: "", status: 1 });
    expect(stderr).toMatch(/SQL_BIND/);
  });
});
