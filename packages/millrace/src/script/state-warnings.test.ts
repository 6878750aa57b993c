/** Which queries over input that never ends are warned of, and that the warning is told when they start. */
import { describe, expect, test } from "vitest";
import { ScriptSession } from "./script-session.ts";

const tables = `
  CREATE TABLE a (k INT, v INT, s STRING, flag BOOLEAN, ts TIMESTAMP(3), WATERMARK FOR ts AS ts) WITH ('connector' = 'datagen');
  CREATE TABLE b (k INT, v INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts) WITH ('connector' = 'datagen');
  CREATE TABLE few (k INT, v INT) WITH ('connector' = 'datagen', 'number-of-rows' = '3');
`;

async function warningsOf(query: string, settings = ""): Promise<readonly string[]> {
  const session = new ScriptSession({ reporter: { warn: () => undefined, progress: () => undefined } });
  const text = `${settings} ${tables} ${query}`;
  let found: readonly string[] = [];
  for (const statement of session.parse(text)) {
    const prepared = await session.prepare(statement, text);
    if (prepared.kind === "job") found = prepared.warnings.map(({ message }) => message.replace(/ for ever.*/, ""));
  }
  return found;
}

const window = "TABLE(TUMBLE(TABLE a, DESCRIPTOR(ts), INTERVAL '1' MINUTE))";
const rowNumber = "ROW_NUMBER() OVER (PARTITION BY k ORDER BY v) AS n";
const match = (within: string, pattern = "A B*", partition = "PARTITION BY k", measure = "A.v") =>
  `SELECT * FROM a MATCH_RECOGNIZE (${partition} ORDER BY ts MEASURES ${measure} AS v
  PATTERN (${pattern}) ${within} DEFINE A AS A.v > 1, B AS B.v > 2)`;

describe("state that grows without bound", () => {
  test.each([
    ["SELECT k, SUM(v) FROM a GROUP BY k", "group-aggregate-2 keeps a result per group"],
    ["SELECT DISTINCT k FROM a", "group-aggregate-2 keeps each distinct row"],
    ["SELECT COUNT(DISTINCT k) FROM a", "group-aggregate-2 keeps the distinct values of each group"],
    ["SELECT MAX(n) FROM (SELECT k, COUNT(*) AS n FROM a GROUP BY k)", /result per group$/, /distinct values/],
    ["SELECT a.v FROM a JOIN b ON a.k = b.k", "regular-join-3 keeps all left rows and all right rows"],
    ["SELECT a.v FROM a LEFT JOIN few ON a.k = few.k", /^regular-join-\d keeps all left rows$/],
    ["SELECT v FROM a WHERE k IN (SELECT k FROM b)", /keeps all left rows and all right rows$/],
    [
      `SELECT * FROM (SELECT *, ${rowNumber} FROM a) WHERE n <= 3`,
      /^top-n-2 keeps the first 3 rows of each partition$/,
    ],
    [`SELECT * FROM (SELECT *, ${rowNumber} FROM a) WHERE n = 1`, /^top-n-2 keeps the first row of each partition$/],
    ["SELECT k FROM a INTERSECT SELECT k FROM few", /^intersect-3 keeps a count per distinct row$/],
    ["SELECT k FROM a UNION SELECT k FROM b", /keeps each distinct row$/],
    [match(""), /^match-recognize-2 keeps the rows of matches that have begun$/],
    [match("", "A B{2,3}"), /^match-recognize-2 keeps the rows of a match that has begun, per partition$/],
    [
      match("WITHIN INTERVAL '1' HOUR", "A B", "PARTITION BY k", "MATCH_NUMBER()"),
      /^match-recognize-2 keeps the number of matches, per partition$/,
    ],
  ])("%s", async (query, ...messages) => {
    const found = await warningsOf(query);
    expect(found).toHaveLength(messages.length);
    for (const [i, message] of messages.entries()) expect(found[i]).toMatch(message);
  });
});

describe("state that does not", () => {
  test.each([
    "SELECT k, v + 1 FROM a WHERE v > 1",
    "SELECT COUNT(*), MAX(v) FROM a",
    "SELECT flag, COUNT(*) FROM a GROUP BY flag",
    `SELECT k, COUNT(*) FROM ${window} GROUP BY k, window_start, window_end`,
    "SELECT a.v FROM a JOIN b ON a.k = b.k AND b.ts BETWEEN a.ts AND a.ts + INTERVAL '1' MINUTE",
    "SELECT k, SUM(v) FROM few GROUP BY k",
    "SELECT x.v FROM few AS x JOIN few AS y ON x.k = y.k",
    "SELECT v FROM (SELECT *, ROW_NUMBER() OVER (ORDER BY v) AS n FROM a) WHERE n <= 10",
    match("WITHIN INTERVAL '1' HOUR"),
    match("", "A (B | A){2}", "", "MATCH_NUMBER()"),
  ])("%s", async (query) => {
    expect(await warningsOf(query)).toEqual([]);
  });

  test("a time to live bounds it, by the setting or a hint", async () => {
    const join = "a.v FROM a JOIN b ON a.k = b.k";
    expect(await warningsOf(`SELECT ${join}`, "SET 'table.exec.state.ttl' = '1 h';")).toEqual([]);
    expect(await warningsOf(`SELECT /*+ STATE_TTL('a' = '1 h') */ ${join}`)).toEqual([
      "regular-join-3 keeps all right rows",
    ]);
  });
});

test("it is told to the reporter when the job starts, with what to do", async () => {
  const told: string[] = [];
  const reporter = { warn: (message: string) => void told.push(message), progress: () => undefined };
  const session = new ScriptSession({ reporter });
  const text = `${tables} SELECT k, SUM(v) FROM a GROUP BY k`;
  for (const statement of session.parse(text)) {
    const prepared = await session.prepare(statement, text);
    expect(told).toEqual([]);
    if (prepared.kind !== "job") continue;
    const job = prepared.start({ collect: () => undefined });
    job.cancel();
    await job.done;
  }
  expect(told).toEqual([
    "group-aggregate-2 keeps a result per group for ever, and its input never ends: its state grows without bound; group by a window too, or SET 'table.exec.state.ttl' = '1 d'",
  ]);
});

test("EXPLAIN ANALYZE runs the statement and tells what was measured", async () => {
  const session = new ScriptSession({ reporter: { warn: () => undefined, progress: () => undefined } });
  const rows = Array.from(
    { length: 1000 },
    (_, i) => `${i % 10},${i},2026-01-01 00:00:${String(i % 60).padStart(2, "0")}`,
  );
  const text = `CREATE TABLE t (k INT, v INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts)
    WITH ('connector' = 'values', 'format' = 'csv', 'rows' = '${rows.join("\n")}');
    EXPLAIN ANALYZE SELECT k, SUM(v) FROM t WHERE v < 500 GROUP BY k`;
  const [create, explain] = session.parse(text);
  await session.prepare(create!, text);
  const prepared = await session.prepare(explain!, text);
  if (prepared.kind !== "analysis") throw new Error(prepared.kind);
  const told = await prepared.run();
  expect(told).toContain("== Physical Plan, as run ==");
  expect(told).toMatch(/scan-1: Scan\(.*\) {2}\{in: 500 rows; out: 500 rows in \d+ batch(es)?; busy: [\d.]+ ms\}/);
  expect(told).toMatch(
    /group-aggregate-2: .*\{in: 500 rows in \d+ batch(es)?; out: 10 rows in 1 batch; .*state: 10 entries, \d+ B\}/,
  );
  expect(told).toMatch(/collect-3: .*\{in: 10 rows in 1 batch; out: 10 rows/);
  expect(told).toMatch(/Finished after [\d.]+ s\./);
});
