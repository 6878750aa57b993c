import { describe, expect, test } from "vitest";
import { inTemporaryFolder, millrace } from "./run-cli.ts";

describe("help", () => {
  test("without arguments and with --help: commands, examples, exit codes on stdout", () => {
    for (const args of [[], ["--help"]]) {
      const { stdout, stderr, status } = millrace(args);
      expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
      for (const part of ["Usage: millrace", "explain", "Examples:", "$ millrace demo", "Exit codes:"]) {
        expect(stdout).toContain(part);
      }
    }
  });

  test.each(["run", "sql", "explain", "check", "demo", "bench nexmark"])("%s --help has examples", (command) => {
    const { stdout, status } = millrace([...command.split(" "), "--help"]);
    expect(status).toBe(0);
    expect(stdout).toMatch(/Examples:\n {2}\$ millrace /);
  });
});

describe("wrong usage is one line and exit code 2", () => {
  test.each<[readonly string[], RegExp]>([
    [["help", "sqll"], /unknown command 'sqll'; see millrace --help/],
    [["sqll"], /unknown command 'sqll'.*did you mean sql/i],
    [["sql", "--formt", "csv"], /unknown option '--formt'.*did you mean --format/i],
    [["sql", "--format", "xml", "-e", "SELECT 1"], /'xml' is invalid.*table, jsonl, csv/],
    [["sql", "-e", "SELECT 1", "-f", "x.sql"], /either -e or -f/],
    [["run"], /missing required argument 'file'; see millrace run --help/],
    [["run", "job.txt"], /ends in \.sql, \.ts or \.js/],
    [["run", "job.sql", "--var", "novalue"], /--var novalue: expected name=value/],
    [["run", "job.sql", "--set", "novalue"], /--set novalue: expected name=value, as in --set table\./],
    [["bench", "nexmark", "--event", "1"], /Did you mean --events.*see millrace bench nexmark --help/],
    [["explain"], /explain what\?/],
    [["bench", "nexmark", "--events", "many"], /--events many: expected a number/],
    [["bench", "nexmark", "--queries", "q99"], /unknown query 'q99'.*q0, q1/],
  ])("%j", (args, message) => {
    const { stdout, stderr, status } = millrace(args);
    expect({ stdout, status }).toEqual({ stdout: "", status: 2 });
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/^millrace: [^\n]*\n$/);
  });
});

describe("bench nexmark", () => {
  test("generates the file that is not there, and tells of one that cannot be had", () =>
    inTemporaryFolder((folder) => {
      const args = ["bench", "nexmark", "--queries", "q0,q1", "--events", "1000", "--json", "--file"];
      const made = millrace([...args, "sub/events.jsonl"], { cwd: folder });
      expect(made.status).toBe(0);
      expect(made.stderr).toMatch(/events\.jsonl is not there: generating 1000 events/);
      // 46 of 50 events are bids.
      const results = made.stdout
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line) as Record<string, unknown>);
      expect(results.map(({ query, rowsOut }) => [query, rowsOut])).toEqual([
        ["q0", 920],
        ["q1", 920],
      ]);
      const again = millrace([...args, "sub/events.jsonl"], { cwd: folder });
      expect({ stderr: again.stderr, status: again.status }).toEqual({ stderr: "", status: 0 });

      for (const [path, message] of [
        ["sub", /^millrace: SOURCE_UNAVAILABLE: cannot read .*sub: it is a folder\n$/],
        [
          "sub/events.jsonl/below",
          /^[^\n]*\nmillrace: SINK_UNAVAILABLE: cannot write .*below: a part of the path is not a folder\n$/,
        ],
      ] as const) {
        const { stdout, stderr, status } = millrace([...args, path], { cwd: folder });
        expect({ stdout, status }).toEqual({ stdout: "", status: 1 });
        expect(stderr).toMatch(message);
      }
    }));
});

describe("check", () => {
  test("tells of every file, and fails if one has an error", async () => {
    await inTemporaryFolder(async (folder) => {
      const { writeFileSync } = await import("node:fs");
      writeFileSync(`${folder}/good.sql`, "CREATE VIEW v AS SELECT 1 AS n;\nSELECT n FROM v;\n");
      writeFileSync(`${folder}/bad.sql`, "CREATE VIEW v AS SELECT 1 AS n;\nSELECT m FROM v;\n");
      const { stdout, stderr, status } = millrace(["check", "good.sql", "bad.sql", "missing.sql"], { cwd: folder });
      expect(status).toBe(1);
      expect(stdout).toBe("good.sql: OK, 2 statements\n");
      expect(stderr).toMatch(/bad\.sql:2:8: .*'m'/);
      expect(stderr).toMatch(/cannot read missing\.sql: it does not exist/);
      expect(millrace(["check", "good.sql"], { cwd: folder }).status).toBe(0);
    });
  });

  test("the examples are right", () => {
    const { stdout, stderr, status } = millrace(["check", "examples/hot-items.sql"]);
    expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
    expect(stdout).toMatch(/^examples\/hot-items\.sql: OK/);
  });
});
