import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { cliEnvironment, launcher } from "./run-cli.ts";

/** The promise is 250 ms on a quiet machine; a shared one under a test run gets a wide margin. */
const LIMIT_MS = 2000;

test("SELECT 1 returns quickly", () => {
  const times: number[] = [];
  for (let run = 0; run < 4; run++) {
    const startedAt = performance.now();
    const { stdout } = spawnSync(process.execPath, [launcher, "sql", "-e", "SELECT 1"], {
      encoding: "utf8",
      env: cliEnvironment,
    });
    times.push(performance.now() - startedAt);
    expect(stdout).toBe('{"EXPR$0":1}\n');
  }
  const best = Math.min(...times);
  console.log(`millrace sql -e "SELECT 1": ${best.toFixed(0)} ms`);
  expect(best).toBeLessThan(LIMIT_MS);
});
