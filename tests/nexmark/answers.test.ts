/** Nexmark queries against the answers of Flink 2.3, at several sizes of batches. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { answeredQueries, answerLines, comparableLine, finalTable, queryText, tablesOver } from "./nexmark-queries.ts";

const generator = join(import.meta.dirname, "..", "..", "packages", "connectors", "basic", "fixtures", "generate.mjs");
const generate = (...args: string[]) => execFileSync(process.execPath, [generator, ...args], { maxBuffer: 1 << 28 });

let folder: string;
let events: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "millrace-nexmark-"));
  events = join(folder, "events.jsonl");
  writeFileSync(events, generate("20000", "--rate", "400"));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the answers of Nexmark are Flink's", () => {
  for (const name of answeredQueries) {
    for (const chunkBytes of [1 << 20, 65_536, 3_001]) {
      test(`${name}, read ${chunkBytes} bytes at a time`, async () => {
        const { fields, counts } = await finalTable(tablesOver(events, chunkBytes), await queryText(name));
        const expected = new Map<string, number>();
        for (const line of answerLines(name)) {
          const row = comparableLine(JSON.parse(line), fields);
          expected.set(row, (expected.get(row) ?? 0) + 1);
        }
        const wrong = [...expected].filter(([row, count]) => counts.get(row) !== count).map(([row]) => `- ${row}`);
        const extra = [...counts].filter(([row, count]) => expected.get(row) !== count).map(([row]) => `+ ${row}`);
        expect([...wrong.slice(0, 5), ...extra.slice(0, 5)]).toEqual([]);
        expect(counts.size).toBe(expected.size);
      });
    }
  }
});

describe("a chunk boundary at every position of a small file", () => {
  for (const name of ["q0", "q5"]) {
    test(name, { timeout: 60_000 }, async () => {
      const small = join(folder, "small.jsonl");
      const text = generate("9", "--seed", "7");
      writeFileSync(small, text);
      const query = await queryText(name);
      const whole = await finalTable(tablesOver(small, 1 << 20), query);
      expect(whole.counts.size).toBeGreaterThan(0);
      for (let chunkBytes = 1; chunkBytes <= text.length; chunkBytes++) {
        const cut = await finalTable(tablesOver(small, chunkBytes), query);
        expect([...cut.counts].sort(), `chunks of ${chunkBytes} bytes`).toEqual([...whole.counts].sort());
      }
    });
  }
});
