/** Nexmark from topic to topic: every row as Flink has it. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { runSql } from "millrace";
import { beforeAll, describe, expect, test } from "vitest";
import { allQueries, differences, insertAll } from "../../nexmark/insert-all.ts";
import { answerLines, nexmarkTables, queryText } from "../../nexmark/nexmark-queries.ts";
import type { KafkaFixture } from "../kafka-fixture.ts";

const PARTITIONS = 4;
const generator = join(import.meta.dirname, "../../../packages/connectors/basic/fixtures/generate.mjs");

const outputColumns: Record<string, string> = {
  q1: "auction BIGINT, bidder BIGINT, euros DECIMAL(23, 3), ts TIMESTAMP(3)",
  q5: "auction BIGINT, bids BIGINT, window_start TIMESTAMP(3)",
};

/** How the events, in the order of their time, are spread over the partitions. */
const spreads: Record<string, (event: number, count: number) => number> = {
  "in turn": (event) => event % PARTITIONS,
  // The last partition is half a minute ahead of the first until that has been read.
  "by time": (event, count) => Math.floor((event * PARTITIONS) / count),
};

export function nexmarkSuite(kafka: KafkaFixture): void {
  describe("Nexmark from topic to topic", () => {
    const topics: Record<string, string> = {};
    let events: readonly string[];

    beforeAll(async () => {
      const output = execFileSync(process.execPath, [generator, "20000", "--rate", "400"], { maxBuffer: 1 << 28 });
      events = output.toString().trimEnd().split("\n");
      for (const [name, spread] of Object.entries(spreads)) {
        topics[name] = await kafka.topic("events", PARTITIONS);
        const messages = events.map((value, i) => ({ value, partition: spread(i, events.length) }));
        for (let i = 0; i < messages.length; i += 2000)
          await kafka.client.write(topics[name], messages.slice(i, i + 2000));
      }
    }, 60_000);

    for (const spread of Object.keys(spreads)) {
      test.each(Object.keys(outputColumns))(`%s, events spread ${spread}`, { timeout: 60_000 }, async (name) => {
        const output = await kafka.topic(`answer-${name}`, PARTITIONS);
        await runSql(`
          ${nexmarkTables(kafka.bounded(topics[spread]))}
          CREATE TABLE answer (${outputColumns[name]}) WITH (${kafka.with(output)});
          INSERT INTO answer ${await queryText(name)}
        `);
        const rows = (await kafka.client.values(output)).map((value) => comparable(JSON.parse(value ?? "null")));
        const expected = answerLines(name).map((line) => comparable(JSON.parse(line)));
        expect(rows.sort()).toEqual(expected.sort());
      });

      test(`all 23 queries into sinks in one run, events spread ${spread}`, { timeout: 120_000 }, async () => {
        const results = await insertAll(nexmarkTables(kafka.bounded(topics[spread])));
        const wrong = allQueries.map((name) => [name, ...differences(name, results.get(name), events)]);
        expect(wrong.filter((list) => list.length > 1)).toEqual([]);
      });
    }
  });
}

/** DECIMAL by its value, TIMESTAMP with all its digits. */
function comparable(row: Readonly<Record<string, unknown>>): string {
  const values = Object.entries(row).map(([name, value]) => {
    if (name === "euros") return [name, Number(value)];
    if (name === "ts" || name === "window_start")
      return [name, new Date(`${String(value).replace(" ", "T")}Z`).getTime()];
    return [name, value];
  });
  return JSON.stringify(Object.fromEntries(values));
}
