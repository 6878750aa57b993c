import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parseScript } from "../parser/parse.ts";
import { bindStatement } from "./bind-statement.ts";
import { printFields, printPlan } from "./fixtures/print-plan.ts";
import { testSession } from "./fixtures/session.ts";

const text = readFileSync(new URL("../parser/fixtures/nexmark.sql", import.meta.url), "utf8");
const names = "q0 q1 q2 q3 q4 q5 q6 q7 q8 q9 q11 q14 q15 q16 q17 q18 q19 q20 q21 q22".split(" ");
const statements = parseScript(text, { variables: { path: "events.json" } });
const queries = statements.filter((statement) => statement.kind === "QueryStatement");

function bind(name: string) {
  const session = testSession("");
  for (const statement of statements) {
    if (statement.kind !== "QueryStatement") bindStatement(statement, session, text);
  }
  const bound = bindStatement(queries[names.indexOf(name)], session, text);
  if (bound.kind !== "query") throw new Error(`${name} is no query`);
  return bound.plan;
}

const bigints = (...columns: string[]) => columns.map((column) => `${column} BIGINT`);
const counts = (...columns: string[]) => columns.map((column) => `${column} BIGINT NOT NULL`);
const dayCounts = counts(
  ...["bids", "low_bids", "mid_bids", "high_bids", "bidders", "low_bidders", "mid_bidders", "high_bidders"],
  ...["auctions", "low_auctions", "mid_auctions", "high_auctions"],
);

/** Types as in Flink: BIGINT counts as DECIMAL(19, 0), a product of decimals has p1 + p2 + 1 digits. */
const outputs: Readonly<Record<string, readonly string[]>> = {
  q0: [
    ...bigints("auction", "bidder", "price"),
    "channel STRING",
    "url STRING",
    "ts TIMESTAMP(3) [rowtime]",
    "extra STRING",
  ],
  q1: [...bigints("auction", "bidder"), "euros DECIMAL(24, 3)", "ts TIMESTAMP(3) [rowtime]"],
  q2: bigints("auction", "price"),
  q3: ["name STRING", "city STRING", "state STRING", "id BIGINT"],
  q4: bigints("category", "avg_closing"),
  q5: ["auction BIGINT", "bids BIGINT NOT NULL", "window_start TIMESTAMP(3) NOT NULL [window_start]"],
  q7: [...bigints("auction", "price", "bidder"), "ts TIMESTAMP(3)", "extra STRING"],
  q8: ["id BIGINT", "name STRING", "window_start TIMESTAMP(3) NOT NULL [window_start]"],
  q6: bigints("seller", "avg_price"),
  q9: [
    "id BIGINT",
    "item STRING",
    ...bigints("seller", "category"),
    "expires TIMESTAMP(3)",
    ...bigints("bidder", "price"),
    "bid_ts TIMESTAMP(3)",
  ],
  q11: [
    "bidder BIGINT",
    "bids BIGINT NOT NULL",
    "window_start TIMESTAMP(3) NOT NULL [window_start]",
    "window_end TIMESTAMP(3) NOT NULL [window_end]",
  ],
  q14: [
    ...bigints("auction", "bidder"),
    "euros DECIMAL(24, 3)",
    "daytime VARCHAR(5) NOT NULL",
    "ts TIMESTAMP(3) [rowtime]",
    "c_count INT",
  ],
  q15: ["day STRING", ...dayCounts],
  q16: ["channel STRING", "day STRING", "minute STRING", ...dayCounts],
  q17: [
    "auction BIGINT",
    "day STRING",
    ...counts("bids", "low_bids", "mid_bids", "high_bids"),
    ...bigints("min_price", "max_price", "avg_price", "sum_price"),
  ],
  q18: [...bigints("auction", "bidder", "price"), "channel STRING", "url STRING", "ts TIMESTAMP(3)", "extra STRING"],
  q19: [...bigints("auction", "bidder", "price"), "channel STRING", "ts TIMESTAMP(3)", "place BIGINT NOT NULL"],
  q21: [...bigints("auction", "bidder", "price"), "channel STRING", "channel_id STRING"],
  q22: [...bigints("auction", "bidder", "price"), "channel STRING", "dir1 STRING", "dir2 STRING", "dir3 STRING"],
};

describe("the benchmark's queries", () => {
  test.each(Object.keys(outputs))("%s has the columns that Flink gives it", (name) => {
    expect(printFields(bind(name))).toEqual(outputs[name]);
  });

  test("q0 reads the table through its projection, which computes time and watermark", () => {
    expect(printPlan(bind("q0"))).toBe(
      [
        "project #0, #1, #2, #3, #4, #5, #6",
        "  project #3.0, #3.1, #3.2, #3.3, #3.4, #4, #3.6",
        "    filter =(#0, 2)",
        "      project #0, #1, #2, #3, case(=(#0, 0), #1.6, =(#0, 1), #2.5, #3.5) watermark -(case(=(#0, 0), #1.6, =(#0, 1), #2.5, #3.5), 4000)",
        "        scan events",
      ].join("\n"),
    );
  });

  test("q5 uses the common table twice as one plan", () => {
    const lines = printPlan(bind("q5")).split("\n");
    expect(lines[1]).toBe("  inner join and(=(#2, #5), =(#3, #6), >=(#1, #4))");
    expect(lines.filter((line) => line.includes("window"))).toEqual([
      '        window {"kind":"hop","sizeMs":10000,"slideMs":2000,"offsetMs":0} on #5 event',
    ]);
    expect(lines.at(-1)?.trim()).toMatch(/^again @\d+$/);
  });

  test("q8 reads the source once for both of its views", () => {
    const text = printPlan(bind("q8"));
    expect(text.match(/scan events/g)).toHaveLength(1);
    expect(text.match(/again @/g)).toHaveLength(1);
  });

  test("q11 opens sessions per bidder", () => {
    expect(printPlan(bind("q11"))).toContain('window {"kind":"session","gapMs":10000,"partitionKeys":[1]} on #5 event');
  });

  test("q18 numbers the rows of each key before it selects", () => {
    expect(printPlan(bind("q18")).split("\n").slice(0, 4)).toEqual([
      "project #0, #1, #2, #3, #4, #5, #6",
      "  filter <=(#7, 1)",
      "    project #0, #1, #2, #3, #4, #5, #6, #7",
      "      over [#1, #0] by #5 desc nulls last, #2 desc nulls last, #3 asc nulls first, #6 asc nulls first: row_number() rows null to 0",
    ]);
  });
});
