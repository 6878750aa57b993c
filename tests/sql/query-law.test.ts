/**
 * The law of changelogs, over queries made at random: at any cut of the rows into batches and any order in which the inputs
 * are read, what is left of the changes is the answer of the naive evaluator, and no change takes away a row that is not there.
 *
 * `MILLRACE_LAW_RUNS=20000` for a long run, `MILLRACE_TEST_SEED=...` (and `MILLRACE_LAW_PATH`) to repeat one.
 */
import { MillraceError } from "@millrace/core";
import {
  compareRows,
  GoldenTables,
  literalSql,
  materialise,
  type QueryType,
  type QueryValue,
  queryAnswer,
  querySql,
  randomCut,
  seededRandom,
} from "@millrace/testkit";
import fc from "fast-check";
import { test } from "vitest";
import { openGoldenSession } from "./golden-session.ts";
import { type QueryTable, RandomQuery } from "./random-query.ts";

const seed = Number(process.env.MILLRACE_TEST_SEED ?? Date.now() & 0x7fffffff);
const numRuns = Number(process.env.MILLRACE_LAW_RUNS ?? 300);
const path = process.env.MILLRACE_LAW_PATH;

const schemas = {
  t0: { columns: "c0 INT NOT NULL, c1 BIGINT, c2 BIGINT, c3 STRING", types: ["number", "number", "number", "text"] },
  t1: { columns: "c0 BIGINT, c1 STRING, c2 BIGINT", types: ["number", "text", "number"] },
  // Rows of equal time are none of them late.
  w: {
    columns: "c0 BIGINT, c1 STRING, c2 TIMESTAMP(3), WATERMARK FOR c2 AS c2 - INTERVAL '0.001' SECOND",
    types: ["number", "text", "time"],
  },
} as const satisfies Record<string, { columns: string; types: readonly QueryType[] }>;

const small = fc.option(fc.nat(3), { freq: 4 });
const text = fc.option(fc.constantFrom("a", "b", "", "aa"), { freq: 4 });
const rowsOf = <T>(row: fc.Arbitrary<T>) => fc.array(row, { maxLength: 10, size: "max" });
const choices = fc.array(fc.nat(9999), { minLength: 2, maxLength: 60, size: "max" });

const tables = fc.record({
  t0: rowsOf(fc.tuple(fc.nat(3), small, small, text)),
  t1: rowsOf(fc.tuple(small, text, small)),
  w: rowsOf(fc.tuple(small, text, fc.nat(6))).map((rows) => {
    let seconds = 0;
    return rows.map(([k, s, step]): [number | null, string | null, number] => {
      seconds += step;
      return [k, s, seconds * 1000];
    });
  }),
});

const leaves: readonly QueryTable[] = [
  { name: "t0", types: schemas.t0.types },
  { name: "t1", types: schemas.t1.types },
  { name: "w", types: schemas.w.types, isTimed: true },
];

/** What the engine says it cannot do. */
const refused = /^a window aggregation needs rows that are only added/;

/** Cuts and readiness at random. */
function shuffled(variant: number): GoldenTables {
  const golden = new GoldenTables();
  const next = seededRandom(variant);
  golden.cut = randomCut(variant);
  golden.pauses = () => next() < 0.3;
  return golden;
}

test(`random queries, seed ${seed}`, { timeout: 3_600_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(tables, choices, choices, fc.nat(1000), async (data, viewChoices, queryChoices, variant) => {
      const view = new RandomQuery(viewChoices, leaves).query(2);
      const withView = [...leaves, { name: "v", types: view.types }];
      const query = new RandomQuery(queryChoices, withView).query(4);
      const rows = new Map<string, readonly (readonly QueryValue[])[]>(Object.entries(data));
      const expected = queryAnswer(query, rows.set("v", queryAnswer(view, rows)));
      const sql = querySql(query);
      for (const golden of [shuffled(variant), shuffled(variant + 7)]) {
        const session = openGoldenSession(golden, {});
        const script: string[] = [];
        const run = (statement: string) => {
          script.push(statement);
          return session.run(statement);
        };
        try {
          for (const [name, { columns, types }] of Object.entries(schemas)) {
            await run(`CREATE TABLE ${name} (${columns}) WITH ('connector' = 'golden')`);
            const values = (rows.get(name) ?? []).map(
              (row) => `(${row.map((value, i) => literalSql(value as number | string | null, types[i])).join(", ")})`,
            );
            if (values.length > 0) await run(`INSERT INTO ${name} VALUES ${values.join(", ")}`);
          }
          await run(`CREATE VIEW v AS ${querySql(view)}`);
          const result = await run(sql);
          const actual = result.kind === "rows" ? materialise(result.changes) : [];
          const difference = compareRows(actual, expected);
          if (difference !== null) throw new Error(difference);
        } catch (error) {
          if (error instanceof MillraceError && refused.test(error.message)) return;
          throw new Error(`${script.join(";\n")}\n`, { cause: error });
        }
      }
    }),
    { seed, numRuns, ...(path === undefined ? {} : { path }), includeErrorInReport: false, endOnFailure: false },
  );
});
