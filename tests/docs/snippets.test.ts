import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { describe, expect, test } from "vitest";
import { readDocuments } from "../../scripts/check-docs.ts";
import { type RunnableBlock, runnableBlocksOf } from "../../scripts/markdown.ts";
import { repositoryRoot } from "../../scripts/source-tree.ts";

/** A snippet may be a whole small job; a hang must not be waited for longer. */
const TIMEOUT_MS = 60_000;
/** Inside the checkout, so that imports of `millrace` resolve as they do for a user. */
const snippetFolder = join(repositoryRoot, ".cache", "snippets");

for (const [path, text] of readDocuments()) {
  const blocks = runnableBlocksOf(text);
  if (blocks.length === 0) continue;
  describe(path, () => {
    for (const block of blocks) {
      test(`line ${block.line} (${block.language})`, { timeout: TIMEOUT_MS + 5_000 }, () => {
        const output = runBlock(block);
        if (block.expectedOutput !== null) expect(trimmed(output)).toBe(trimmed(block.expectedOutput));
      });
    }
  });
}

test("runs shell and TypeScript blocks, and reports a failing one", () => {
  const block = (language: string, code: string): RunnableBlock => ({ language, code, line: 1, expectedOutput: null });
  expect(runBlock(block("sh", "echo one | tr o 0\nnode -p 1+1"))).toBe("0ne\n2\n");
  expect(runBlock(block("ts", "const n: number = 3;\nconsole.log(n);\n"))).toBe("3\n");
  expect(() => runBlock(block("sh", "echo before; false; echo after"))).toThrow(/exit code 1[\s\S]*before/);
});

/** Runs a block as a reader would and returns what it printed on stdout. */
function runBlock({ language, code }: RunnableBlock): string {
  if (language === "sh") return run("bash", ["-euo", "pipefail", "-c", code]);
  mkdirSync(snippetFolder, { recursive: true });
  const file = join(snippetFolder, `snippet-${process.pid}.${language}`);
  writeFileSync(file, code);
  try {
    if (language === "ts") return run(process.execPath, [file]);
    const launcher = join(repositoryRoot, "packages", "cli", "bin", "millrace.js");
    return run(process.execPath, [launcher, "sql", "-f", file]);
  } finally {
    rmSync(file);
  }
}

function run(command: string, args: readonly string[]): string {
  const env = {
    ...process.env,
    NODE_OPTIONS: "",
    NO_COLOR: "1",
    PATH: `${join(repositoryRoot, "node_modules", ".bin")}${delimiter}${process.env.PATH}`,
  };
  const result = spawnSync(command, args, { cwd: repositoryRoot, encoding: "utf8", env, timeout: TIMEOUT_MS });
  if (result.error !== undefined) throw result.error;
  if (result.status !== 0) {
    throw new Error(`exit code ${result.status ?? result.signal}\nstdout: ${result.stdout}\nstderr: ${result.stderr}`);
  }
  return result.stdout;
}

/** Output as a document shows it: without spaces at the ends of lines or empty lines at the end. */
function trimmed(text: string): string {
  return text.replace(/[ \t]+$/gm, "").trimEnd();
}
