/** All 23 queries as INSERT INTO sinks, in one statement set, and what must stand in each sink then. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ConnectorFactory, formatType, type SinkChangelogMode, withNullable } from "@millrace/core";
import { ScriptSession } from "millrace";
import { answeredQueries, answerLines, comparableLine, count, queryText, type ResultTable } from "./nexmark-queries.ts";

export const allQueries: readonly string[] = [...answeredQueries, "q10", "q12", "q13"];
const sideInput = join(import.meta.dirname, "..", "..", "benchmarks", "nexmark", "side-input.sql");

interface Bid {
  readonly auction: number;
  readonly bidder: number;
  readonly price: number;
  readonly dateTime: string;
  readonly extra: string;
}

/** Runs the queries over the tables that `tables` makes; gives the rows of their sinks by the query's name. */
export async function insertAll(tables: string): Promise<ReadonlyMap<string, ResultTable>> {
  const folder = mkdtempSync(join(tmpdir(), "millrace-insert-"));
  const side = join(folder, "side.csv");
  writeFileSync(side, Array.from({ length: 10_000 }, (_, key) => `${key},${sideValue(key)}\n`).join(""));
  const results = new Map<string, ResultTable>();
  const session = new ScriptSession({
    connectors: [collecting(results)],
    reporter: { warn: console.warn, progress: () => undefined },
  });
  const prepare = async (text: string) => {
    let last = null;
    for (const statement of session.parse(text)) last = await session.prepare(statement, text);
    return last;
  };
  try {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is what the script says
    await prepare(`${tables}\n${readFileSync(sideInput, "utf8").replaceAll("${side_input}", side)}`);
    const inserts: string[] = [];
    for (const name of allQueries) {
      const text = (await queryText(name)).trimEnd().replace(/;$/, "");
      const prepared = await prepare(text);
      if (prepared?.kind !== "job" || prepared.result === null) throw new Error(`${name} is no query`);
      const columns = prepared.result.fields.map((field) => {
        return `\`${field.name}\` ${formatType(withNullable(field.type, true))}`;
      });
      const mode: SinkChangelogMode = prepared.result.changelogMode;
      await prepare(
        `CREATE TABLE sink_${name} (${columns.join(", ")}) WITH ('connector' = 'collecting', 'takes' = '${mode}')`,
      );
      inserts.push(`INSERT INTO sink_${name} ${text};`);
    }
    const job = await prepare(`EXECUTE STATEMENT SET BEGIN ${inserts.join("\n")} END;`);
    if (job?.kind !== "job") throw new Error("no job");
    await job.start().done;
    return results;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A sink that keeps its rows; one that takes inserts only refuses updates. */
function collecting(results: Map<string, ResultTable>): ConnectorFactory {
  return {
    name: "collecting",
    options: { takes: { type: "enum", values: ["append", "retract"], description: "What it takes." } },
    createSink({ options, schema, tableName }) {
      const counts = new Map<string, number>();
      results.set(tableName.replace("sink_", ""), { fields: schema.fields, counts });
      return {
        changelogMode: options.takes as SinkChangelogMode,
        createWriter: () =>
          Promise.resolve({
            write: (batch) => count(batch, schema.fields, counts),
            flush: () => Promise.resolve(),
            close: () => Promise.resolve(),
          }),
      };
    },
  };
}

const sideValue = (key: number) => `value of ${key}`;

/** What is wrong with the rows of a query, over the events that Flink's answers are for; nothing: none. */
export function differences(
  name: string,
  result: ResultTable | undefined,
  events: readonly string[],
): readonly string[] {
  if (result === undefined) return [`${name} has no sink`];
  const expected = new Map<string, number>();
  const add = (row: Readonly<Record<string, unknown>>, times = 1) => {
    const line = comparableLine(row, result.fields);
    expected.set(line, (expected.get(line) ?? 0) + times);
  };
  if (answeredQueries.includes(name)) for (const line of answerLines(name)) add(JSON.parse(line));
  else for (const bid of bidsOf(events)) add(expectedRow(name, bid));
  const found = name === "q12" ? withoutWindows(result.counts) : result.counts;
  return [
    ...[...expected].filter(([row, times]) => found.get(row) !== times).map(([row]) => `- ${row}`),
    ...[...found].filter(([row, times]) => expected.get(row) !== times).map(([row]) => `+ ${row}`),
  ].slice(0, 5);
}

function bidsOf(events: readonly string[]): readonly Bid[] {
  return events.flatMap((line) => (JSON.parse(line) as { readonly bid: Bid | null }).bid ?? []);
}

function expectedRow(
  name: string,
  { auction, bidder, price, dateTime, extra }: Bid,
): Readonly<Record<string, unknown>> {
  if (name === "q12") return { bidder };
  const bid = { auction, bidder, price, ts: dateTime };
  if (name === "q13") return { ...bid, value: sideValue(auction % 10_000) };
  return { ...bid, extra, day: dateTime.slice(0, 10), minute: dateTime.slice(11, 16) };
}

/** How many bids there are of each bidder: in which windows of processing time they fall depends on the machine. */
function withoutWindows(counts: ReadonlyMap<string, number>): Map<string, number> {
  const sums = new Map<string, number>();
  for (const line of counts.keys()) {
    const { bidder, bids } = JSON.parse(line) as { readonly bidder: number; readonly bids: number };
    const row = JSON.stringify({ bidder });
    sums.set(row, (sums.get(row) ?? 0) + bids);
  }
  return sums;
}
