/**
 * The law of changelogs, over queries made at random: at any cut of the rows into batches and any order in which the inputs
 * are read, and wherever the job is killed and goes on from a snapshot, what is left of the changes is the answer of the naive
 * evaluator, and no change takes away a row that is not there.
 *
 * `MILLRACE_LAW_RUNS=20000` for a long run, `MILLRACE_TEST_SEED=...` (and `MILLRACE_LAW_PATH`) to repeat one.
 */
import {
  type Change,
  compareRows,
  type GoldenResult,
  GoldenTables,
  literalSql,
  materialise,
  type Query,
  type QueryType,
  type QueryValue,
  queryAnswer,
  querySql,
  randomCut,
  rowText,
  seededRandom,
  settle,
  TooManyRows,
  valueText,
} from "@millrace/testkit";
import fc from "fast-check";
import { test } from "vitest";
import { openGoldenSession } from "./golden-session.ts";
import { type QueryTable, RandomQuery } from "./random-query.ts";

const seed = Number(process.env.MILLRACE_TEST_SEED ?? Date.now() & 0x7fffffff);
const numRuns = Number(process.env.MILLRACE_LAW_RUNS ?? 200);
const path = process.env.MILLRACE_LAW_PATH;

const schemas = {
  t0: { columns: "c0 INT NOT NULL, c1 BIGINT, c2 BIGINT, c3 STRING", types: ["number", "number", "number", "text"] },
  t1: { columns: "c0 BIGINT, c1 STRING, c2 BIGINT", types: ["number", "text", "number"] },
  // Rows of equal time are none of them late.
  w: {
    columns: "c0 BIGINT, c1 STRING, c2 TIMESTAMP(3), WATERMARK FOR c2 AS c2 - INTERVAL '0.001' SECOND",
    types: ["number", "text", "time"],
  },
  // Tables that rows of are taken away, and changed; in `x`, which is timed, none is late.
  r: { columns: "c0 BIGINT, c1 BIGINT, c2 STRING", types: ["number", "number", "text"], changelog: "retract" },
  u: {
    columns: "c0 INT NOT NULL, c1 BIGINT, c2 STRING, PRIMARY KEY (c0) NOT ENFORCED",
    types: ["number", "number", "text"],
    changelog: "upsert",
  },
  x: {
    columns: "c0 BIGINT, c1 STRING, c2 TIMESTAMP(3), WATERMARK FOR c2 AS c2 - INTERVAL '1' HOUR",
    types: ["number", "text", "time"],
    changelog: "retract",
  },
} as const satisfies Record<string, Schema>;

interface Schema {
  readonly columns: string;
  readonly types: readonly QueryType[];
  readonly changelog?: "retract" | "upsert";
}

type Row = readonly QueryValue[];

/** A step of a table that is changed: from 0 to 9; which row of those that are there; a row. */
type Step = readonly [number, number, Row];

/** Half the steps add a row, others take one away or change it. */
function retractChanges(steps: readonly Step[]): { changes: Change[]; rows: Row[] } {
  const changes: Change[] = [];
  const rows: Row[] = [];
  for (const [step, at, values] of steps) {
    const own = at % Math.max(rows.length, 1);
    if (step < 5 || rows.length === 0) {
      changes.push({ kind: 0, values });
      rows.push(values);
    } else if (step < 7) changes.push({ kind: 3, values: rows.splice(own, 1)[0] });
    else {
      changes.push({ kind: 1, values: rows[own] }, { kind: 2, values });
      rows[own] = values;
    }
  }
  return { changes, rows };
}

/** By the first column, what it holds or that it is gone. */
function upsertChanges(steps: readonly Step[]): { changes: Change[]; rows: Row[] } {
  const rows = new Map<QueryValue, Row>();
  const changes = steps.map(([step, key, [, v, s]]): Change => {
    if (step > 6) {
      rows.delete(key);
      return { kind: 3, values: [key, null, null] };
    }
    rows.set(key, [key, v, s]);
    return { kind: step % 2 === 0 ? 0 : 2, values: [key, v, s] };
  });
  return { changes, rows: [...rows.values()] };
}

const small = fc.option(fc.nat(3), { freq: 4 });
const text = fc.option(fc.constantFrom("a", "b", "", "aa"), { freq: 4 });
const rowsOf = <T>(row: fc.Arbitrary<T>) => fc.array(row, { maxLength: 10, size: "max" });
const choices = fc.array(fc.nat(9999), { minLength: 2, maxLength: 60, size: "max" });

const steps = rowsOf(fc.tuple(fc.nat(9), fc.nat(3), fc.tuple(small, small, text)));

const tables = fc.record({
  r: steps,
  u: steps,
  x: rowsOf(
    fc.tuple(
      fc.nat(9),
      fc.nat(3),
      fc.tuple(
        small,
        text,
        fc.nat(20).map((seconds) => seconds * 1000),
      ),
    ),
  ),
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
  { name: "r", types: schemas.r.types },
  { name: "u", types: schemas.u.types },
  { name: "x", types: schemas.x.types, isTimed: true, isUpdating: true },
];

/** Null if it is too much work. */
function answerOf(query: Query, view: Query, rows: Map<string, readonly Row[]>): readonly Row[] | null {
  try {
    return queryAnswer(query, rows.set("v", queryAnswer(view, rows)));
  } catch (error) {
    if (error instanceof TooManyRows) return null;
    throw error;
  }
}

/**
 * The query written to a table by a primary key: each key that stands in the answer holds one of its rows. Where the key is the
 * query's own that is the answer itself.
 */
async function checkByKey(
  run: (sql: string) => Promise<GoldenResult>,
  { types }: Query,
  sql: string,
  key: readonly number[],
  expected: readonly Row[],
): Promise<void> {
  const sqlTypes = { number: "BIGINT", text: "STRING", time: "TIMESTAMP(3)" };
  const columns = types.map((type, i) => `c${i} ${sqlTypes[type]}`).join(", ");
  const names = key.map((column) => `c${column}`);
  const constraint = `PRIMARY KEY (${names.join(", ")}) NOT ENFORCED`;
  await run(`CREATE TABLE target (${columns}, ${constraint}) WITH ('connector' = 'golden')`);
  await run("SET 'table.exec.sink.not-null-enforcer' = 'DROP'");
  await run(`INSERT INTO target ${sql}`);
  const result = await run("SELECT * FROM target");
  const written = result.kind === "rows" ? materialise(result.changes) : [];
  const keyOf = (row: readonly unknown[]) => valueText(key.map((column) => row[column]));
  const wanted = expected.filter((row) => key.every((column) => row[column] !== null));
  const missing = compareRows(
    [...new Set(written.map(keyOf))].map((each) => [each]),
    [...new Set(wanted.map(keyOf))].map((each) => [each]),
  );
  if (missing !== null) throw new Error(`keys by (${names.join(", ")}): ${missing}`);
  const rows = new Set(wanted.map(valueText));
  const wrong = written.find((row) => !rows.has(valueText(row)));
  if (wrong !== undefined) throw new Error(`by (${names.join(", ")}): ${valueText(wrong)} is none of the rows`);
}

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
    fc.asyncProperty(tables, choices, choices, fc.nat(1000), async (given, viewChoices, queryChoices, variant) => {
      const updating = { r: retractChanges(given.r), u: upsertChanges(given.u), x: retractChanges(given.x) };
      const data = { ...given, r: updating.r.rows, u: updating.u.rows, x: updating.x.rows };
      const view = new RandomQuery(viewChoices, leaves).query(2);
      const withView = [...leaves, { name: "v", types: view.types }];
      const query = new RandomQuery(queryChoices, withView).query(4);
      const rows = new Map<string, readonly Row[]>(Object.entries(data));
      const expected = answerOf(query, view, rows);
      if (expected === null) return;
      const sql = querySql(query);
      // Written by a key, too, of up to two columns of numbers and texts.
      const keyable = query.types.flatMap((type, i) => (type === "time" ? [] : [i]));
      const key = [...new Set([variant, variant >> 2].map((choice) => keyable[choice % Math.max(keyable.length, 1)]))];
      for (const [golden, isKilled] of [
        [shuffled(variant), false],
        [shuffled(variant + 7), false],
        [shuffled(variant + 11), true],
      ] as const) {
        const next = seededRandom(variant);
        if (isKilled) golden.wait = () => settle(2);
        const session = openGoldenSession(golden, {}, undefined, isKilled ? () => next() < 0.3 : undefined);
        const script: string[] = [];
        const run = (statement: string) => {
          script.push(statement);
          return session.run(statement);
        };
        try {
          for (const [name, { changes }] of Object.entries(updating)) golden.fill(name, changes);
          for (const [name, { columns, types, changelog }] of Object.entries<Schema>(schemas)) {
            const mode = changelog === undefined ? "" : `, 'changelog' = '${changelog}'`;
            await run(`CREATE TABLE ${name} (${columns}) WITH ('connector' = 'golden'${mode})`);
            if (changelog !== undefined) continue;
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
          if (keyable.length > 0) await checkByKey(run, query, sql, key, expected);
        } catch (error) {
          const changed = Object.entries(updating).map(
            ([name, { changes }]) => `${name}: ${changes.map(rowText).join(" ")}`,
          );
          throw new Error(`${[script.join(";\n"), ...changed].join("\n")}\n`, { cause: error });
        }
      }
    }),
    { seed, numRuns, ...(path === undefined ? {} : { path }), includeErrorInReport: false, endOnFailure: false },
  );
});
