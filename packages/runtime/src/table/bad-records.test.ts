import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createMetricGroup } from "@millrace/core";
import { ManualClock } from "@millrace/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type BadRecordPolicy, createBadRecordHandler } from "./bad-records.ts";

let baseDirectory: string;
let lines: string[];
let clock: ManualClock;
const metrics = createMetricGroup();

beforeEach(() => {
  baseDirectory = mkdtempSync(join(tmpdir(), "bad-records-"));
  lines = [];
  clock = new ManualClock();
});
afterEach(() => rmSync(baseDirectory, { recursive: true }));

function handlerOf(policy: BadRecordPolicy) {
  const reporter = { warn: (line: string) => void lines.push(line), progress: () => undefined };
  return createBadRecordHandler(policy, { tableName: "events", metrics, clock, reporter, baseDirectory });
}

const record = (line: number, bytes: Uint8Array = new TextEncoder().encode(`{"price":"x${line}"}`)) => ({
  position: `events.json:${line}`,
  reason: "field 'price': expected a number",
  bytes,
});

test("fail names table, place, field and the way out", () => {
  expect(() => handlerOf({ kind: "fail" }).report(record(17))).toThrow(
    expect.objectContaining({
      code: "DATA_INVALID",
      message:
        "table 'events', events.json:17: field 'price': expected a number " +
        "('bad-records' = 'skip' or 'dead-letter' goes on without it)",
    }),
  );
});

test("skip counts, and tells at most once a second and the sum at the end", async () => {
  const handler = handlerOf({ kind: "skip" });
  const before = metrics.read().numBadRecords ?? 0;
  for (let i = 1; i <= 3; i++) handler.report(record(i));
  expect(lines.length).toBe(1);
  await clock.advance(1000);
  handler.report(record(4));
  handler.report(record(5));
  await handler.close();
  const first = "skipped; the first at events.json:1: field 'price': expected a number";
  expect(lines).toEqual([
    `table 'events': 1 bad record ${first}`,
    `table 'events': 4 bad records ${first}`,
    `table 'events': 5 bad records ${first}`,
  ]);
  expect((metrics.read().numBadRecords ?? 0) - before).toBe(5);
});

test("dead-letter keeps the record as it was, also when it is no text, and appends", async () => {
  const first = handlerOf({ kind: "dead-letter", path: "sub/bad.jsonl" });
  const borrowed = new TextEncoder().encode('{"price":"\u00fc"}');
  first.report(record(1, borrowed));
  borrowed.fill(0);
  await first.close();
  const second = handlerOf({ kind: "dead-letter", path: "sub/bad.jsonl" });
  second.report(record(2, Uint8Array.of(0x22, 0xff, 0x0a)));
  await second.flush();
  const written = readFileSync(join(baseDirectory, "sub/bad.jsonl"), "utf8").trimEnd().split("\n");
  const common = { table: "events", reason: "field 'price': expected a number" };
  expect(written.map((line) => JSON.parse(line))).toEqual([
    { ...common, position: "events.json:1", text: '{"price":"\u00fc"}' },
    { ...common, position: "events.json:2", base64: "Iv8K" },
  ]);
  await second.close();
});

test("a dead-letter file that cannot be written fails the job", async () => {
  const handler = handlerOf({ kind: "dead-letter", path: "." });
  handler.report(record(1));
  await expect(handler.flush()).rejects.toMatchObject({ code: "SINK_UNAVAILABLE" });
  expect(() => handler.report(record(2))).toThrow("cannot write bad records to");
});
