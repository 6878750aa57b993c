/** All 23 queries into sinks, from a file and from the generator, in one run each. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { allQueries, differences, insertAll } from "./insert-all.ts";
import { nexmarkTables, type ResultTable, tablesOver } from "./nexmark-queries.ts";

const generator = join(import.meta.dirname, "..", "..", "packages", "connectors", "basic", "fixtures", "generate.mjs");
const sources = ["a file", "the generator"] as const;

let events: readonly string[];
const results = new Map<string, ReadonlyMap<string, ResultTable>>();

beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), "millrace-insert-"));
  try {
    const path = join(folder, "events.jsonl");
    const text = execFileSync(process.execPath, [generator, "20000", "--rate", "400"], { maxBuffer: 1 << 28 });
    writeFileSync(path, text);
    events = text.toString("utf8").trimEnd().split("\n");
    results.set("a file", await insertAll(tablesOver(path, 65_536)));
    const generated = "'connector' = 'nexmark', 'count' = '20000', 'rate' = '400'";
    results.set("the generator", await insertAll(nexmarkTables(generated)));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}, 120_000);

afterAll(() => results.clear());

describe.each(sources)("INSERT INTO a sink from %s", (source) => {
  test.each(allQueries)("%s", (name) => {
    expect(differences(name, results.get(source)?.get(name), events)).toEqual([]);
  });
});
