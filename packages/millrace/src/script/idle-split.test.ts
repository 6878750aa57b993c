/** Watermarks of a table whose one split has nothing to say, in SQL from end to end. */
import { type ConnectorFactory, columnOf, INT, recordBatch, TIMESTAMP_3, valueAt } from "@millrace/core";
import { ManualClock, TestSource } from "@millrace/testkit";
import { describe, expect, test } from "vitest";
import { ScriptSession } from "./script-session.ts";

const SECOND = 1000;

/** Two splits: rows of the first, [n, ts in seconds]; the second is silent until the test says otherwise. */
async function start(settings: string, options = "") {
  const source = new TestSource({ splits: ["busy", "silent"], boundedness: "unbounded" });
  const connector: ConnectorFactory = { name: "test", options: {}, createSource: () => source };
  const reporter = { warn: () => undefined, progress: () => undefined };
  const session = new ScriptSession({ connectors: [connector], reporter });
  const text = `${settings}
    CREATE TABLE t (n INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '2' SECOND)
    WITH ('connector' = 'test'${options});
    SELECT window_end, SUM(n) AS n
    FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '10' SECOND)) GROUP BY window_start, window_end`;
  const clock = new ManualClock();
  const abort = new AbortController();
  const sums: string[] = [];
  let done = Promise.resolve<unknown>(undefined);
  for (const statement of session.parse(text)) {
    const prepared = await session.prepare(statement, text);
    if (prepared.kind !== "job") continue;
    const [end, sum] = prepared.result?.fields ?? [];
    done = prepared.start({
      clock,
      signal: abort.signal,
      collect: ({ length, columns }) => {
        for (let row = 0; row < length; row++) {
          const seconds = Number(valueAt(columns[0]!, row, end!.type)) / SECOND;
          sums.push(`${seconds}: ${String(valueAt(columns[1]!, row, sum!.type))}`);
        }
      },
    }).done;
  }
  const push = (split: string, ...rows: readonly (readonly [n: number, seconds: number])[]) =>
    source.push(
      split,
      recordBatch(rows.length, [
        columnOf(
          INT,
          rows.map(([n]) => n),
        ),
        columnOf(
          TIMESTAMP_3,
          rows.map(([, seconds]) => seconds * SECOND),
        ),
      ]),
    );
  return {
    sums,
    push,
    clock,
    async stop() {
      abort.abort();
      await done;
      expect(clock.sleepers).toBe(0);
    },
  };
}

describe("a split without rows", () => {
  test("holds the watermark back for ever where no idle timeout is set", async () => {
    const job = await start("");
    job.push("busy", [1, 1], [2, 9], [4, 30]);
    await job.clock.advance(24 * 3600 * SECOND);
    expect(job.sums).toEqual([]);
    await job.stop();
  });

  test.each([
    ["the table's option", "", ", 'scan.watermark.idle-timeout' = '5 s'"],
    ["the setting", "SET 'table.exec.source.idle-timeout' = '5 s';", ""],
    [
      "the table's option before the setting",
      "SET 'table.exec.source.idle-timeout' = '1 h';",
      ", 'scan.watermark.idle-timeout' = '5 s'",
    ],
  ])("is left out after the idle timeout: %s", async (_, settings, options) => {
    const job = await start(settings, options);
    job.push("busy", [1, 1], [2, 9], [4, 30]);
    await job.clock.advance(4.9 * SECOND);
    expect(job.sums).toEqual([]);
    await job.clock.advance(0.2 * SECOND);
    // 30 s less the 2 s of the watermark: the window until 10 s is over.
    expect(job.sums).toEqual(["10: 3"]);

    // The silent split comes back: rows behind the watermark are late, time does not go back, and it holds again.
    job.push("silent", [100, 3], [8, 29]);
    await job.clock.advance(0);
    job.push("busy", [16, 60]);
    await job.clock.advance(0.1 * SECOND);
    expect(job.sums).toEqual(["10: 3"]);
    job.push("silent", [32, 45]);
    await job.clock.advance(0.1 * SECOND);
    // The watermark is the silent split's 43 s: the window until 40 s holds 4 of 30 s; 8 of 29 s stands in the one until 30 s.
    expect(job.sums).toEqual(["10: 3", "30: 8", "40: 4"]);
    await job.stop();
  });
});
