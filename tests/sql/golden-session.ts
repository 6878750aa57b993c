/** The engine behind golden files. */
import { type Clock, type DataType, MillraceError, type RecordBatch, STRING } from "@millrace/core";
import { type Change, changesOf, type GoldenResult, type GoldenSession, type GoldenTables } from "@millrace/testkit";
import { formatSqlError, type JobHandle, type PreparedJob, ScriptSession, SqlError, type StartOptions } from "millrace";

/**
 * `clock` is that of processing time, or else the machine's. `kills` is asked between batches whether the job is killed now: it goes on
 * from a snapshot of that moment.
 */
export function openGoldenSession(
  tables: GoldenTables,
  variables: Readonly<Record<string, string>>,
  clock?: Clock,
  kills?: () => boolean,
): GoldenSession {
  const session = new ScriptSession({
    variables,
    connectors: [tables.connector],
    reporter: { warn: (message) => console.warn(message), progress: () => undefined },
  });
  return {
    async run(sql) {
      let result: GoldenResult = { kind: "nothing" };
      for (const statement of session.parse(sql)) result = await runStatement(session, statement, sql, clock, kills);
      return result;
    },
    describe(error, sql) {
      if (error instanceof SqlError) return `${error.code} ${formatSqlError(error, sql)}`;
      if (error instanceof MillraceError) return `${error.code} ${error.message}`;
      return error instanceof Error ? String(error.stack) : String(error);
    },
  };
}

async function runStatement(
  session: ScriptSession,
  statement: Parameters<ScriptSession["prepare"]>[0],
  sql: string,
  clock?: Clock,
  kills?: () => boolean,
): Promise<GoldenResult> {
  const timed = clock === undefined ? {} : { clock };
  const prepared = await session.prepare(statement, sql);
  switch (prepared.kind) {
    case "applied":
      return { kind: "nothing" };
    case "explained":
      return { kind: "text", text: prepared.text };
    case "analysis":
      return { kind: "text", text: await prepared.run(timed) };
    case "listing": {
      const fields = prepared.columns.map((name): { name: string; type: DataType } => ({ name, type: STRING }));
      return {
        kind: "rows",
        fields,
        changes: prepared.rows.map((values) => ({ kind: 0, values: values.map(asText) })),
      };
    }
    case "job": {
      const fields = prepared.result?.fields ?? [];
      const changes: Change[] = [];
      const collect = (batch: RecordBatch) => void changes.push(...changesOf(batch, { fields }));
      const job = prepared.start({ ...timed, collect });
      if (kills === undefined || prepared.result === null) await job.done;
      else await runKilled(prepared, job, { ...timed, collect }, kills);
      return prepared.result === null ? { kind: "nothing" } : { kind: "rows", fields, changes };
    }
  }
}

/** Runs a job to its end, killing it now and then. */
async function runKilled(
  { start }: PreparedJob,
  first: JobHandle,
  options: StartOptions,
  kills: () => boolean,
): Promise<void> {
  let job = first;
  for (let isOver = false; !isOver; ) {
    const { done } = job;
    await Promise.race([
      done.then(
        ({ state }) => {
          isOver = state === "finished";
        },
        () => {
          isOver = true;
        },
      ),
      new Promise((resolve) => setImmediate(resolve)),
    ]);
    if (isOver) {
      await done;
      return;
    }
    if (!job.isQuiet || !kills()) continue;
    const restore = job.snapshot();
    if (restore === null) continue;
    job.cancel();
    if ((await done).state === "finished") return;
    job = start({ ...options, restore });
  }
}

const asText = (value: string | boolean | null) => (typeof value === "boolean" ? String(value).toUpperCase() : value);
