/** Runs the statements of a script in order and prints what they give. */
import type { PreparedJob, ScriptSession } from "millrace";
import type { ScriptOrigin } from "../describe-error.ts";
import { createResultOutput, type ResultFormat, type ResultKind } from "../output/result-output.ts";
import type { StandardOutput } from "../output/standard-output.ts";

export interface PrintOptions {
  /** By default the table of a bounded query, the changes of an unbounded one. */
  readonly result?: ResultKind | undefined;
  /** By default a box table on a terminal, else JSON lines. */
  readonly format?: ResultFormat | undefined;
  /** Tells that DDL was done; for people at a shell. */
  readonly isTalkative?: boolean;
}

export interface RunContext {
  readonly out: StandardOutput;
  /** Cancels the running job, and the statements after it are left out. */
  readonly signal: AbortSignal;
}

/** Errors: what parsing, planning and running throw. */
export async function runScript(
  session: ScriptSession,
  script: ScriptOrigin,
  options: PrintOptions,
  context: RunContext,
): Promise<void> {
  const { out } = context;
  const statements = session.parse(script.text);
  // A shell runs empty lines, too.
  if (statements.length === 0 && options.isTalkative !== true) {
    process.stderr.write(`millrace: ${script.fileName ?? "the script"} has no statement: there is nothing to run\n`);
  }
  for (const statement of statements) {
    if (context.signal.aborted || out.closed.aborted) return;
    const prepared = await session.prepare(statement, script.text);
    switch (prepared.kind) {
      case "applied":
        if (options.isTalkative === true) await out.write(`${prepared.message}\n`);
        break;
      case "explained":
        await out.write(`${prepared.text.trimEnd()}\n`);
        break;
      case "analysis":
        await out.write(
          `${(await prepared.run({ signal: AbortSignal.any([context.signal, out.closed]) })).trimEnd()}\n`,
        );
        break;
      case "listing": {
        const { printListing } = await import("../output/listing.ts");
        await printListing(prepared, formatOf(options, out), out);
        break;
      }
      case "job":
        await runJob(prepared, options, context);
    }
  }
}

async function runJob(job: PreparedJob, options: PrintOptions, { out, signal: cancelled }: RunContext): Promise<void> {
  const signal = AbortSignal.any([cancelled, out.closed]);
  if (job.result === null) {
    const summary = await job.start({ signal }).done.catch((error: unknown) => {
      // The print connector writes to the same stdout: that its reader has gone (`| head`) is no error there either.
      if (out.closed.aborted && isBrokenPipe(error)) return null;
      throw error;
    });
    if (summary !== null && options.isTalkative === true) await out.write(`${inserted(summary)}\n`);
    return;
  }
  const kind = options.result ?? (job.isBounded ? "table" : "changelog");
  if (kind === "table" && !job.isBounded && job.result.changelogMode === "retract") await refuseEndlessTable();
  const output = await createResultOutput(job.result, kind, formatOf(options, out), out);
  await job.start({ signal, collect: (batch) => output.write(batch) }).done;
  await output.end();
}

function isBrokenPipe(error: unknown): boolean {
  return error instanceof Error && ((error as NodeJS.ErrnoException).code === "EPIPE" || isBrokenPipe(error.cause));
}

async function refuseEndlessTable(): Promise<never> {
  const { UsageError } = await import("../usage-error.ts");
  throw new UsageError("--result table: the query never ends, so that it has no final table; use --result changelog");
}

function formatOf(options: PrintOptions, out: StandardOutput): ResultFormat {
  return options.format ?? (out.isTerminal ? "table" : "jsonl");
}

interface Summary {
  readonly state: "finished" | "cancelled";
  readonly durationMs: number;
  readonly operators: readonly { readonly kind: string; readonly recordsOut: number }[];
}

function inserted({ state, durationMs, operators }: Summary): string {
  const rows = operators.filter(({ kind }) => kind === "sink").reduce((sum, { recordsOut }) => sum + recordsOut, 0);
  return `${state === "finished" ? "wrote" : "cancelled after"} ${rows} rows in ${(durationMs / 1000).toFixed(1)} s`;
}
