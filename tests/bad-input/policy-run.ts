/** A file read through SQL, with each policy for bad records. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MillraceError, query, type Row } from "millrace";

export type Policy = "fail" | "skip" | "dead-letter";

export interface BadFile {
  readonly format: "json" | "csv";
  readonly columns: string;
  readonly content: string | Uint8Array;
  /** Options of the table besides path and format. */
  readonly options?: Readonly<Record<string, string>>;
  /** What is selected; all columns if not given. */
  readonly select?: string;
}

export interface PolicyOutcome {
  readonly rows: readonly Row[];
  readonly error: MillraceError | null;
  readonly warnings: readonly string[];
  /** The lines of the dead-letter file. */
  readonly dead: readonly DeadLetter[];
}

export interface DeadLetter {
  readonly table: string;
  readonly position: string;
  readonly reason: string;
  readonly text?: string;
  readonly base64?: string;
}

/** Runs the query over the file `input`; only errors of Millrace are given back. */
export async function readWith(policy: Policy, file: BadFile): Promise<PolicyOutcome> {
  const folder = mkdtempSync(join(tmpdir(), "millrace-bad-"));
  try {
    writeFileSync(join(folder, "input"), file.content);
    const options: Record<string, string> = {
      connector: "filesystem",
      path: "input",
      format: file.format,
      "bad-records": policy,
      ...(policy === "dead-letter" ? { "bad-records.path": "dead.jsonl" } : {}),
      ...file.options,
    };
    const written = Object.entries(options).map(([name, value]) => `'${name}' = '${value.replaceAll("'", "''")}'`);
    const script = `CREATE TABLE input (${file.columns}) WITH (${written.join(", ")}); SELECT ${file.select ?? "*"} FROM input`;
    const warnings: string[] = [];
    const reporter = { warn: (message: string) => void warnings.push(message), progress: () => undefined };
    const rows: Row[] = [];
    let error: MillraceError | null = null;
    try {
      for await (const row of query(script, { baseDirectory: folder, reporter })) rows.push(row);
    } catch (caught) {
      if (!(caught instanceof MillraceError)) throw caught;
      error = caught;
    }
    return { rows, error, warnings, dead: policy === "dead-letter" ? deadLetters(join(folder, "dead.jsonl")) : [] };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function deadLetters(path: string): DeadLetter[] {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    // Nothing was bad.
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
  return text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as DeadLetter);
}
