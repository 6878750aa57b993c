/** State of joins that time bounds stays as it is, however long a stream is read; that of a join without a bound grows. */
import { ScriptSession } from "millrace";
import { describe, expect, test } from "vitest";
import { nexmarkTables } from "../nexmark/nexmark-queries.ts";

const EVENTS = 240_000;
/** Of event time: the stream is 240 s long. */
const EVENTS_PER_SECOND = 1000;

/** The highest number of bytes that joins held in each third of the run, and the rows that came out. */
async function stateOf(query: string): Promise<{ readonly peaks: readonly number[]; readonly rows: number }> {
  const session = new ScriptSession({ reporter: { warn: console.warn, progress: () => undefined } });
  const tables = nexmarkTables(`'connector' = 'nexmark', 'count' = '${EVENTS}', 'rate' = '${EVENTS_PER_SECOND}'`);
  for (const statement of session.parse(tables)) await session.prepare(statement, tables);
  const prepared = await session.prepare(session.parse(query)[0]!, query);
  if (prepared.kind !== "job") throw new Error("no query");
  const samples: number[] = [];
  const last = { sampledAt: 0 };
  let rows = 0;
  const job = prepared.start({
    collect: (batch) => {
      rows += batch.length;
      const { recordsIn } = job.progress();
      if (recordsIn < last.sampledAt + 1000) return;
      last.sampledAt = recordsIn;
      const joins = job.metrics().filter(({ kind }) => kind.endsWith("-join"));
      samples.push(joins.reduce((sum, { values }) => sum + (values.stateBytes ?? 0), 0));
    },
  });
  await job.done;
  const third = Math.floor(samples.length / 3);
  const peaks = [0, 1, 2].map((part) => Math.max(...samples.slice(part * third, (part + 1) * third)));
  return { peaks, rows };
}

const interval = "b.ts BETWEEN a.ts - INTERVAL '2' SECOND AND a.ts + INTERVAL '8' SECOND";
const windowed = (view: string) => `TABLE(TUMBLE(TABLE ${view}, DESCRIPTOR(ts), INTERVAL '5' SECOND))`;
const sameWindow = "a.id = b.auction AND a.window_start = b.window_start AND a.window_end = b.window_end";

describe("bounded by time, a join's state does not grow with the stream", () => {
  const queries: Record<string, string> = {
    "interval join": `SELECT a.id, b.price FROM auction AS a JOIN bid AS b ON a.id = b.auction AND ${interval}`,
    "interval left join": `SELECT a.id, b.price FROM auction AS a LEFT JOIN bid AS b ON a.id = b.auction AND ${interval}`,
    "interval full join": `SELECT a.id, b.price FROM auction AS a FULL JOIN bid AS b ON a.id = b.auction AND ${interval}`,
    "window join": `SELECT a.id, b.price FROM ${windowed("auction")} AS a JOIN ${windowed("bid")} AS b ON ${sameWindow}`,
    "window full join": `SELECT a.id, b.price FROM ${windowed("auction")} AS a FULL JOIN ${windowed("bid")} AS b ON ${sameWindow}`,
    "window anti join": `SELECT b.auction FROM ${windowed("bid")} AS b WHERE NOT EXISTS (
      SELECT 1 FROM ${windowed("auction")} AS a WHERE ${sameWindow})`,
  };
  for (const [name, query] of Object.entries(queries)) {
    test(name, { timeout: 60_000 }, async () => {
      const { peaks, rows } = await stateOf(query);
      expect(rows).toBeGreaterThan(1000);
      expect(peaks[0]).toBeGreaterThan(10_000);
      expect(peaks[2]).toBeLessThan(peaks[0]! * 1.25);
      expect(peaks[1]).toBeLessThan(peaks[0]! * 1.25);
    });
  }

  test("one without a bound grows, which the measure shows", { timeout: 60_000 }, async () => {
    const { peaks } = await stateOf("SELECT a.id, b.price FROM auction AS a JOIN bid AS b ON a.id = b.auction");
    expect(peaks[2]).toBeGreaterThan(peaks[0]! * 2);
  });
});
