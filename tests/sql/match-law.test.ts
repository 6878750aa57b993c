/**
 * MATCH_RECOGNIZE made at random answers what backtracking over the rows in memory answers, however its rows are cut into
 * batches. `MILLRACE_LAW_RUNS=5000` for a long run, `MILLRACE_TEST_SEED=...` to repeat one.
 */
import { compareRows, GoldenTables, randomCut, seededRandom } from "@millrace/testkit";
import { expect, test } from "vitest";
import { openGoldenSession } from "./golden-session.ts";
import { type MatchInput, RandomMatch } from "./random-match.ts";

const seed = Number(process.env.MILLRACE_TEST_SEED ?? Date.now() & 0x7fffffff);
const runs = Number(process.env.MILLRACE_LAW_RUNS ?? 150);
const SLACK_MS = 4000;

function randomInput(random: () => number): MatchInput[] {
  const pick = (below: number) => Math.floor(random() * below);
  let ts = 0;
  const rows = Array.from({ length: pick(16) }, (_, n): MatchInput => {
    ts += 500 * pick(5);
    return { k: "pq"[pick(2)], n, x: random() < 0.1 ? null : pick(6), ts };
  });
  // Out of order, but none is late.
  const arrival = new Map(rows.map((row) => [row, row.ts + random() * SLACK_MS]));
  return rows.sort((a, b) => (arrival.get(a) as number) - (arrival.get(b) as number));
}

test(`random patterns in SQL equal backtracking (seed ${seed})`, { timeout: 30_000 + runs * 200 }, async () => {
  let compared = 0;
  let failed = 0;
  for (let i = 0; compared < runs; i++) {
    const random = seededRandom(seed + i);
    const match = new RandomMatch(random);
    if (!match.isValid) continue;
    const input = randomInput(random);
    const expected = match.answer(input);
    const tables = new GoldenTables();
    tables.cut = randomCut(seed + i);
    const session = openGoldenSession(tables, {});
    const semantics = match.isFlinks ? "flink" : "standard";
    const sql = match.sql();
    const where = `seed ${seed + i} (${semantics}): ${sql}\n${JSON.stringify(input)}`;
    await session.run(`SET 'table.exec.match-recognize.semantics' = '${semantics}'`);
    await session.run(
      `CREATE TABLE t (k STRING, n INT, x INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '${SLACK_MS / 1000 + 1}' SECOND) WITH ('connector' = 'golden')`,
    );
    tables.fill(
      "t",
      input.map(({ k, n, x, ts }) => ({ kind: 0, values: [k, n, x, ts] })),
    );
    const outcome = await session.run(sql).catch((error: unknown) => session.describe(error, sql));
    compared++;
    if (expected === null) {
      failed++;
      expect(outcome, where).toMatch(/AFTER MATCH SKIP TO/);
      continue;
    }
    if (typeof outcome === "string" || outcome.kind !== "rows") throw new Error(`${where}\n${JSON.stringify(outcome)}`);
    const problem = compareRows(
      outcome.changes.map((change) => change.values),
      expected,
    );
    expect(problem, where).toBeNull();
  }
  // Most queries must answer.
  expect(failed).toBeLessThan(runs / 2);
});
