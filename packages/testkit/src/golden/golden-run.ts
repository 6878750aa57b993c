/**
 * Runs the records of a golden file in every way that must not change the answers.
 *
 * Each way has a session and tables of its own. A record's statements run in all of them; statements in front of it that
 * have not run yet (a test runner that was asked for one case) are run first.
 */
import { type DataType, formatType, rowKindText } from "@millrace/core";
import { type BatchCut, randomCut, singleCut, wholeCut } from "../batch-cut.ts";
import { type Change, change } from "../change.ts";
import { materialise } from "../materialise.ts";
import { goldenLine } from "./golden-cell.ts";
import type { GoldenRecord, QueryRecord } from "./golden-record.ts";
import { GoldenTables } from "./golden-tables.ts";
import { lineDifference } from "./line-difference.ts";

/** What the last statement of a script gave. */
export type GoldenResult =
  | { readonly kind: "nothing" }
  | { readonly kind: "text"; readonly text: string }
  | {
      readonly kind: "rows";
      readonly fields: readonly { readonly name: string; readonly type: DataType }[];
      readonly changes: readonly Change[];
    };

/** The engine, as a golden file needs it. */
export interface GoldenSession {
  /** Runs a script. */
  run(sql: string): Promise<GoldenResult>;
  /** An error of `run` as people see it, with its code. */
  describe(error: unknown, sql: string): string;
}

/** A way to run a file. Parallelism and restores can stand here once the engine has them. */
export interface GoldenVariant {
  readonly name: string;
  readonly cut: BatchCut;
}

export function goldenVariants(seed: number): readonly GoldenVariant[] {
  return [
    { name: "one batch", cut: wholeCut },
    { name: "one row a batch", cut: singleCut },
    { name: `random batches, seed ${seed}`, cut: randomCut(seed) },
  ];
}

interface Instance {
  readonly variant: GoldenVariant;
  readonly tables: GoldenTables;
  readonly session: GoldenSession;
}

export class GoldenRun {
  readonly #path: string;
  readonly #records: readonly GoldenRecord[];
  readonly #instances: readonly Instance[];
  #next = 0;

  /**
   * @param path for messages
   * @param open makes a session whose connectors include `tables.connector`
   */
  constructor(
    path: string,
    records: readonly GoldenRecord[],
    variants: readonly GoldenVariant[],
    open: (tables: GoldenTables, variant: GoldenVariant) => GoldenSession,
  ) {
    this.#path = path;
    this.#records = records;
    this.#instances = variants.map((variant) => {
      const tables = new GoldenTables();
      return { variant, tables, session: open(tables, variant) };
    });
  }

  /** Runs a record. Throws with file, line, way and what differs. */
  async run(record: GoldenRecord): Promise<void> {
    const index = this.#records.indexOf(record);
    for (; this.#next < index; this.#next++) {
      const skipped = this.#records[this.#next];
      if (skipped.kind === "statement") await this.#runEverywhere(skipped);
    }
    this.#next = index + 1;
    await this.#runEverywhere(record);
  }

  async #runEverywhere(record: GoldenRecord): Promise<void> {
    for (const instance of this.#instances) {
      const problem = await check(record, instance);
      if (problem === null) continue;
      throw new Error(`${this.#path}:${record.line}: ${instance.variant.name}: ${problem}\n${record.sql}`);
    }
  }
}

/** What is wrong; null if nothing is. */
async function check(record: GoldenRecord, { session, tables, variant }: Instance): Promise<string | null> {
  tables.cut = record.kind === "query" && record.options.has("arrival") ? null : variant.cut;
  let result: GoldenResult;
  try {
    result = await session.run(record.sql);
  } catch (error) {
    const lines = session.describe(error, record.sql).split("\n");
    return record.kind === "error" ? lineDifference(lines, record.expected) : lines.join("\n");
  }
  switch (record.kind) {
    case "statement":
      return null;
    case "error":
      return "expected an error, there was none";
    case "text":
      return result.kind === "text"
        ? lineDifference(result.text.trimEnd().split("\n"), record.expected)
        : `expected text, got ${result.kind}`;
    case "query":
      return result.kind === "rows" ? checkRows(record, result, variant) : `expected rows, got ${result.kind}`;
  }
}

function checkRows(
  record: QueryRecord,
  { fields, changes }: Extract<GoldenResult, { kind: "rows" }>,
  variant: GoldenVariant,
): string | null {
  const header = fields.map(({ name, type }) => `${name} ${formatType(type)}`).join(" | ");
  if (record.header !== null && header !== record.header) return lineDifference([header], [record.header]);
  const types = fields.map((field) => field.type);
  const lines = changes.map(({ kind, values }) => change(rowKindText[kind], goldenLine(values, types)));
  if (!record.options.has("changelog")) {
    const table = linesOf(lines);
    return record.options.has("ordered")
      ? lineDifference(table, record.expected)
      : lineDifference(table.sort(), record.expected.toSorted());
  }
  if (variant.cut === singleCut) {
    return lineDifference(
      lines.map(({ kind, values }) => `${rowKindText[kind]} ${String(values[0])}`),
      record.expected,
    );
  }
  // Changes of a batch may come folded: what they leave is the same.
  const expected = record.expected.map((line) => change(line.slice(0, 2), line.slice(3)));
  return lineDifference(linesOf(lines).sort(), linesOf(expected).sort());
}

/** The lines that changes of lines leave. */
function linesOf(changes: readonly Change[]): string[] {
  return materialise(changes).map(([line]) => String(line));
}
