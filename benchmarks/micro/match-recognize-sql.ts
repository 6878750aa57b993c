/**
 * MATCH_RECOGNIZE in SQL: whole jobs over a table in memory, 1,000 keys in the order of time. Argument: rows in millions (4).
 *
 *     node --conditions=millrace-source benchmarks/micro/match-recognize-sql.ts
 */
import { type Column, type ConnectorFactory, type RecordBatch, recordBatch, type Source } from "@millrace/core";
import { seededRandom } from "@millrace/testkit";
import { runSql } from "millrace";

const BATCH = 4096;
const KEYS = 1000;
const batches = Math.round((Number(process.argv[2] ?? 4) * 1e6) / BATCH);
const columns = ["k", "price", "ts"];

function prepare(): readonly RecordBatch[] {
  const random = seededRandom(1);
  const numbers = (of: (row: number) => number): Column => ({
    kind: "float64",
    values: Float64Array.from({ length: BATCH }, (_, row) => of(row)),
    nulls: null,
  });
  return Array.from({ length: batches }, (_, batch) =>
    recordBatch(BATCH, [
      numbers(() => Math.floor(random() * KEYS)),
      numbers(() => Math.floor(random() * 1000)),
      numbers((row) => Math.floor((batch * BATCH + row) / 10)),
    ]),
  );
}

const prepared = prepare();

const memory: ConnectorFactory = {
  name: "memory",
  options: {},
  isBounded: () => true,
  createSource: ({ fields }): Source => ({
    boundedness: "bounded",
    discoverSplits: () => Promise.resolve([{ id: "0", properties: null }]),
    createReader() {
      const places = fields.map(({ path }) => columns.indexOf(path[0]));
      let next = 0;
      return {
        poll() {
          const batch = prepared[next++];
          return batch === undefined
            ? null
            : recordBatch(
                BATCH,
                places.map((place) => batch.columns[place]),
              );
        },
        ready: () => Promise.resolve(),
        get ended() {
          return next >= prepared.length;
        },
        position: () => next,
        close: () => Promise.resolve(),
      };
    },
    close: () => Promise.resolve(),
  }),
};

const tables = `
  CREATE TABLE t (k BIGINT, price BIGINT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '1' SECOND) WITH ('connector' = 'memory');
  CREATE TABLE o (k BIGINT, a BIGINT, b BIGINT, c BIGINT) WITH ('connector' = 'blackhole');
`;

async function run(name: string, body: string): Promise<void> {
  const cpu = process.cpuUsage();
  const start = performance.now();
  await runSql(`${tables} INSERT INTO o SELECT ${body};`, { connectors: [memory] });
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const millions = (batches * BATCH) / 1e6;
  const perMillion = (user + system) / 1e6 / millions;
  console.log(
    `${name.padEnd(40)} ${(millions / seconds).toFixed(2)} M rows/s, ${perMillion.toFixed(3)} CPU s per M rows`,
  );
}

const match = (clauses: string) => `* FROM t MATCH_RECOGNIZE (PARTITION BY k ORDER BY ts ${clauses})`;
const valley = "MEASURES S.price AS a, LAST(DOWN.price) AS b, LAST(UP.price) AS c";
const falling = "DEFINE DOWN AS DOWN.price < LAST(price, 1), UP AS UP.price > LAST(price, 1)";

await run("no pattern", "k, price, price, price FROM t WHERE ts IS NOT NULL");
await run("V: S DOWN+ UP", match(`${valley} AFTER MATCH SKIP PAST LAST ROW PATTERN (S DOWN+ UP) ${falling}`));
await run(
  "V: S DOWN+ UP, to next row",
  match(`${valley} AFTER MATCH SKIP TO NEXT ROW PATTERN (S DOWN+ UP) ${falling}`),
);
await run(
  "V: S DOWN+ UP+, greedy at the end",
  match(`${valley} AFTER MATCH SKIP TO LAST UP PATTERN (S DOWN+ UP+) ${falling}`),
);
await run(
  "A B within a minute, 2 % and 10 % fit",
  match(`MEASURES A.price AS a, B.price AS b, COUNT(*) AS c AFTER MATCH SKIP PAST LAST ROW
    PATTERN (A B) WITHIN INTERVAL '1' MINUTE DEFINE A AS A.price < 20, B AS B.price > 900`),
);
await run(
  "A+ B with an average of 20 rows at most",
  match(`MEASURES COUNT(A.price) AS a, SUM(A.price) AS b, B.price AS c AFTER MATCH SKIP PAST LAST ROW
    PATTERN (A+ B) DEFINE A AS AVG(A.price) < 500 AND COUNT(A.price) <= 20`),
);
