import type { SplitStatus } from "../source/source-input.ts";
import type { WatermarkStatus } from "../watermark/watermark-status.ts";
import type { JobSnapshot } from "./job-snapshot.ts";

/** A running job. */
export interface JobHandle {
  /**
   * Resolves when all has been read and written, or the job was cancelled, and everything is closed; rejects with the first
   * error (a MillraceError), after closing everything.
   */
  readonly done: Promise<JobSummary>;
  /** Asks the job to stop; `done` tells when it has. */
  cancel(): void;
  metrics(): readonly OperatorMetrics[];
  /** Event time at each operator, and what holds it back: see `watermarkHolderOf`. */
  watermarks(): readonly WatermarkStatus[];
  progress(): JobProgress;
  /** Nothing is under way: what was read has gone all the way to the sinks. */
  readonly isQuiet: boolean;
  /** The state of the job as it is; null while it is not quiet. A job that starts with it as `restore` goes on from there. */
  snapshot(): JobSnapshot | null;
}

export interface JobSummary {
  readonly state: "finished" | "cancelled";
  readonly durationMs: number;
  readonly operators: readonly OperatorSummary[];
  /** Records left out under the policies `skip` and `dead-letter`. */
  readonly badRecords: number;
}

export interface OperatorSummary {
  readonly operatorId: string;
  readonly kind: string;
  readonly recordsIn: number;
  readonly recordsOut: number;
  readonly busyMs: number;
}

export interface OperatorMetrics {
  readonly operatorId: string;
  readonly kind: string;
  /** By the field's names: numRecordsIn, numRecordsOut, busyTimeMs, currentWatermark, numLateRecordsDropped ... */
  readonly values: { readonly [name: string]: number };
}

export interface JobProgress {
  readonly elapsedMs: number;
  /** Rows read by all sources. */
  readonly recordsIn: number;
  /** Rows delivered to all sinks. */
  readonly recordsOut: number;
  /** The lowest of all sinks; MIN_TIMESTAMP before event time has begun. */
  readonly watermark: number;
  readonly sources: readonly SourceProgress[];
}

export interface SourceProgress {
  readonly operatorId: string;
  /** The table, or the name of the source. */
  readonly table: string;
  readonly recordsIn: number;
  readonly splits: readonly SplitStatus[];
  /** Sum over splits; null if no split tells, `total` null if one of them is unbounded. */
  readonly done: number | null;
  readonly total: number | null;
  readonly unit: "bytes" | "records" | null;
}
