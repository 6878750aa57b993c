/** EXPLAIN ANALYZE: the plan with what was measured while it ran. */
import { type ExplainOptions, explainJob, type PlannedJob } from "@millrace/plan";
import type { JobHandle } from "@millrace/runtime";

/** Runs a started job to its end, or until it is cancelled, and explains it. */
export async function analyzeJob(plan: PlannedJob, job: JobHandle, options: ExplainOptions): Promise<string> {
  const { state, durationMs } = await job.done;
  const measured = new Map(job.metrics().map(({ operatorId, values }) => [operatorId, measurements(values)]));
  const end = `${state === "finished" ? "Finished" : "Cancelled"} after ${(durationMs / 1000).toFixed(1)} s.\n`;
  return `${explainJob(plan, { ...options, measured })}\n${end}`;
}

function measurements(values: Readonly<Record<string, number>>): string {
  const of = (name: string) => values[name] ?? 0;
  // Sources are given no batches: what they read is counted in rows.
  const counted = (rows: string, batches: string) =>
    of(batches) === 0
      ? `${of(rows)} rows`
      : `${of(rows)} rows in ${of(batches)} ${of(batches) === 1 ? "batch" : "batches"}`;
  const parts = [`in: ${counted("numRecordsIn", "numBatchesIn")}`, `out: ${counted("numRecordsOut", "numBatchesOut")}`];
  parts.push(`busy: ${of("busyTimeMs").toFixed(1)} ms`);
  if (of("peakStateEntries") > 0) parts.push(`state: ${of("peakStateEntries")} entries, ${of("peakStateBytes")} B`);
  if (of("numLateRecordsDropped") > 0) parts.push(`late: ${of("numLateRecordsDropped")} rows`);
  if (of("numBadRecords") > 0) parts.push(`bad: ${of("numBadRecords")} records`);
  return parts.join("; ");
}
