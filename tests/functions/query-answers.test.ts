/** Whole queries against the tables that they give in Flink 2.3, streaming: aggregates above all. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { MillraceError, type RecordBatch, valueAt } from "@millrace/core";
import { ScriptSession } from "millrace";
import { describe, expect, test } from "vitest";
import { answerValue, sameAnswer } from "./flink-answer.ts";

interface QueryAnswer {
  readonly sql: string;
  /** The table at the end. */
  readonly rows?: readonly { readonly row: readonly unknown[] }[];
  readonly error?: string;
}

const quiet = { warn: () => undefined, progress: () => undefined };

/** The rows left at the end, in the form of the answers. */
async function tableOf(sql: string): Promise<unknown[][]> {
  const session = new ScriptSession({ reporter: quiet });
  const [statement] = session.parse(sql);
  const prepared = await session.prepare(statement, sql);
  if (prepared.kind !== "job" || prepared.result === null) throw new Error(`${sql} is no query`);
  const { fields } = prepared.result;
  const rows: unknown[][] = [];
  const collect = (batch: RecordBatch) => {
    for (let i = 0; i < batch.length; i++) {
      const row = fields.map(({ type }, c) => answerValue(valueAt(batch.columns[c], i, type), type));
      const kind = batch.kinds?.[i] ?? 0;
      if (kind === 0 || kind === 2) rows.push(row);
      else
        rows.splice(
          rows.findIndex((each) => sameAnswer(each, row)),
          1,
        );
    }
  };
  await prepared.start({ collect }).done;
  return rows;
}

const answers = readFileSync(join(import.meta.dirname, "flink", "queries", "aggregates.jsonl"), "utf8")
  .trimEnd()
  .split("\n")
  .map((line) => JSON.parse(line) as QueryAnswer);

describe("queries give Flink's tables", () => {
  test.each(answers.map((answer) => [answer.sql, answer] as const))("%s", async (sql, { rows }) => {
    if (rows === undefined) {
      await expect(tableOf(sql)).rejects.toThrow(MillraceError);
      return;
    }
    const left = await tableOf(sql);
    const missing = rows.filter(({ row }) => {
      const at = left.findIndex((each) => sameAnswer(each, row, 6));
      if (at >= 0) left.splice(at, 1);
      return at < 0;
    });
    expect({ missing: missing.map(({ row }) => row), unexpected: left }).toEqual({ missing: [], unexpected: [] });
  });
});
