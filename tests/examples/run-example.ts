import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { repositoryRoot } from "../../scripts/source-tree.ts";

const run = promisify(execFile);

/** Runs `main.ts` of an example as a user would; rejects if it fails. */
export function runExample(name: string, ...args: readonly string[]): Promise<{ stdout: string; stderr: string }> {
  const main = join(repositoryRoot, "examples", name, "main.ts");
  return run(process.execPath, ["--conditions=millrace-source", main, ...args], { timeout: 60_000 });
}
