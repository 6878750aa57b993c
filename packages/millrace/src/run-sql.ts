import type { ConnectorFactory, FormatFactory, Reporter } from "@millrace/core";
import { MillraceError } from "@millrace/core";
import type { UserFunction } from "@millrace/plan";
import { RowQueue } from "@millrace/stream";
import { rowObject } from "./row-object.ts";
import { ScriptSession } from "./script/script-session.ts";
import { stderrReporter } from "./stderr-reporter.ts";

export interface SqlOptions {
  /** What `${name}` stands for in the script. */
  readonly variables?: Readonly<Record<string, string>>;
  /** As SET would set them. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Besides those that Millrace brings along. */
  readonly connectors?: readonly ConnectorFactory[];
  readonly formats?: readonly FormatFactory[];
  /** Functions that the script may call, by name; they hide built-in ones of the same name. */
  readonly functions?: Readonly<Record<string, UserFunction>>;
  /** A file that tables, views and functions are kept in, for this script and others; made if there is none. */
  readonly catalogFile?: string;
  /** Takes lines for people (retries, warnings); stderr by default. */
  readonly reporter?: Reporter;
  /** Folder that relative paths of tables start from; the current one by default. */
  readonly baseDirectory?: string;
  /** Cancels what is running. */
  readonly signal?: AbortSignal;
}

/** A row of a query under its column names; see `rowObject` for what each type becomes. */
export type Row = Readonly<Record<string, unknown>>;

/**
 * Runs a script: DDL and SET take effect, each INSERT INTO and statement set runs to its end.
 *
 * Errors: SqlError with the place of a mistake; MillraceError of what failed. A bare SELECT is an error: see `query`.
 *
 * @example
 * await runSql(`
 *   CREATE TABLE n (n BIGINT) WITH ('connector' = 'datagen', 'number-of-rows' = '10');
 *   CREATE TABLE out (n BIGINT) WITH ('connector' = 'blackhole');
 *   INSERT INTO out SELECT n FROM n;
 * `);
 */
export async function runSql(script: string, options: SqlOptions = {}): Promise<void> {
  const session = sessionOf(options);
  for (const statement of session.parse(script)) {
    const prepared = await session.prepare(statement, script);
    if (prepared.kind !== "job") continue;
    if (prepared.result !== null) {
      throw new MillraceError({ code: "SQL_UNSUPPORTED", message: "runSql gives no rows: use query() for a SELECT" });
    }
    await prepared.start(options.signal === undefined ? {} : { signal: options.signal }).done;
  }
}

/**
 * The rows of a script's last statement, a SELECT, as they come; the statements before it set the stage. A query that updates
 * rows it has emitted is refused unless it ends by itself: its rows then are those left at the end.
 *
 * Leaving the loop cancels the job. `T` is what you say the rows are; nothing checks it.
 *
 * @example
 * const numbers: number[] = [];
 * for await (const row of query<{ n: number }>("SELECT n FROM (VALUES (1), (2)) AS t(n)")) numbers.push(row.n);
 * numbers // [1, 2]
 */
export async function* query<T extends Row = Row>(script: string, options: SqlOptions = {}): AsyncGenerator<T, void> {
  const session = sessionOf(options);
  const statements = session.parse(script);
  for (const [i, statement] of statements.entries()) {
    const prepared = await session.prepare(statement, script);
    if (prepared.kind !== "job") continue;
    if (prepared.result === null) {
      await prepared.start(options.signal === undefined ? {} : { signal: options.signal }).done;
      continue;
    }
    if (i < statements.length - 1) {
      throw new MillraceError({ code: "SQL_UNSUPPORTED", message: "query() takes one SELECT, the last statement" });
    }
    const { fields, changelogMode } = prepared.result;
    if (changelogMode === "retract" && !prepared.isBounded) {
      throw new MillraceError({
        code: "SQL_UNSUPPORTED",
        message: "the query updates rows it has emitted and never ends; aggregate by window, or bound its source",
      });
    }
    const rows = new RowQueue<T>(changelogMode === "retract");
    const abort = new AbortController();
    const signal = options.signal === undefined ? abort.signal : AbortSignal.any([abort.signal, options.signal]);
    const job = prepared.start({
      signal,
      collect: (batch) => rows.push(batch, (row) => rowObject(fields, batch, row) as T),
    });
    job.done.then(
      () => rows.end(),
      (error: unknown) => rows.fail(error),
    );
    try {
      yield* rows.drain();
    } finally {
      abort.abort();
      await job.done.catch(ignoreAfterThrow);
    }
    return;
  }
  throw new MillraceError({ code: "SQL_UNSUPPORTED", message: "query() needs a SELECT as the last statement" });
}

/** The error has reached the consumer through the queue. */
function ignoreAfterThrow(): void {
  // Nothing is left to tell.
}

function sessionOf({ signal: _signal, reporter = stderrReporter, ...options }: SqlOptions): ScriptSession {
  return new ScriptSession({ ...options, reporter });
}
