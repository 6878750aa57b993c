import { spawn } from "node:child_process";
import { expect, test } from "vitest";
import { cliEnvironment, launcher, millrace } from "./run-cli.ts";

test("a short demo prints plain lines where there is no terminal", () => {
  const { stdout, stderr, status } = millrace(["demo", "--duration", "1", "--events-per-second", "60k"]);
  expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
  expect(stdout).toMatch(/hot items 00:00:0\d {2}\d+: \d+/);
  expect(stdout).toMatch(/60,000 in total, watermark/);
  expect(stdout).not.toContain("\x1b");
});

test("Ctrl-C ends an unbounded demo with exit code 0", async () => {
  const child = spawn(process.execPath, [launcher, "demo", "--unbounded"], { env: cliEnvironment });
  let stdout = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    if (/events\/s/.test(stdout) && !child.killed) child.kill("SIGINT");
  });
  const code = await new Promise((resolve) => child.on("close", resolve));
  expect(code).toBe(0);
  expect(stdout).toMatch(/channels .*watermark/);
});
