/** Lookup joins as jobs: a connector that is asked by key and answers when the test says so, and a file that changes. */
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ConnectorFactory, type LookupRequest, MillraceError } from "@millrace/core";
import { changesOf, ManualClock, settle, TestLookupSource } from "@millrace/testkit";
import { ScriptSession } from "millrace";
import { afterEach, beforeEach, expect, test } from "vitest";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "millrace-lookup-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A job over a script whose last statement is a query; its tables may be of the connector `asked`. */
async function start(script: string) {
  const sources: TestLookupSource[] = [];
  const requests: LookupRequest[] = [];
  const asked: ConnectorFactory = {
    name: "asked",
    options: {},
    createLookup: (request) => {
      requests.push(request);
      const source = new TestLookupSource(request);
      sources.push(source);
      return source;
    },
  };
  const session = new ScriptSession({
    connectors: [asked],
    reporter: { warn: () => undefined, progress: () => undefined },
  });
  const clock = new ManualClock(1000);
  const abort = new AbortController();
  const rows: string[] = [];
  for (const statement of session.parse(script)) {
    const prepared = await session.prepare(statement, script);
    if (prepared.kind !== "job" || prepared.result === null) continue;
    const { fields } = prepared.result;
    const collect = (batch: Parameters<typeof changesOf>[0]) =>
      void rows.push(...changesOf(batch, { fields }).map(({ values }) => values.join()));
    const job = prepared.start({ clock, signal: abort.signal, collect });
    job.done.catch(() => undefined);
    await settle();
    return { sources, requests, clock, abort, rows, job };
  }
  throw new Error("no query");
}

const orders = `CREATE TABLE orders (id INT, item BIGINT, proctime AS PROCTIME())
  WITH ('connector' = 'values', 'format' = 'csv', 'rows' = '1,10
2,20
3,10
4,30');
  CREATE TABLE items (item BIGINT, name STRING, region STRING, price INT) WITH ('connector' = 'asked');`;

test("a connector is asked for the columns and keys that the query needs, and told of conditions", async () => {
  const { sources, requests, rows, job } = await start(`${orders}
    SELECT o.id, i.name FROM orders AS o JOIN items FOR SYSTEM_TIME AS OF o.proctime AS i
    ON i.item = o.item AND i.region = 'eu'`);
  const [{ fields, keys, predicates }] = requests as [LookupRequest];
  expect(fields.map(({ path }) => path.join(".")).sort()).toEqual(["item", "name", "region"]);
  expect(keys.map((key) => fields[key]?.path.join("."))).toEqual(["item"]);
  expect(predicates.map(({ field, operator, values }) => [field.path.join("."), operator, ...values])).toEqual([
    ["region", "=", "eu"],
  ]);
  const [source] = sources as [TestLookupSource];
  expect(source.calls.map((call) => call.keys)).toEqual([[[10]], [[20]], [[30]]]);
  const row = (item: bigint, name: string, region: string) =>
    fields.map(({ path }) => ({ item, name, region })[path.join(".") as "item"]);
  source.calls[2]?.answer(row(30n, "cap", "eu"));
  source.calls[1]?.answer(row(20n, "ink", "us"), row(20n, "tinte", "eu"));
  source.calls[0]?.answer(row(10n, "pen", "eu"));
  expect((await job.done).state).toBe("finished");
  // A row that the source should have left out is left out.
  expect(rows).toEqual(["1,pen", "2,tinte", "3,pen", "4,cap"]);
  expect(source.isClosed).toBe(true);
});

const query =
  "SELECT o.id, i.price FROM orders AS o LEFT JOIN items FOR SYSTEM_TIME AS OF o.proctime AS i ON i.item = o.item";

test("a job that is cancelled waits for no answer", async () => {
  const { sources, abort, job, clock } = await start(`${orders} ${query}`);
  const [source] = sources as [TestLookupSource];
  abort.abort();
  expect((await job.done).state).toBe("cancelled");
  expect(source.calls.every((call) => call.signal.aborted)).toBe(true);
  expect(source.isClosed).toBe(true);
  await settle();
  expect(clock.sleepers).toBe(0);
});

test("look-ups that fail again and again fail the job, which names the table", async () => {
  const { sources, job, clock } = await start(`${orders} ${query}`);
  const [source] = sources as [TestLookupSource];
  const error = new MillraceError({ code: "SOURCE_UNAVAILABLE", message: "table 'items': refused", retry: "backoff" });
  for (let tries = 0; tries < 4; tries++) {
    source.calls.at(-3)?.fail(error);
    source.calls.at(-2)?.answer([20n, 7]);
    source.calls.at(-1)?.fail(error);
    await clock.advance(4000);
  }
  await expect(job.done).rejects.toMatchObject({ message: "table 'items': refused", operatorId: "lookup-join-2" });
  expect(source.isClosed).toBe(true);
});

test("a file that is looked up is read again, for the rows that come afterwards", async () => {
  const [events, names] = [join(folder, "events.csv"), join(folder, "names.csv")];
  writeFileSync(events, "1,10\n");
  writeFileSync(names, "10,pen\n20,ink\n");
  const { rows, clock, abort, job } = await start(`
    CREATE TABLE events (id INT, item INT, proctime AS PROCTIME()) WITH ('connector' = 'filesystem', 'path' = '${events}',
      'format' = 'csv', 'source.follow' = 'true', 'source.monitor-interval' = '1 s');
    CREATE TABLE names (item INT, name STRING) WITH ('connector' = 'filesystem', 'path' = '${names}', 'format' = 'csv',
      'lookup.cache' = 'FULL', 'lookup.full-cache.periodic-reload.interval' = '1 min');
    SELECT e.id, n.name FROM events AS e LEFT JOIN names FOR SYSTEM_TIME AS OF e.proctime AS n ON n.item = e.item`);
  const until = async (count: number) => {
    for (let turn = 0; rows.length < count; turn++) {
      if (turn === 3000) throw new Error(`only ${rows.join("; ")}`);
      await clock.advance(1);
    }
  };
  await until(1);
  writeFileSync(names, "10,feather\n30,cap\n");
  appendFileSync(events, "2,10\n");
  await until(2);
  await clock.advance(60_000);
  // The reading takes real time.
  for (let turn = 0; Number(job.metrics().find(({ kind }) => kind === "lookup-join")?.values.loadCount) < 2; turn++) {
    if (turn === 2000) throw new Error("not read again");
    await settle(1);
  }
  appendFileSync(events, "3,10\n4,30\n5,20\n");
  await until(5);
  abort.abort();
  await job.done;
  expect(rows).toEqual(["1,pen", "2,pen", "3,feather", "4,cap", "5,"]);
});
