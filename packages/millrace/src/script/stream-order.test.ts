/** ORDER BY of streams that do not end: rows by the time as it passes, first rows that are updated. */
import { type ConnectorFactory, columnOf, INT, recordBatch, TIMESTAMP_3, valueAt } from "@millrace/core";
import { ManualClock, TestSource } from "@millrace/testkit";
import { describe, expect, test } from "vitest";
import { ScriptSession } from "./script-session.ts";

const SECOND = 1000;

/** A job over table `t` (n INT, ts TIMESTAMP(3), p AS PROCTIME()) with a watermark 5 s behind. */
async function start(query: string) {
  const source = new TestSource({ splits: ["only"], boundedness: "unbounded" });
  const connector: ConnectorFactory = { name: "test", options: {}, createSource: () => source };
  const session = new ScriptSession({
    connectors: [connector],
    reporter: { warn: () => undefined, progress: () => undefined },
  });
  const text = `CREATE TABLE t (n INT, ts TIMESTAMP(3), p AS PROCTIME(), WATERMARK FOR ts AS ts - INTERVAL '5' SECOND)
    WITH ('connector' = 'test'); ${query}`;
  const clock = new ManualClock();
  const abort = new AbortController();
  const rows: string[] = [];
  let done = Promise.resolve<unknown>(undefined);
  for (const statement of session.parse(text)) {
    const prepared = await session.prepare(statement, text);
    if (prepared.kind !== "job") continue;
    const fields = prepared.result?.fields ?? [];
    done = prepared.start({
      clock,
      signal: abort.signal,
      collect: ({ kinds, length, columns }) => {
        for (let row = 0; row < length; row++) {
          const kind = kinds === null ? "" : ["", "-U ", "+U ", "-D "][kinds[row]!];
          rows.push(`${kind}${fields.map(({ type }, i) => String(valueAt(columns[i]!, row, type))).join(" ")}`);
        }
      },
    }).done;
  }
  return {
    clock,
    /** Rows [n, ts in seconds]; gives what has come out. */
    async push(...given: readonly (readonly [n: number, seconds: number])[]): Promise<readonly string[]> {
      const numbers = given.map(([n]) => n);
      const times = given.map(([, seconds]) => seconds * SECOND);
      source.push("only", recordBatch(given.length, [columnOf(INT, numbers), columnOf(TIMESTAMP_3, times)]));
      await clock.advance(0);
      return rows.splice(0);
    },
    async advance(ms: number): Promise<readonly string[]> {
      await clock.advance(ms);
      return rows.splice(0);
    },
    async stop(): Promise<void> {
      abort.abort();
      await done;
      expect(clock.sleepers).toBe(0);
    },
  };
}

describe("ORDER BY in a stream", () => {
  test("by event time: rows come out as the watermark reaches them, late ones not at all", async () => {
    const job = await start("SELECT n FROM t ORDER BY ts, n DESC");
    expect(await job.push([1, 12], [2, 10], [3, 10])).toEqual([]);
    expect(await job.push([4, 15])).toEqual(["3", "2"]);
    expect(await job.push([5, 10], [6, 11], [7, 20])).toEqual(["6", "1", "4"]);
    await job.stop();
  });

  test("by processing time: at once; with further keys when the millisecond is over", async () => {
    const plain = await start("SELECT n FROM t ORDER BY p");
    expect(await plain.push([3, 1], [1, 2])).toEqual(["3", "1"]);
    await plain.stop();
    const keyed = await start("SELECT n FROM t ORDER BY p, n");
    expect(await keyed.push([3, 1], [1, 2])).toEqual([]);
    expect(await keyed.push([2, 1])).toEqual([]);
    expect(await keyed.advance(1)).toEqual(["1", "2", "3"]);
    expect(await keyed.push([0, 1])).toEqual([]);
    expect(await keyed.advance(1)).toEqual(["0"]);
    await keyed.stop();
  });

  test("with LIMIT: the first rows so far, updated", async () => {
    const job = await start("SELECT n FROM t ORDER BY n LIMIT 2");
    expect(await job.push([5, 1])).toEqual(["5"]);
    expect(await job.push([7, 1])).toEqual(["7"]);
    expect(await job.push([6, 1])).toEqual(["-D 7", "6"]);
    expect(await job.push([9, 1])).toEqual([]);
    await job.stop();
    const shifted = await start("SELECT n FROM t ORDER BY n DESC OFFSET 1 ROWS FETCH NEXT 1 ROWS ONLY");
    expect(await shifted.push([5, 1])).toEqual([]);
    expect(await shifted.push([4, 1])).toEqual(["4"]);
    expect(await shifted.push([6, 1])).toEqual(["-U 4", "+U 5"]);
    await shifted.stop();
  });

  test("LIMIT 0 ends at once, LIMIT without an order when it has its rows", async () => {
    const none = await start("SELECT n FROM t ORDER BY n LIMIT 0");
    await none.stop();
    const two = await start("SELECT n FROM t LIMIT 2");
    expect(await two.push([5, 1], [6, 1], [7, 1])).toEqual(["5", "6"]);
    await two.stop();
  });
});

describe("deduplication in a stream", () => {
  const first = (order: string) =>
    `SELECT n, EXTRACT(SECOND FROM ts) AS s FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY n ORDER BY ${order}) AS place FROM t) WHERE place = 1`;

  test("first in event time waits for the watermark", async () => {
    const job = await start(first("ts"));
    expect(await job.push([1, 12], [2, 11], [1, 10])).toEqual([]);
    expect(await job.push([3, 15])).toEqual(["1 10"]);
    expect(await job.push([1, 9], [2, 10], [4, 40])).toEqual(["2 11", "3 15"]);
    await job.stop();
  });

  test("first in processing time does not", async () => {
    const job = await start(first("p"));
    expect(await job.push([1, 12], [2, 11], [1, 10])).toEqual(["1 12", "2 11"]);
    expect(await job.push([2, 1])).toEqual([]);
    await job.stop();
  });

  test("last in processing time is what came last", async () => {
    const job = await start(first("p DESC"));
    expect(await job.push([1, 12])).toEqual(["1 12"]);
    expect(await job.push([1, 3])).toEqual(["-U 1 12", "+U 1 3"]);
    await job.stop();
  });
});
