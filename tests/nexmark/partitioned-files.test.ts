/** q10: bids as CSV files by day and minute of event time, each marked once the watermark has passed its beginning by a minute. */
import { execFileSync } from "node:child_process";
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ManualClock } from "@millrace/testkit";
import { query, ScriptSession } from "millrace";
import { afterEach, beforeEach, expect, test } from "vitest";
import { nexmarkTables, queryText } from "./nexmark-queries.ts";

const root = join(import.meta.dirname, "..", "..");
const generator = join(root, "packages", "connectors", "basic", "fixtures", "generate.mjs");
const MINUTE = 60_000;
/** Of the tables: how far the watermark is behind the newest event. */
const WATERMARK_DELAY = 4000;

let folder: string;
let events: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "millrace-q10-"));
  events = join(folder, "events.jsonl");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

interface Event {
  readonly event_type: number;
  readonly bid: { auction: number; bidder: number; price: number; dateTime: string; extra: string } | null;
  readonly auction: { dateTime: string } | null;
  readonly person: { dateTime: string } | null;
}

const generate = (...args: string[]): readonly string[] =>
  execFileSync(process.execPath, [generator, ...args], { maxBuffer: 1 << 28 })
    .toString("utf8")
    .trimEnd()
    .split("\n");
const timeOf = ({ bid, auction, person }: Event) => (bid ?? auction ?? person)?.dateTime ?? "";
const parsed = (lines: readonly string[]) => lines.map((line) => JSON.parse(line) as Event);

/** The rows of each partition, as CSV lines in the order of the file. */
function expectedPartitions(list: readonly Event[]): Map<string, string[]> {
  const partitions = new Map<string, string[]>();
  for (const { event_type: type, bid } of list) {
    if (type !== 2 || bid === null) continue;
    const [day, time = ""] = bid.dateTime.split(" ");
    const partition = `day=${day}/minute=${time.slice(0, 2)}%3A${time.slice(3, 5)}`;
    const rows = partitions.get(partition) ?? [];
    partitions.set(partition, rows);
    const cells = [bid.auction, bid.bidder, bid.price, bid.dateTime, bid.extra];
    rows.push(cells.join(","));
  }
  return partitions;
}

const below = (path: string): readonly string[] =>
  readdirSync(path, { recursive: true, encoding: "utf8" }).filter((name) => /\/(part-|_SUCCESS)/.test(name));
const markedIn = (path: string) =>
  below(path)
    .filter((name) => name.endsWith("/_SUCCESS"))
    .map((name) => name.slice(0, -"/_SUCCESS".length))
    .sort();

/** The rows of all part files of a partition. */
function rowsOf(path: string, partition: string): readonly string[] {
  const parts = below(path).filter((name) => name.startsWith(`${partition}/part-`));
  return parts.flatMap((name) => readFileSync(join(path, name), "utf8").trimEnd().split("\n"));
}

const partitionedTable = (path: string) =>
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is what the script says
  readFileSync(join(root, "benchmarks", "nexmark", "partitioned-bids.sql"), "utf8").replaceAll("${folder}", path);

/** q10 as a job on a clock that stands still unless a test moves it. */
async function startQ10(source: string, path: string) {
  const session = new ScriptSession({ reporter: { warn: console.warn, progress: () => undefined } });
  const setup = `${nexmarkTables(source)}\n${partitionedTable(path)}`;
  for (const statement of session.parse(setup)) await session.prepare(statement, setup);
  const insert = `INSERT INTO partitioned_bids ${await queryText("q10")}`;
  const prepared = await session.prepare(session.parse(insert)[0]!, insert);
  if (prepared.kind !== "job") throw new Error("no job");
  const clock = new ManualClock(Date.parse("2026-01-01T00:00:00Z"));
  const abort = new AbortController();
  return { clock, abort, job: prepared.start({ clock, signal: abort.signal }) };
}

const fileTable = (more = "") => `'connector' = 'filesystem', 'path' = '${events}', 'format' = 'json'${more}`;

test("every bid is in the file of its minute, every partition is marked, and the folder is a table again", async () => {
  const lines = generate("20000", "--rate", "100", "--disorder", "2000");
  writeFileSync(events, `${lines.join("\n")}\n`);
  const out = join(folder, "bids");
  const { job } = await startQ10(fileTable(), out);
  await job.done;

  const expected = expectedPartitions(parsed(lines));
  expect(expected.size).toBe(4);
  expect(markedIn(out)).toEqual([...expected.keys()].sort());
  for (const [partition, rows] of expected) expect([...rowsOf(out, partition)].sort(), partition).toEqual(rows.sort());
  const total = [...expected.values()].reduce((sum, rows) => sum + rows.length, 0);
  const found = below(out).filter((name) => !name.endsWith("_SUCCESS"));
  expect(found.flatMap((name) => readFileSync(join(out, name), "utf8").trimEnd().split("\n"))).toHaveLength(total);

  const counted = await Array.fromAsync(
    query<{ day: string; minute: string; n: number }>(
      `${partitionedTable(out)} SELECT \`day\`, \`minute\`, COUNT(*) AS n FROM partitioned_bids GROUP BY \`day\`, \`minute\``,
    ),
  );
  const lengths = Array.from(expected, ([partition, rows]) => `${partition} ${rows.length}`);
  expect(counted.map((row) => `day=${row.day}/minute=${row.minute.replace(":", "%3A")} ${row.n}`).sort()).toEqual(
    lengths.sort(),
  );
});

test("while the input goes on, a partition is marked when the watermark has passed it by a minute, not before", async () => {
  const lines = generate("30000", "--rate", "100");
  writeFileSync(events, "");
  const out = join(folder, "bids");
  const { clock, abort, job } = await startQ10(
    fileTable(", 'source.follow' = 'true', 'source.monitor-interval' = '100 ms'"),
    out,
  );
  const list = parsed(lines);
  const start = Date.parse(`${timeOf(list[0]!)}Z`);
  const until = (ms: number) => list.findIndex((event) => Date.parse(`${timeOf(event)}Z`) > start + ms);
  let given = 0;
  const feed = async (end: number, isDone: () => boolean) => {
    appendFileSync(events, `${lines.slice(given, end).join("\n")}\n`);
    given = end;
    for (let turn = 0; !isDone(); turn++) {
      if (turn === 5000) throw new Error(`not there after ${turn} turns: ${below(folder).join(", ")}`);
      await clock.advance(10);
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  const first = "day=2015-07-15/minute=00%3A00";
  const read = () => job.progress().recordsIn >= given;
  // The first minute stands for 00:00, which the watermark has passed by a minute at 00:01, 4 s behind the events: not yet.
  await feed(until(MINUTE + WATERMARK_DELAY - 500), read);
  expect(markedIn(folder)).toEqual([]);
  await feed(until(MINUTE + WATERMARK_DELAY + 500), () => markedIn(out).length > 0);
  expect(markedIn(out)).toEqual([first]);
  const rows = expectedPartitions(list).get(first);
  expect(rowsOf(out, first)).toEqual(rows);
  // The open minutes are published when their files are a minute old, but not marked.
  await feed(until(MINUTE + WATERMARK_DELAY + 900), read);
  await clock.advance(2 * MINUTE);
  for (let turn = 0; below(out).length < 3; turn++) {
    if (turn === 1000) throw new Error(`not published: ${below(out).join(", ")}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(markedIn(out)).toEqual([first]);
  abort.abort();
  await job.done;
  expect(markedIn(out)).toEqual([first]);
});
