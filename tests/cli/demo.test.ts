import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { repositoryRoot } from "../../scripts/source-tree.ts";
import { cliEnvironment, inTemporaryFolder, launcher, millrace } from "./run-cli.ts";

test("a short demo prints plain lines where there is no terminal", () => {
  const { stdout, stderr, status } = millrace(["demo", "--duration", "1", "--events-per-second", "60k"]);
  expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
  expect(stdout).toMatch(/hot items 00:00:\d\d {2}\d+: \d+/);
  expect(stdout).toMatch(/60,000 in total, watermark/);
  expect(stdout).toMatch(/On Kafka or on a file/);
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

describe("the script of the demo, examples/hot-items.sql", () => {
  const script = readFileSync(join(repositoryRoot, "examples", "hot-items.sql"), "utf8");
  const generator = "'connector' = 'nexmark', 'count' = '60000', 'rate' = '5000'";

  test("gives what a naive program gives, from the generator and from a file", () =>
    inTemporaryFolder((folder) => {
      const onGenerator = withSource(script, generator);
      const [table = ""] = onGenerator.split(";");
      const events = millrace(["sql", "-e", `${table}; SELECT event_type, bid FROM events`]).stdout;
      const file = join(folder, "events.jsonl");
      writeFileSync(file, events);
      const expected = naiveRows(events);
      expect(expected.length).toBeGreaterThan(50);
      const onFile = withSource(script, `'connector' = 'filesystem', 'path' = '${file}', 'format' = 'json'`);
      for (const text of [onGenerator, onFile]) {
        writeFileSync(join(folder, "hot-items.sql"), text);
        const { stdout, stderr, status } = millrace(["run", join(folder, "hot-items.sql")]);
        expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
        expect(stdout.trimEnd().split("\n").sort()).toEqual(expected);
      }
    }));
});

/** The script with another WITH clause for its events. */
function withSource(script: string, source: string): string {
  const changed = script.replace(/'connector' = 'nexmark'[^)]*/, source);
  expect(changed).not.toBe(script);
  return changed;
}

/** The rows of hot_items and channel_bids, as the print connector writes them, sorted. */
function naiveRows(events: string): string[] {
  const bids = events
    .trimEnd()
    .split("\n")
    .map(
      (line) => JSON.parse(line) as { event_type: number; bid: { auction: number; channel: string; dateTime: string } },
    )
    .filter(({ event_type }) => event_type === 2)
    .map(({ bid }) => ({ ...bid, seconds: Date.parse(`${bid.dateTime.replace(" ", "T")}Z`) / 1000 }));
  const perAuction = countsByWindow(bids, 2, ({ auction }) => String(auction));
  const perChannel = countsByWindow(bids, 10, ({ channel }) => channel);
  const rows: string[] = [];
  for (const [end, counts] of perAuction) {
    const most = Math.max(...counts.values());
    for (const [auction, n] of counts) if (n * 2 >= most) rows.push(`+I[${instant(end)}, ${auction}, ${n}]`);
  }
  for (const [end, counts] of perChannel) {
    for (const [channel, n] of counts) if (n >= 100) rows.push(`+I[${instant(end)}, ${channel}, ${n}]`);
  }
  return rows.sort();
}

/** Window end, in seconds -> name -> rows in the 10 seconds before it; a window ends every `slide` seconds. */
function countsByWindow<T extends { readonly seconds: number }>(
  rows: readonly T[],
  slide: number,
  nameOf: (row: T) => string,
): Map<number, Map<string, number>> {
  const windows = new Map<number, Map<string, number>>();
  for (const row of rows) {
    for (let end = Math.floor(row.seconds / slide) * slide + slide; end - 10 <= row.seconds; end += slide) {
      const counts = windows.get(end) ?? new Map<string, number>();
      counts.set(nameOf(row), (counts.get(nameOf(row)) ?? 0) + 1);
      windows.set(end, counts);
    }
  }
  return windows;
}

function instant(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 19);
}
