import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { repositoryRoot } from "../../scripts/source-tree.ts";

test("examples/card-fraud.sql finds the cards that paid a small and a large amount within a minute", () => {
  const launcher = join(repositoryRoot, "packages", "cli", "bin", "millrace.js");
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [launcher, "run", join("examples", "card-fraud.sql")],
    { cwd: repositoryRoot, encoding: "utf8", env: { ...process.env, NO_COLOR: "1" }, timeout: 60_000 },
  );
  expect(status, stderr).toBe(0);
  // 0815 takes a minute, 1234 pays the large amount first and then another.
  const alarms = stdout.split("\n").filter((line) => line.startsWith("+I"));
  expect(alarms.sort()).toEqual(["+I[1234, 1.00, 950.00, jewels, 30]", "+I[4711, 0.90, 899.00, jewels, 45]"]);
});
