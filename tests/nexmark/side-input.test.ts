/** q13: bids with a bounded side input, against a plain look-up in a Map; from a file, the generator and into a sink. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { query, runSql } from "millrace";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { finalTable, nexmarkTables, queryText, tablesOver } from "./nexmark-queries.ts";

const root = join(import.meta.dirname, "..", "..");
const generator = join(root, "packages", "connectors", "basic", "fixtures", "generate.mjs");

interface Event {
  readonly event_type: number;
  readonly bid: { auction: number; bidder: number; price: number; dateTime: string } | null;
}
interface Joined {
  readonly auction: number;
  readonly bidder: number;
  readonly price: number;
  readonly value: string;
}

let folder: string;
let events: string;
let sideTable: string;
let lines: readonly string[];

/** Some keys are not there, some twice, some without a value. */
function valuesOf(key: number): readonly (string | null)[] {
  if (key % 7 === 3) return [];
  if (key % 11 === 5) return [`first ${key}`, `second, ${key}`];
  return [key % 13 === 4 ? null : `value of ${key}`];
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "millrace-q13-"));
  events = join(folder, "events.jsonl");
  const text = execFileSync(process.execPath, [generator, "20000", "--rate", "400"], { maxBuffer: 1 << 28 });
  writeFileSync(events, text);
  lines = text.toString("utf8").trimEnd().split("\n");
  const side = join(folder, "side.csv");
  const rows = Array.from({ length: 10_000 }, (_, key) =>
    valuesOf(key).map((value) => `${key},${value === null ? "NULL" : JSON.stringify(value)}\n`),
  );
  writeFileSync(side, rows.flat().join(""));
  sideTable = readFileSync(join(root, "benchmarks", "nexmark", "side-input.sql"), "utf8")
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is what the script says
    .replaceAll("${side_input}", side)
    .replace("'format' = 'csv'", "'format' = 'csv', 'csv.null-literal' = 'NULL'");
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function expectedLines(): Map<string, number> {
  const counts = new Map<string, number>();
  for (const line of lines) {
    const { event_type: type, bid } = JSON.parse(line) as Event;
    if (type !== 2 || bid === null) continue;
    for (const value of valuesOf(bid.auction % 10_000)) {
      const row = JSON.stringify([bid.auction, bid.bidder, bid.price, value]);
      counts.set(row, (counts.get(row) ?? 0) + 1);
    }
  }
  return counts;
}

const counted = (rows: Iterable<Joined>) => {
  const counts = new Map<string, number>();
  for (const { auction, bidder, price, value } of rows) {
    const row = JSON.stringify([auction, bidder, price, value]);
    counts.set(row, (counts.get(row) ?? 0) + 1);
  }
  return counts;
};

describe("q13 joins each bid with the side input", () => {
  for (const chunkBytes of [1 << 20, 3_001]) {
    test(`from a file read ${chunkBytes} bytes at a time`, async () => {
      const { counts } = await finalTable(`${tablesOver(events, chunkBytes)}\n${sideTable}`, await queryText("q13"));
      const rows = [...counts].flatMap(([line, count]) => Array<Joined>(count).fill(JSON.parse(line) as Joined));
      const expected = expectedLines();
      expect(expected.size).toBeGreaterThan(1000);
      expect(counted(rows)).toEqual(expected);
    });
  }

  test("from the generator into a file", async () => {
    const out = join(folder, "out.jsonl");
    const source = "'connector' = 'nexmark', 'count' = '20000', 'rate' = '400'";
    const sink = `CREATE TABLE joined (auction BIGINT, bidder BIGINT, price BIGINT, ts TIMESTAMP(3), \`value\` STRING)
      WITH ('connector' = 'filesystem', 'path' = '${out}', 'format' = 'json');`;
    await runSql(`${nexmarkTables(source)}\n${sideTable}\n${sink}\nINSERT INTO joined ${await queryText("q13")}`);
    const rows = readFileSync(out, "utf8").trimEnd().split("\n");
    expect(counted(rows.map((row) => JSON.parse(row) as Joined))).toEqual(expectedLines());
  });

  test("in the order of the bids", async () => {
    const script = `${tablesOver(events, 1 << 20)}\n${sideTable}\n${await queryText("q13")}`;
    const bids = lines.flatMap((line) => (JSON.parse(line) as Event).bid ?? []);
    const found = (await Array.fromAsync(query<{ auction: bigint; bidder: bigint; price: bigint }>(script))).map(
      ({ auction, bidder, price }) => `${auction} ${bidder} ${price}`,
    );
    const expected = bids.flatMap(({ auction, bidder, price }) =>
      valuesOf(auction % 10_000).map(() => `${auction} ${bidder} ${price}`),
    );
    expect(found).toEqual(expected);
  });
});
