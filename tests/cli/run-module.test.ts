/** `millrace run` of modules. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { repositoryRoot } from "../../scripts/source-tree.ts";
import { millrace } from "./run-cli.ts";

/** What running the code as a module gives; inside the checkout, where `millrace` can be imported. */
function run(name: string, code: string, ...options: readonly string[]) {
  const parent = join(repositoryRoot, ".cache");
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(join(parent, "module-"));
  try {
    writeFileSync(join(folder, name), code);
    const { stdout, stderr, status } = millrace(["run", name, ...options], { cwd: folder });
    return { stdout, stderr, status };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test("TypeScript runs as it is; a default export that is a function is called", () => {
  const code = `import { query } from "millrace";
    export default async function (): Promise<void> {
      for await (const row of query("SELECT 1 AS n")) console.log(JSON.stringify(row));
    }`;
  expect(run("job.ts", code)).toEqual({ stdout: '{"n":1}\n', stderr: "", status: 0 });
});

test("a mistake in its SQL has its place, though classes of the module are not those of the command", () => {
  const { stderr, status } = run(
    "job.ts",
    `import { runSql } from "millrace";\nawait runSql("SELECT 1;\\n  SELEC 2");`,
  );
  expect(status).toBe(1);
  expect(stderr).toMatch(/^millrace: SQL_PARSE: 2:3: unexpected 'SELEC'\n.*\ndid you mean SELECT\?\n$/);
});

test.each([
  ["throws", "job.js", 'export default () => { throw new Error("mine"); };', "mine"],
  ["does not parse", "job.ts", "const x: number = ;", "Expression expected"],
  ["imports what is not there", "job.js", 'import "nothing-such";', "Cannot find package 'nothing-such'"],
])("a module that %s is the user's, not a bug of ours", (_, name, code, message) => {
  const { stdout, stderr, status } = run(name, code);
  expect({ stdout, status }).toEqual({ stdout: "", status: 1 });
  expect(stderr).toMatch(/^millrace: USER_CODE: job\.[jt]s failed: [^\n]*--verbose shows where\n$/);
  expect(stderr).toContain(message);
  expect(run(name, code, "--verbose").stderr).toMatch(/caused by [\s\S]*job\.[jt]s\b/);
});

test("it may set the exit code; it takes no --var, --set and --catalog", () => {
  expect(run("job.js", "process.exitCode = 3;")).toEqual({ stdout: "", stderr: "", status: 3 });
  const { stderr, status } = run("job.js", "", "--var", "x=1");
  expect(status).toBe(2);
  expect(stderr).toMatch(/^millrace: run job\.js: --var, --set and --catalog are for \.sql scripts[^\n]*\n$/);
});
