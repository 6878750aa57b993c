/** The Nexmark queries run from a file, their final tables as comparable lines. */
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { type Field, formatDecimal, formatTimestamp, type RecordBatch, rowKindSign, valueAt } from "@millrace/core";
import { ScriptSession } from "millrace";

const folder = join(import.meta.dirname, "..", "..", "benchmarks", "nexmark");

export const answeredQueries = [
  ...[
    "q0",
    "q1",
    "q2",
    "q3",
    "q4",
    "q5",
    "q6",
    "q7",
    "q8",
    "q9",
    "q11",
    "q14",
    "q15",
    "q16",
    "q17",
    "q18",
    "q19",
    "q20",
    "q21",
    "q22",
  ],
];

/** The tables over any source: `options` is the content of its WITH clause. */
export function nexmarkTables(options: string): string {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is what the script says
  return readFileSync(join(folder, "tables.sql"), "utf8").replaceAll("${source}", options);
}

/** The tables over a file; the reader takes `chunkBytes` at a time, so that batches and cuts fall anywhere. */
export function tablesOver(path: string, chunkBytes: number): string {
  const tables = readFileSync(join(folder, "tables.sql"), "utf8");
  const options = `'connector' = 'filesystem', 'path' = '${path}', 'format' = 'json', 'source.chunk-size' = '${chunkBytes}'`;
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is what the script says
  return tables.replaceAll("${source}", options);
}

export function queryText(name: string): Promise<string> {
  return readFile(join(folder, "queries", `${name}.sql`), "utf8");
}

export interface ResultTable {
  readonly fields: readonly Field[];
  /** How often each row is there, by its line. */
  readonly counts: ReadonlyMap<string, number>;
}

/** The materialised result of a query. */
export async function finalTable(tables: string, query: string): Promise<ResultTable> {
  const session = new ScriptSession({ reporter: { warn: console.warn, progress: () => undefined } });
  for (const statement of session.parse(tables)) await session.prepare(statement, tables);
  const [statement] = session.parse(query);
  const job = await session.prepare(statement, query);
  if (job.kind !== "job" || job.result === null) throw new Error("no query");
  const { fields } = job.result;
  const counts = new Map<string, number>();
  await job.start({ collect: (batch) => count(batch, fields, counts) }).done;
  return { fields, counts };
}

/** Adds rows to the lines of a table, or takes them away. */
export function count(batch: RecordBatch, fields: readonly Field[], counts: Map<string, number>): void {
  for (let row = 0; row < batch.length; row++) {
    const line = lineOf(batch, row, fields);
    const left = (counts.get(line) ?? 0) + rowKindSign[batch.kinds === null ? 0 : batch.kinds[row]];
    if (left === 0) counts.delete(line);
    else counts.set(line, left);
  }
}

/** The rows that Flink gave, as JSON. */
export function answerLines(name: string): readonly string[] {
  const text = gunzipSync(readFileSync(join(import.meta.dirname, "answers", `${name}.jsonl.gz`))).toString("utf8");
  return text.split("\n").filter((line) => line !== "");
}

/** DECIMAL stands as text in the answers and as a number in our output: both become the number. */
export function comparableLine(row: Readonly<Record<string, unknown>>, fields: readonly Field[]): string {
  const values = Object.entries(row).map(([name, value]) => {
    const isDecimal = fields.find((field) => field.name === name)?.type.kind === "decimal";
    return [name, isDecimal && value !== null ? Number(value) : value];
  });
  return JSON.stringify(Object.fromEntries(values));
}

/** A row of a result, as the answers write it. */
function lineOf(batch: RecordBatch, row: number, fields: readonly Field[]): string {
  const values = fields.map(({ name, type }, index) => {
    const value = valueAt(batch.columns[index], row, type);
    if (value === null) return [name, null];
    if (type.kind === "timestamp") return [name, formatTimestamp(value as number, type.precision)];
    return [name, type.kind === "decimal" ? Number(formatDecimal(value as number | bigint, type.scale)) : value];
  });
  return JSON.stringify(Object.fromEntries(values));
}
