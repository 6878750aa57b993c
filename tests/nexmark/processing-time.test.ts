/** q12: what it answers depends on when events come, here to a file that is read on as it grows, on a manual clock. */
import { execFileSync } from "node:child_process";
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { valueAt } from "@millrace/core";
import { ManualClock } from "@millrace/testkit";
import { ScriptSession } from "millrace";
import { afterAll, beforeAll, expect, test } from "vitest";
import { nexmarkTables, queryText } from "./nexmark-queries.ts";

const generator = join(import.meta.dirname, "..", "..", "packages", "connectors", "basic", "fixtures", "generate.mjs");
const START = Date.parse("2026-05-04T08:00:00Z");
const SECOND = 1000;
const POLL_MS = 100;

let folder: string;
let lines: readonly string[];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "millrace-q12-"));
  lines = execFileSync(process.execPath, [generator, "4000"], { maxBuffer: 1 << 26 })
    .toString("utf8")
    .trimEnd()
    .split("\n");
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** [second at which they come, number of events]: pauses, a window with several pieces, windows without any. */
const pieces: readonly (readonly [atSecond: number, events: number])[] = [
  [1, 500],
  [4, 300],
  [13, 1000],
  [55, 200],
  [61, 2000],
];

test("q12 counts the bids of each bidder in the 10 s in which they came", async () => {
  const path = join(folder, "events.jsonl");
  writeFileSync(path, "");
  const source = `'connector' = 'filesystem', 'path' = '${path}', 'format' = 'json', 'source.follow' = 'true', 'source.monitor-interval' = '${POLL_MS} ms'`;
  const session = new ScriptSession({ reporter: { warn: console.warn, progress: () => undefined } });
  const tables = nexmarkTables(source);
  for (const statement of session.parse(tables)) await session.prepare(statement, tables);
  const query = await queryText("q12");
  const prepared = await session.prepare(session.parse(query)[0]!, query);
  if (prepared.kind !== "job" || prepared.result === null) throw new Error("no query");
  expect(prepared.result.changelogMode).toBe("append");

  const { fields } = prepared.result;
  const clock = new ManualClock(START);
  const abort = new AbortController();
  const rows: (readonly unknown[])[] = [];
  const job = prepared.start({
    clock,
    signal: abort.signal,
    collect: ({ length, columns }) => {
      for (let row = 0; row < length; row++) rows.push(fields.map(({ type }, i) => valueAt(columns[i]!, row, type)));
    },
  });

  const expected = new Map<string, number>();
  let given = 0;
  let bids = 0;
  for (const [atSecond, events] of pieces) {
    await clock.advance(START + atSecond * SECOND - clock.now());
    const piece = lines.slice(given, given + events);
    appendFileSync(path, `${piece.join("\n")}\n`);
    given += events;
    const window = START + Math.floor(atSecond / 10) * 10 * SECOND;
    for (const line of piece) {
      const { event_type: type, bid } = JSON.parse(line) as { event_type: number; bid: { bidder: number } | null };
      if (type !== 2 || bid === null) continue;
      bids++;
      const id = `${bid.bidder} ${window}`;
      expected.set(id, (expected.get(id) ?? 0) + 1);
    }
    // The file is looked at every 0.1 s of the clock; reading takes real time, which the clock does not see. Only bids are decoded.
    for (let look = 0; job.progress().recordsIn < bids; look++) {
      if (look === 20) throw new Error(`${job.progress().recordsIn} of ${bids} bids read after 2 s of the clock`);
      await clock.advance(POLL_MS);
      for (let turn = 0; turn < 200 && job.progress().recordsIn < bids; turn++) {
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
  }
  // Nothing comes any more: the last window comes out because the clock reaches its end.
  await clock.advance(20 * SECOND);
  abort.abort();
  await job.done;

  const found = rows.map(([bidder, count, start, end]) => {
    expect(Number(end) - Number(start)).toBe(10 * SECOND);
    return `${String(bidder)} ${String(start)}: ${String(count)}`;
  });
  expect(found.sort()).toEqual(Array.from(expected, ([id, count]) => `${id}: ${count}`).sort());
  expect(new Set(rows.map(([, , start]) => start)).size).toBe(4);
});
