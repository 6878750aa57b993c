/** Windows of processing time in SQL, from end to end, on a manual clock. */
import { type ConnectorFactory, columnOf, INT, recordBatch, STRING, valueAt } from "@millrace/core";
import { ManualClock, TestSource } from "@millrace/testkit";
import { describe, expect, test } from "vitest";
import { ScriptSession } from "./script-session.ts";

const SECOND = 1000;
const NOON = Date.parse("2026-03-01T12:00:00Z");

/** A job over table `t` (k STRING, n INT, p AS PROCTIME()), to be fed through `push`. */
async function start(query: string, settings: Readonly<Record<string, string>> = {}) {
  const source = new TestSource({ splits: ["only"], boundedness: "unbounded" });
  const connector: ConnectorFactory = { name: "test", options: {}, createSource: () => source };
  const reporter = { warn: () => undefined, progress: () => undefined };
  const session = new ScriptSession({ connectors: [connector], reporter, settings });
  const text = `CREATE TABLE t (k STRING, n INT, p AS PROCTIME()) WITH ('connector' = 'test'); ${query}`;
  const clock = new ManualClock(NOON);
  const abort = new AbortController();
  const rows: string[] = [];
  let done = Promise.resolve<unknown>(undefined);
  for (const statement of session.parse(text)) {
    const prepared = await session.prepare(statement, text);
    if (prepared.kind !== "job") continue;
    const fields = prepared.result?.fields ?? [];
    const shown = (kind: string, value: unknown) =>
      kind.startsWith("timestamp") ? `${(Number(value) - NOON) / SECOND}s` : String(value);
    done = prepared.start({
      clock,
      signal: abort.signal,
      collect: ({ length, columns }) => {
        for (let row = 0; row < length; row++) {
          rows.push(fields.map(({ type }, i) => shown(type.kind, valueAt(columns[i]!, row, type))).join(" "));
        }
      },
    }).done;
  }
  await clock.advance(0);
  return {
    clock,
    /** Gives rows [k, n] now, and what has come out since the last look. */
    async push(...given: readonly (readonly [k: string, n: number])[]): Promise<readonly string[]> {
      const keys = given.map(([k]) => k);
      const numbers = given.map(([, n]) => n);
      source.push("only", recordBatch(given.length, [columnOf(STRING, keys), columnOf(INT, numbers)]));
      await clock.advance(0);
      return rows.splice(0);
    },
    async advance(seconds: number): Promise<readonly string[]> {
      await clock.advance(seconds * SECOND);
      return rows.splice(0);
    },
    async end(): Promise<readonly string[]> {
      source.end("only");
      await clock.advance(0);
      await done;
      return rows.splice(0);
    },
    async stop(): Promise<void> {
      abort.abort();
      await done;
      expect(clock.sleepers).toBe(0);
    },
  };
}

const counts = (window: string) =>
  `SELECT k, COUNT(*) AS c, SUM(n) AS n, window_start, window_end FROM TABLE(${window}) GROUP BY k, window_start, window_end`;

describe("windows of processing time", () => {
  test("TUMBLE: a window comes out when the clock reaches its end, while the source is quiet too", async () => {
    const job = await start(counts("TUMBLE(TABLE t, DESCRIPTOR(p), INTERVAL '10' SECOND)"));
    expect(await job.push(["a", 1], ["b", 2])).toEqual([]);
    expect(await job.advance(4)).toEqual([]);
    expect(await job.push(["a", 4])).toEqual([]);
    expect(await job.advance(5.999)).toEqual([]);
    expect([...(await job.advance(0.001))].sort()).toEqual(["a 2 5 0s 10s", "b 1 2 0s 10s"]);
    // A pause over many windows: none is empty, none is late.
    expect(await job.advance(3600)).toEqual([]);
    expect(await job.push(["a", 8])).toEqual([]);
    expect(await job.advance(25)).toEqual(["a 1 8 3610s 3620s"]);
    await job.stop();
  });

  test("a row that comes when the clock has passed the end is in the next window, and the one before comes first", async () => {
    const job = await start(counts("TUMBLE(TABLE t, DESCRIPTOR(p), INTERVAL '10' SECOND)"));
    await job.push(["a", 1]);
    expect(await job.advance(10)).toEqual(["a 1 1 0s 10s"]);
    expect(await job.push(["a", 2])).toEqual([]);
    expect(await job.end()).toEqual(["a 1 2 10s 20s"]);
    await job.stop();
  });

  test("HOP, CUMULATE and SESSION", async () => {
    const hop = await start(counts("HOP(TABLE t, DESCRIPTOR(p), INTERVAL '5' SECOND, INTERVAL '10' SECOND)"));
    await hop.push(["a", 1]);
    expect(await hop.advance(5)).toEqual(["a 1 1 -5s 5s"]);
    await hop.push(["a", 2]);
    expect(await hop.advance(100)).toEqual(["a 2 3 0s 10s", "a 1 2 5s 15s"]);
    await hop.stop();

    const cumulate = await start(counts("CUMULATE(TABLE t, DESCRIPTOR(p), INTERVAL '5' SECOND, INTERVAL '15' SECOND)"));
    await cumulate.push(["a", 1]);
    expect(await cumulate.advance(7)).toEqual(["a 1 1 0s 5s"]);
    await cumulate.push(["a", 2]);
    expect(await cumulate.advance(60)).toEqual(["a 2 3 0s 10s", "a 2 3 0s 15s"]);
    await cumulate.stop();

    const session = await start(counts("SESSION(TABLE t PARTITION BY k, DESCRIPTOR(p), INTERVAL '10' SECOND)"));
    await session.push(["a", 1], ["b", 2]);
    expect(await session.advance(9)).toEqual([]);
    await session.push(["a", 4]);
    expect(await session.advance(1)).toEqual(["b 1 2 0s 10s"]);
    expect(await session.advance(8.999)).toEqual([]);
    expect(await session.advance(0.001)).toEqual(["a 2 5 0s 19s"]);
    await session.stop();
  });

  test("days begin at midnight of the session's zone", async () => {
    const day =
      "SELECT COUNT(*) AS c, window_end FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(p), INTERVAL '1' DAY)) GROUP BY window_start, window_end";
    const job = await start(day, { "table.local-time-zone": "Asia/Tokyo" });
    await job.push(["a", 1]);
    // It is 21:00 there. The end, midnight, is shown as local time, 12 hours after noon.
    expect(await job.advance(3 * 3600 - 1)).toEqual([]);
    expect(await job.advance(1)).toEqual([`1 ${12 * 3600}s`]);
    await job.stop();
  });

  test("window_time is the time at which the result came out, and a processing time again", async () => {
    const job = await start(`
      CREATE VIEW inner_counts AS SELECT k, COUNT(*) AS c, window_time AS wt
      FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(p), INTERVAL '10' SECOND)) GROUP BY k, window_start, window_end, window_time;
      SELECT SUM(c) AS c, window_start, window_end, window_time
      FROM TABLE(TUMBLE(TABLE inner_counts, DESCRIPTOR(wt), INTERVAL '20' SECOND)) GROUP BY window_start, window_end, window_time`);
    await job.push(["a", 1], ["a", 1], ["b", 1]);
    await job.advance(10);
    await job.push(["a", 1]);
    // The window until 20 s gives its row at 20 s, which is after the outer window until then.
    expect(await job.advance(10)).toEqual(["3 0s 20s 20s"]);
    expect(await job.advance(20)).toEqual(["1 20s 40s 40s"]);
    await job.stop();
  });

  test("rows of windows without an aggregation, and PROCTIME() written in a query", async () => {
    const job = await start(`
      CREATE VIEW v AS SELECT k, PROCTIME() AS q FROM t;
      SELECT k, window_start, window_end FROM TABLE(TUMBLE(TABLE v, DESCRIPTOR(q), INTERVAL '10' SECOND))`);
    await job.advance(12);
    expect(await job.push(["a", 1])).toEqual(["a 10s 20s"]);
    await job.stop();

    const session = await start(
      "SELECT k, n, window_start, window_end FROM TABLE(SESSION(TABLE t, DESCRIPTOR(p), INTERVAL '10' SECOND))",
    );
    await session.push(["a", 1]);
    await session.advance(3);
    await session.push(["b", 2]);
    expect(await session.advance(10)).toEqual(["a 1 0s 13s", "b 2 0s 13s"]);
    await session.stop();
  });

  test("grouped by the columns of a window that is not directly below, results are updated as rows come", async () => {
    const job = await start(
      "SELECT window_end, COUNT(*) AS c FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(p), INTERVAL '10' SECOND)) WHERE window_start > TIMESTAMP '2000-01-01 00:00:00' GROUP BY window_start, window_end",
    );
    expect(await job.push(["a", 1])).toEqual(["10s 1"]);
    expect(await job.push(["a", 1])).toEqual(["10s 1", "10s 2"]);
    await job.stop();
  });
});

test("a processing time that leaves the query is the time of the row's passage", async () => {
  const job = await start("SELECT k, p, PROCTIME() AS q FROM t");
  expect(await job.push(["a", 1])).toEqual(["a 0s 0s"]);
  await job.advance(2.5);
  expect(await job.push(["b", 1])).toEqual(["b 2.5s 2.5s"]);
  await job.stop();
});

test.each([
  [
    "a join",
    "SELECT a.k FROM (SELECT * FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(p), INTERVAL '1' SECOND))) AS a JOIN (SELECT * FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(p), INTERVAL '1' SECOND))) AS b ON a.window_start = b.window_start AND a.window_end = b.window_end",
    "a join of windows over processing time: use windows over event time. It is not supported yet",
  ],
])("%s of windows of processing time is refused, as by Flink", async (_, query, message) => {
  await expect(start(query)).rejects.toThrow(message);
});
