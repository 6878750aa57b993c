/** Time to live of state in SQL, from the setting and from hints, on a manual clock. */
import { type ConnectorFactory, columnOf, INT, RowKind, recordBatch, valueAt } from "@millrace/core";
import { ManualClock, TestSource } from "@millrace/testkit";
import { expect, test } from "vitest";
import { ScriptSession } from "./script-session.ts";

const kinds = ["+I", "-U", "+U", "-D"];

/** Two tables `a` and `b` of (k, v) that rows are pushed to, and the changes that a query gives. */
async function start(query: string, settings = "") {
  const sources = new Map(
    ["a", "b"].map((name) => [name, new TestSource({ splits: ["0"], boundedness: "unbounded" })]),
  );
  const connector: ConnectorFactory = {
    name: "test",
    options: { source: { type: "string", description: "Which one." } },
    createSource: (_request, { options }) => sources.get(String(options.source)) as TestSource,
  };
  const reporter = { warn: () => undefined, progress: () => undefined };
  const session = new ScriptSession({ connectors: [connector], reporter });
  const tables = ["a", "b"].map(
    (name) => `CREATE TABLE ${name} (k INT, v INT) WITH ('connector' = 'test', 'source' = '${name}');`,
  );
  const text = `${settings} ${tables.join(" ")} ${query}`;
  const clock = new ManualClock(1_000_000);
  const abort = new AbortController();
  const changes: string[] = [];
  let done = Promise.resolve<unknown>(undefined);
  for (const statement of session.parse(text)) {
    const prepared = await session.prepare(statement, text);
    if (prepared.kind !== "job") continue;
    const types = prepared.result?.fields.map(({ type }) => type) ?? [];
    done = prepared.start({
      clock,
      signal: abort.signal,
      collect: (batch) => {
        for (let row = 0; row < batch.length; row++) {
          const kind = batch.kinds === null ? RowKind.insert : (batch.kinds[row] ?? RowKind.insert);
          const cells = types.map((type, c) => valueAt(batch.columns[c]!, row, type));
          changes.push([kinds[kind], ...cells].join(" "));
        }
      },
    }).done;
  }
  return {
    clock,
    async push(table: "a" | "b", ...rows: readonly (readonly [k: number, v: number])[]) {
      const columns = [0, 1].map((c) =>
        columnOf(
          INT,
          rows.map((row) => row[c]),
        ),
      );
      sources.get(table)?.push("0", recordBatch(rows.length, columns));
      await clock.advance(0);
    },
    taken: () => changes.splice(0),
    async stop() {
      abort.abort();
      await done;
      expect(clock.sleepers).toBe(0);
    },
  };
}

const HOUR = 3_600_000;

test("without a time to live a group is known for ever", async () => {
  const job = await start("SELECT k, SUM(v) FROM a GROUP BY k");
  await job.push("a", [1, 10]);
  await job.clock.advance(1000 * HOUR);
  await job.push("a", [1, 5]);
  expect(job.taken()).toEqual(["+I 1 10", "-U 1 10", "+U 1 15"]);
  await job.stop();
});

test.each(["1 h", "60 min", "3600000 ms", "3600000"])("SET 'table.exec.state.ttl' = '%s'", async (ttl) => {
  const job = await start("SELECT k, SUM(v) FROM a GROUP BY k", `SET 'table.exec.state.ttl' = '${ttl}';`);
  await job.push("a", [1, 10]);
  await job.clock.advance(HOUR - 1);
  await job.push("a", [1, 5]);
  expect(job.taken()).toEqual(["+I 1 10", "-U 1 10", "+U 1 15"]);
  await job.clock.advance(HOUR);
  await job.push("a", [1, 7]);
  expect(job.taken()).toEqual(["+I 1 7"]);
  await job.stop();
});

test("a hint on a join gives each side its own, before the setting", async () => {
  const query = "SELECT /*+ STATE_TTL('x' = '1 h', 'b' = '3h') */ x.v, b.v FROM a AS x JOIN b ON x.k = b.k";
  const job = await start(query, "SET 'table.exec.state.ttl' = '10 h';");
  await job.push("a", [1, 1]);
  await job.push("b", [1, 2]);
  await job.clock.advance(HOUR);
  await job.push("b", [1, 3]);
  await job.push("a", [1, 4]);
  expect(job.taken()).toEqual(["+I 1 2", "+I 4 3", "+I 4 2"]);
  await job.clock.advance(2 * HOUR);
  await job.push("a", [1, 5]);
  expect(job.taken()).toEqual(["+I 5 3"]);
  await job.stop();
});

test("a hint on an aggregation, and on DISTINCT", async () => {
  const job = await start("SELECT /*+ STATE_TTL('a' = '1 h') */ k, COUNT(*) FROM a GROUP BY k");
  await job.push("a", [1, 1]);
  await job.clock.advance(HOUR);
  await job.push("a", [1, 1]);
  expect(job.taken()).toEqual(["+I 1 1", "+I 1 1"]);
  await job.stop();
  const distinct = await start("SELECT /*+ STATE_TTL('a' = '1 h') */ DISTINCT k FROM a");
  await distinct.push("a", [1, 1], [1, 2]);
  await distinct.clock.advance(HOUR);
  await distinct.push("a", [1, 3]);
  expect(distinct.taken()).toEqual(["+I 1", "+I 1"]);
  await distinct.stop();
});

test("Top-N, deduplication and set operations go by the setting", async () => {
  const setting = "SET 'table.exec.state.ttl' = '1 h';";
  const rowNumber = "ROW_NUMBER() OVER (PARTITION BY k ORDER BY v DESC) AS n";
  const topN = await start(`SELECT k, v, n FROM (SELECT *, ${rowNumber} FROM a) WHERE n <= 2`, setting);
  await topN.push("a", [1, 10]);
  await topN.clock.advance(HOUR);
  await topN.push("a", [1, 5]);
  expect(topN.taken()).toEqual(["+I 1 10 1", "+I 1 5 1"]);
  await topN.stop();
  const first = await start(`SELECT k, v FROM (SELECT *, ${rowNumber} FROM a) WHERE n = 1`, setting);
  await first.push("a", [1, 10]);
  await first.clock.advance(HOUR);
  await first.push("a", [1, 5]);
  expect(first.taken()).toEqual(["+I 1 10", "+I 1 5"]);
  await first.stop();
  const both = await start("SELECT k FROM a INTERSECT SELECT k FROM b", setting);
  await both.push("a", [1, 0]);
  await both.clock.advance(HOUR);
  await both.push("b", [1, 0]);
  expect(both.taken()).toEqual([]);
  await both.push("a", [1, 0]);
  expect(both.taken()).toEqual(["+I 1"]);
  await both.stop();
});

test("OVER forgets a partition as a whole", async () => {
  const query = "SELECT k, SUM(v) OVER (PARTITION BY k ORDER BY v) FROM a";
  const job = await start(query, "SET 'table.exec.state.ttl' = '1 h';");
  await job.push("a", [1, 10], [2, 5]);
  await job.clock.advance(HOUR - 1);
  await job.push("a", [1, 20]);
  await job.clock.advance(1);
  await job.push("a", [1, 1], [2, 6]);
  expect(job.taken()).toEqual([
    "+I 1 10",
    "+I 2 5",
    "+I 1 30",
    "+I 1 1",
    "-U 1 10",
    "+U 1 11",
    "-U 1 30",
    "+U 1 31",
    "+I 2 6",
  ]);
  await job.stop();
});
