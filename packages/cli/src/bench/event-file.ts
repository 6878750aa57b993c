/** The file that `millrace bench nexmark` reads: made by the built-in generator where it is not there yet. */
import { createReadStream, existsSync, mkdirSync } from "node:fs";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { sinkUnavailable, sourceUnavailable } from "@millrace/connector-basic";
import { ScriptSession } from "millrace";
import { createLineEncoder } from "../output/line-encoder.ts";
import { stderrReporter } from "../stderr-reporter.ts";

export interface EventFile {
  readonly path: string;
  readonly events: number;
}

/** Where the events are kept for the next time. */
export function cachedEventFile(events: number, rate: number): string {
  return join(tmpdir(), "millrace", `nexmark-${events}-events-${rate}-per-second.jsonl`);
}

/** The file with its number of events; makes it first if it is not there. */
export async function provideEventFile(path: string, events: number, rate: number): Promise<EventFile> {
  if (existsSync(path)) {
    const counted = await countLines(path).catch((error: unknown) => {
      throw sourceUnavailable(`cannot read ${path}`, error);
    });
    return { path, events: counted };
  }
  stderrReporter.progress(`${path} is not there: generating ${events} events`);
  const startedAt = performance.now();
  await generate(path, events, rate);
  stderrReporter.progress(`generated in ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
  return { path, events };
}

const columns = `event_type INT,
  person  ROW<id BIGINT, name STRING, emailAddress STRING, creditCard STRING, city STRING, state STRING,
              \`dateTime\` TIMESTAMP(3), extra STRING>,
  auction ROW<id BIGINT, itemName STRING, description STRING, initialBid BIGINT, reserve BIGINT,
              \`dateTime\` TIMESTAMP(3), expires TIMESTAMP(3), seller BIGINT, category BIGINT, extra STRING>,
  bid     ROW<auction BIGINT, bidder BIGINT, price BIGINT, channel STRING, url STRING,
              \`dateTime\` TIMESTAMP(3), extra STRING>`;

async function generate(path: string, events: number, rate: number): Promise<void> {
  const session = new ScriptSession({ reporter: stderrReporter });
  const script = `CREATE TABLE events (${columns}) WITH ('connector' = 'nexmark', 'count' = '${events}', 'rate' = '${rate}');
    SELECT event_type, person, auction, bid FROM events`;
  // Renamed when whole, so that a run that was broken off leaves nothing that looks like it.
  const partial = `${path}.${process.pid}.partial`;
  const file = await create(partial).catch((error: unknown) => {
    throw sinkUnavailable(`cannot write ${path}`, error);
  });
  try {
    for (const statement of session.parse(script)) {
      const prepared = await session.prepare(statement, script);
      if (prepared.kind !== "job" || prepared.result === null) continue;
      const lines = createLineEncoder(prepared.result, "jsonl", false);
      const handle = prepared.start({
        collect: async (batch) => {
          await file.writeFile(lines.encode(batch));
        },
      });
      await handle.done;
    }
    await file.close();
    await rename(partial, path);
  } finally {
    await file.close();
    await rm(partial, { force: true });
  }
}

async function create(path: string): Promise<FileHandle> {
  mkdirSync(dirname(path), { recursive: true });
  return open(path, "w");
}

async function countLines(path: string): Promise<number> {
  let count = 0;
  let last = 10;
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) count++;
    last = chunk[chunk.length - 1];
  }
  return last === 10 ? count : count + 1;
}
