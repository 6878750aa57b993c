import { BIGINT, INT, STRING } from "@millrace/core";
import { expect, test } from "vitest";
import { change } from "../change.ts";
import type { GoldenRecord } from "./golden-record.ts";
import { type GoldenResult, GoldenRun, goldenVariants } from "./golden-run.ts";
import { parseGolden } from "./parse-golden.ts";

/** Runs the last record of a file on an engine that gives what is in the table for each SQL text; a text is an error. */
async function runLast(
  text: string,
  answers: Readonly<Record<string, GoldenResult | string>>,
): Promise<readonly string[]> {
  const ran: string[] = [];
  const records = parseGolden(text, "x.slt");
  const run = new GoldenRun("x.slt", records, goldenVariants(1).slice(0, 2), (_tables, { name }) => ({
    run(sql) {
      ran.push(`${name}: ${sql}`);
      const answer = answers[sql] ?? { kind: "nothing" };
      return typeof answer === "string" ? Promise.reject(new Error(answer)) : Promise.resolve(answer);
    },
    describe: (error) => (error as Error).message,
  }));
  await run.run(records.at(-1) as GoldenRecord);
  return ran;
}

const fields = [
  { name: "k", type: STRING },
  { name: "n", type: BIGINT },
];
const counted: GoldenResult = {
  kind: "rows",
  fields,
  changes: [change("+I", "a", 1), change("+I", "", 1), change("-U", "a", 1), change("+U", "a", 2)],
};

test("statements in front run first, each record in every session", async () => {
  const ran = await runLast("statement\nCREATE\n\nquery\nSELECT\n----\na | 2\n'' | 1", { SELECT: counted });
  expect(ran).toEqual(["one batch: CREATE", "one row a batch: CREATE", "one batch: SELECT", "one row a batch: SELECT"]);
});

test("a row that is wrong is told with file, line and way", async () => {
  await expect(runLast("query\nSELECT\n----\na | 1\n'' | 1", { SELECT: counted })).rejects.toThrow(
    "x.slt:2: one batch: 2 lines, expected 2 (- missing, + unexpected)\n  '' | 1\n- a | 1\n+ a | 2\nSELECT",
  );
});

test("order counts where it is asked for", async () => {
  const rows: GoldenResult = { kind: "rows", fields, changes: [change("+I", "a", 2), change("+I", "b", 1)] };
  await runLast("query ordered\nSELECT\n----\na | 2\nb | 1", { SELECT: rows });
  await runLast("query\nSELECT\n----\nb | 1\na | 2", { SELECT: rows });
  await expect(runLast("query ordered\nSELECT\n----\nb | 1\na | 2", { SELECT: rows })).rejects.toThrow("x.slt:2");
});

test("changes are exact only one row a batch; what they leave counts everywhere", async () => {
  const lines = "+I a | 1\n+I '' | 1\n-U a | 1\n+U a | 2";
  await runLast(`query changelog\nSELECT\n----\n${lines}`, { SELECT: counted });
  const folded = "+I '' | 1\n+I a | 2";
  await expect(runLast(`query changelog\nSELECT\n----\n${folded}`, { SELECT: counted })).rejects.toThrow(
    "one row a batch: 4 lines, expected 2",
  );
});

test("names and types are compared where they are given", async () => {
  await runLast("query\nSELECT\n----\n: k STRING | n BIGINT\na | 2\n'' | 1", { SELECT: counted });
  await expect(runLast("query\nSELECT\n----\n: k STRING | n INT\na | 2\n'' | 1", { SELECT: counted })).rejects.toThrow(
    "- k STRING | n INT",
  );
});

test("errors and texts are compared line by line; a wrong sort of answer is told", async () => {
  await runLast("error\nBAD\n----\n1:1: no\n  BAD", { BAD: "1:1: no\n  BAD" });
  await expect(runLast("error\nBAD\n----\n1:2: no", { BAD: "1:1: no" })).rejects.toThrow("+ 1:1: no");
  await expect(runLast("error\nGOOD\n----\n1:2: no", {})).rejects.toThrow("expected an error");
  await expect(runLast("query\nBAD\n----", { BAD: "1:1: no" })).rejects.toThrow("x.slt:2: one batch: 1:1: no");
  await expect(runLast("statement\nBAD", { BAD: "1:1: no" })).rejects.toThrow("1:1: no");
  await runLast("text\nEXPLAIN\n----\na\n\nb\n----", { EXPLAIN: { kind: "text", text: "a\n\nb\n" } });
  await expect(runLast("text\nEXPLAIN\n----\na\n----", { EXPLAIN: counted })).rejects.toThrow("expected text");
});

test("cells are quoted where they would be unclear", async () => {
  const type = { kind: "row", fields: [{ name: "s", type: STRING }], nullable: true } as const;
  const rows: GoldenResult = {
    kind: "rows",
    fields: [
      ...["a", "b", "c", "d", "e", "f"].map((name) => ({ name, type: STRING })),
      { name: "r", type },
      { name: "i", type: INT },
    ],
    changes: [change("+I", "plain 'x'", "NULL", " x", "a | b", "l\n\\", null, ["NULL"], null)],
  };
  await runLast("query\nS\n----\nplain 'x' | 'NULL' | ' x' | 'a | b' | 'l\\n\\\\' | NULL | ('NULL') | NULL", {
    S: rows,
  });
});
