/**
 * The queries of the golden files with pieces exchanged: whatever comes of it is an answer, the same however rows are cut into
 * batches, or an error that tells people what is wrong. None is a bug of the engine.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Clock, MillraceError } from "@millrace/core";
import { systemClock } from "@millrace/runtime";
import {
  type GoldenResult,
  type GoldenSession,
  GoldenTables,
  goldenCell,
  goldenVariants,
  materialise,
  parseGolden,
  seededRandom,
} from "@millrace/testkit";
import { describe, expect, test } from "vitest";
import { openGoldenSession } from "./golden-session.ts";

const seed = Number(process.env.MILLRACE_TEST_SEED ?? Date.now() & 0x7fffffff);
const QUERIES_PER_FILE = Number(process.env.MILLRACE_FUZZ_QUERIES ?? 15);

/** Processing time stands still: what is grouped by it would depend on how long a query takes. */
const standingClock: Clock = { now: () => 1_767_261_600_000, sleep: systemClock.sleep };

type Random = () => number;

const pick = <T>(random: Random, list: readonly T[]): T => list[Math.floor(random() * list.length)];

const literals =
  "NULL,0,1.5,1E0,TRUE,'x',DATE '2020-01-01',ARRAY[1],MAP['a'\u00b71],ROW(1\u00b72),x'00',-9223372036854775808,CAST(NULL AS INT)"
    .split(",")
    .map((each) => each.replaceAll("\u00b7", ","));
const operators = ["+", "-", "*", "/", "=", "<>", "<", ">=", "||", "AND", "OR", "IS DISTINCT FROM"];
const functions =
  "SUM COUNT MAX AVG MIN UPPER ABS COALESCE TUMBLE HOP CARDINALITY ROW SUBSTRING ROUND NULLIF IF EXTRACT FLOOR GREATEST".split(
    " ",
  );
/** Words before a parenthesis that are no functions. */
const clauses = new Set("VALUES TABLE FROM IN AS AND OR NOT EXISTS JOIN WHERE SELECT OVER DESCRIPTOR BY".split(" "));

function tokens(sql: string): string[] {
  return sql.match(/'(?:[^']|'')*'|`[^`]*`|[A-Za-z_][\w$]*|\d+(?:\.\d+)?|[<>=!|]+|\S/g) ?? [];
}

/** Names in lower case, numbers and texts. */
const isLeaf = (token: string) => /^[a-z_\d']/.test(token);
const isOperator = (token: string) => /^(?:[-+*/%]|[<>=!|]+|AND|OR)$/.test(token);

/** One or two tokens exchanged for others of their sort. */
function mutate(query: readonly string[], other: readonly string[], random: Random): string[] {
  const mutated = [...query];
  const exchange = (isPlace: (at: number) => boolean, candidates: readonly string[]): void => {
    const places = [...mutated.keys()].filter(isPlace);
    if (places.length > 0 && candidates.length > 0) mutated[pick(random, places)] = pick(random, candidates);
  };
  for (let round = random() < 0.5 ? 1 : 2; round > 0; round--) {
    const sort = random();
    if (sort < 0.65) {
      exchange((at) => isLeaf(mutated[at]), random() < 0.3 ? literals : other.filter(isLeaf));
    } else if (sort < 0.85) exchange((at) => isOperator(mutated[at]), operators);
    else {
      const isCall = (at: number) =>
        /^[A-Z_]+$/.test(mutated[at]) && mutated[at + 1] === "(" && !clauses.has(mutated[at]);
      exchange(isCall, functions);
    }
  }
  return mutated;
}

/** The answer depends on the order of rows or on chance. */
const mayVary = /LIMIT|OFFSET|FETCH|RAND|UUID|AGG|COLLECT|FIRST_|LAST_|CURRENT_WATERMARK/;

/**
 * Of rows that are equal in its order OVER takes first the one that came first. Which that is depends on cuts where rows come
 * from several inputs, or are changed: of the changes that come together only the last may be told.
 */
const chooses = /: (?:TopN|Over|WindowTopN|Deduplicate)\([^\n]*\n(?<below>.*)/s;

async function dependsOnArrival(session: GoldenSession, sql: string): Promise<boolean> {
  if (!/\bOVER\b/.test(sql)) return false;
  const explained = await session.run(`EXPLAIN ${sql}`);
  const plan = explained.kind === "text" ? explained.text.split("== Physical Plan ==")[1] : "";
  const below = chooses.exec(plan)?.groups?.below ?? "";
  return /changelog=/.test(below) || (below.match(/: (?:Scan|Values)\(/g)?.length ?? 0) > 1;
}

function answerOf(result: GoldenResult): string {
  if (result.kind !== "rows") return result.kind;
  const types = result.fields.map((field) => field.type);
  const rows = materialise(result.changes).map((row) => row.map((cell, i) => goldenCell(cell, types[i])).join(" | "));
  return rows.sort().join("\n");
}

describe(`mutated queries, seed ${seed}`, () => {
  const names = readdirSync(import.meta.dirname).filter((name) => name.endsWith(".slt"));
  test.each(names)("%s", { timeout: 60_000 }, async (name) => {
    const records = parseGolden(readFileSync(join(import.meta.dirname, name), "utf8"), name);
    // Where rows are late, what counts depends on how they are cut.
    if (records.some((record) => record.kind === "query" && record.options.has("arrival"))) return;
    const isInMemory = ({ sql }: { readonly sql: string }) => !sql.includes("filesystem");
    const queries = records
      .filter((record) => record.kind === "query" && isInMemory(record))
      .map(({ sql }) => tokens(sql));
    if (queries.length === 0) return;
    const random = seededRandom(seed);
    const tables = new GoldenTables();
    const session = openGoldenSession(tables, { greeting: "hello" }, standingClock);
    for (const record of records) {
      if (record.kind === "statement" && isInMemory(record)) await session.run(record.sql).catch(ignoreMissingFiles);
    }
    for (let count = 0; count < QUERIES_PER_FILE; count++) {
      const sql = mutate(pick(random, queries), pick(random, queries), random).join(" ");
      if (/\b(?:INSERT|CREATE|DROP|SET)\b/.test(sql)) continue;
      const answers: string[] = [];
      for (const { cut, name: variant } of goldenVariants(seed)) {
        tables.cut = cut;
        try {
          answers.push(answerOf(await session.run(sql)));
        } catch (error) {
          const isTold = error instanceof MillraceError && error.code !== "INVARIANT";
          if (!isTold) throw new Error(`${name}, ${variant}: ${sql}`, { cause: error });
          answers.push(error.code);
        }
        if (mayVary.test(sql)) break;
      }
      if (new Set(answers).size > 1 && (await dependsOnArrival(session, sql))) continue;
      expect(new Set(answers).size, `${name}: ${sql}\n${answers.join("\n---- or\n")}`).toBe(1);
    }
  });
});

/** A statement that needs one that was left out. */
function ignoreMissingFiles(error: unknown): void {
  if (!(error instanceof MillraceError)) throw error;
}
