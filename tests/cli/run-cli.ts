import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { repositoryRoot } from "../../scripts/source-tree.ts";

export const launcher = join(repositoryRoot, "packages", "cli", "bin", "millrace.js");

export const cliEnvironment: NodeJS.ProcessEnv = { ...process.env, NODE_OPTIONS: "", MILLRACE_ENSURED: "1" };

export interface CliRun {
  readonly input?: string;
  readonly cwd?: string;
}

/** Runs the built command to its end. */
export function millrace(
  args: readonly string[],
  { input = "", cwd = repositoryRoot }: CliRun = {},
): SpawnSyncReturns<string> {
  return spawnSync(process.execPath, [launcher, ...args], {
    cwd,
    input,
    encoding: "utf8",
    env: cliEnvironment,
    timeout: 30_000,
    maxBuffer: 1 << 28,
  });
}

/** What `millrace sql -e` prints; throws with stderr if it fails. */
export function sqlOutput(sql: string, ...options: readonly string[]): string {
  const { stdout, stderr, status } = millrace(["sql", "-e", sql, ...options]);
  if (status !== 0) throw new Error(`exit code ${status}: ${stderr}`);
  return stdout;
}

/** A folder of its own for `action`, removed afterwards. */
export async function inTemporaryFolder<T>(action: (folder: string) => T | Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "millrace-cli-"));
  try {
    return await action(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
