/**
 * The law of sub-queries: over inputs that update rows, at any cut into batches, what is left is what the definition of each
 * form gives for the final tables. The definitions are written out here, with three-valued logic.
 */
import { GoldenTables, goldenVariants, materialise, seededRandom } from "@millrace/testkit";
import { describe, expect, it } from "vitest";
import { openGoldenSession } from "./golden-session.ts";

const seed = Number(process.env.MILLRACE_TEST_SEED ?? Date.now() & 0x7fffffff);

interface Row {
  readonly id: number;
  readonly k: number | null;
  readonly v: number | null;
}
type Truth = boolean | null;

const not = (value: Truth): Truth => (value === null ? null : !value);
const and = (...values: readonly Truth[]): Truth =>
  values.includes(false) ? false : values.includes(null) ? null : true;
const anyOf = (values: readonly Truth[]): Truth =>
  values.includes(true) ? true : values.includes(null) ? null : false;
const compare = (a: number | null, b: number | null, test: (a: number, b: number) => boolean): Truth =>
  a === null || b === null ? null : test(a, b);
const equal = (a: number | null, b: number | null) => compare(a, b, (x, y) => x === y);
const greater = (a: number | null, b: number | null) => compare(a, b, (x, y) => x > y);
const sum = (values: readonly (number | null)[]): number | null => {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((x, y) => x + y, 0);
};

/** Rows of `a` that WHERE keeps. */
const where = (test: (row: Row, b: readonly Row[]) => Truth) => (a: readonly Row[], b: readonly Row[]) =>
  a.filter((row) => test(row, b) === true).map((row) => [row.id]);
/** A value for each row of `a`. */
const value = (of: (row: Row, b: readonly Row[]) => unknown) => (a: readonly Row[], b: readonly Row[]) =>
  a.map((row) => [row.id, of(row, b)]);

const forms: readonly {
  readonly sql: string;
  readonly answer: (a: readonly Row[], b: readonly Row[]) => (readonly unknown[])[];
}[] = [
  {
    sql: "SELECT id FROM a WHERE k IN (SELECT k FROM b)",
    answer: where((r, b) => anyOf(b.map((s) => equal(r.k, s.k)))),
  },
  {
    sql: "SELECT id FROM a WHERE k NOT IN (SELECT k FROM b)",
    answer: where((r, b) => not(anyOf(b.map((s) => equal(r.k, s.k))))),
  },
  {
    sql: "SELECT id FROM a WHERE k NOT IN (SELECT k FROM b WHERE b.v = a.v)",
    answer: where((r, b) => not(anyOf(b.filter((s) => equal(r.v, s.v)).map((s) => equal(r.k, s.k))))),
  },
  {
    sql: "SELECT id FROM a WHERE k NOT IN (SELECT k FROM b WHERE b.v > a.v)",
    answer: where((r, b) => not(anyOf(b.filter((s) => greater(s.v, r.v)).map((s) => equal(r.k, s.k))))),
  },
  {
    sql: "SELECT id FROM a WHERE (k, v) NOT IN (SELECT k, v FROM b)",
    answer: where((r, b) => not(anyOf(b.map((s) => and(equal(r.k, s.k), equal(r.v, s.v)))))),
  },
  {
    sql: "SELECT id FROM a WHERE v > ALL (SELECT v FROM b WHERE b.k = a.k)",
    answer: where((r, b) => not(anyOf(b.filter((s) => equal(r.k, s.k)).map((s) => not(greater(r.v, s.v)))))),
  },
  {
    sql: "SELECT id FROM a WHERE EXISTS (SELECT 1 FROM b WHERE b.k = a.k AND b.v > a.v)",
    answer: where((r, b) => b.some((s) => and(equal(r.k, s.k), greater(s.v, r.v)) === true)),
  },
  {
    sql: "SELECT id FROM a WHERE NOT EXISTS (SELECT 1 FROM b WHERE b.k > a.v)",
    answer: where((r, b) => !b.some((s) => greater(s.k, r.v) === true)),
  },
  {
    sql: "SELECT id, k IN (SELECT k FROM b) FROM a",
    answer: value((r, b) => anyOf(b.map((s) => equal(r.k, s.k)))),
  },
  {
    sql: "SELECT id, k IN (SELECT k FROM b WHERE b.v = a.v) FROM a",
    answer: value((r, b) => anyOf(b.filter((s) => equal(r.v, s.v)).map((s) => equal(r.k, s.k)))),
  },
  {
    sql: "SELECT id, (k, v) IN (SELECT k, v FROM b) FROM a",
    answer: value((r, b) => anyOf(b.map((s) => and(equal(r.k, s.k), equal(r.v, s.v))))),
  },
  {
    sql: "SELECT id, v > ANY (SELECT v FROM b WHERE b.k = a.k) FROM a",
    answer: value((r, b) => anyOf(b.filter((s) => equal(r.k, s.k)).map((s) => greater(r.v, s.v)))),
  },
  {
    sql: "SELECT id, (SELECT SUM(v) FROM b WHERE b.k = a.k) FROM a",
    answer: value((r, b) => sum(b.filter((s) => equal(r.k, s.k)).map((s) => s.v))),
  },
  {
    sql: "SELECT id, (SELECT COUNT(*) FROM b WHERE b.k = a.k) FROM a",
    answer: value((r, b) => b.filter((s) => equal(r.k, s.k)).length),
  },
  {
    sql: "SELECT id, (SELECT COUNT(*) FROM b WHERE b.k > a.k) FROM a",
    answer: value((r, b) => b.filter((s) => greater(s.k, r.k)).length),
  },
  {
    sql: "SELECT id, (SELECT SUM(b.v + a.v) FROM b WHERE b.k = a.k) FROM a",
    answer: value((r, b) => sum(b.filter((s) => equal(r.k, s.k)).map((s) => sum2(s.v, r.v)))),
  },
  {
    sql: "SELECT id FROM a WHERE v IN (SELECT v FROM b WHERE b.k = a.k UNION ALL SELECT k FROM b WHERE b.v = a.k)",
    answer: where((r, b) =>
      anyOf([
        ...b.filter((s) => equal(s.k, r.k)).map((s) => equal(r.v, s.v)),
        ...b.filter((s) => equal(s.v, r.k)).map((s) => equal(r.v, s.k)),
      ]),
    ),
  },
  {
    sql: "SELECT id FROM a WHERE EXISTS (SELECT COUNT(*) FROM b WHERE b.k = a.k HAVING COUNT(*) <> 1)",
    answer: where((r, b) => b.filter((s) => equal(s.k, r.k)).length !== 1),
  },
  {
    sql: "SELECT id FROM a WHERE EXISTS (SELECT 1 FROM b LEFT JOIN a c ON c.k = b.v WHERE b.k = a.k AND c.id IS NULL)",
    answer: (a, b) =>
      a.filter((r) => b.some((s) => equal(s.k, r.k) && !a.some((c) => equal(c.k, s.v)))).map((row) => [row.id]),
  },
];

function sum2(x: number | null, y: number | null): number | null {
  return x === null || y === null ? null : x + y;
}

/** Rows of a table whose last value per id counts: MAX(k) and MIN(v) of an id update what came before. */
function random(next: () => number): Row[] {
  const small = () => (next() < 0.2 ? null : Math.floor(next() * 4));
  return Array.from({ length: Math.floor(next() * 12) }, () => ({
    id: Math.floor(next() * 6),
    k: small(),
    v: small(),
  }));
}

function final(rows: readonly Row[]): Row[] {
  const least = (values: readonly (number | null)[], sign: number) => {
    const known = values.filter((each) => each !== null).map((each) => each * sign);
    return known.length === 0 ? null : Math.min(...known) * sign;
  };
  return [...new Set(rows.map((row) => row.id))].map((id) => {
    const own = rows.filter((row) => row.id === id);
    const [k, v] = [
      least(
        own.map((row) => row.k),
        -1,
      ),
      least(
        own.map((row) => row.v),
        1,
      ),
    ];
    return { id, k: k === 0 ? 0 : k, v: v === 0 ? 0 : v };
  });
}

const literal = (value: number | null) => value ?? "CAST(NULL AS INT)";
const textOf = (rows: readonly (readonly unknown[])[]) => rows.map((row) => row.map(String).join("|")).sort();

describe(`sub-queries over updating inputs, seed ${seed}`, () => {
  const next = seededRandom(seed);
  for (let round = 0; round < 4; round++) {
    const [a, b] = [random(next), random(next)];
    it(`round ${round}: a = ${JSON.stringify(a)}, b = ${JSON.stringify(b)}`, async () => {
      for (const { cut } of goldenVariants(seed)) {
        const tables = new GoldenTables();
        tables.cut = cut;
        const session = openGoldenSession(tables, {});
        for (const [name, rows] of [
          ["a", a],
          ["b", b],
        ] as const) {
          await session.run(`CREATE TABLE ${name}0 (id INT, k INT, v INT) WITH ('connector' = 'golden')`);
          const values = rows.map((row) => `(${row.id}, ${literal(row.k)}, ${literal(row.v)})`);
          if (values.length > 0) await session.run(`INSERT INTO ${name}0 VALUES ${values.join(", ")}`);
          await session.run(`CREATE VIEW ${name} AS SELECT id, MAX(k) AS k, MIN(v) AS v FROM ${name}0 GROUP BY id`);
        }
        for (const { sql, answer } of forms) {
          const result = await session.run(sql);
          const rows = result.kind === "rows" ? materialise(result.changes) : [];
          expect(textOf(rows), sql).toEqual(textOf(answer(final(a), final(b))));
        }
      }
    });
  }
});
