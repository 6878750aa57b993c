import type { Clock, RecordBatch, Reporter } from "@millrace/core";
import type { PhysicalSink } from "@millrace/plan";
import type { Registry } from "../registry.ts";
import type { JobProgress } from "./job-handle.ts";
import type { JobSnapshot } from "./job-snapshot.ts";

export interface JobOptions {
  readonly registry: Registry;
  /** The machine's by default. */
  readonly clock?: Clock;
  readonly reporter: Reporter;
  /** Cancels the job: it stops reading, closes its sinks and `done` resolves. */
  readonly signal?: AbortSignal;
  /** Where to go on from: see `JobHandle.snapshot`. */
  readonly restore?: JobSnapshot;
  /** What SET has set. */
  readonly settings?: { readonly [name: string]: string };
  /** Takes the rows of sinks without a table. The batch is borrowed; a returned promise is back-pressure. */
  readonly collect?: (batch: RecordBatch, sink: PhysicalSink) => void | Promise<void>;
  /** Called about once a second while the job runs, and once at its end. */
  readonly onProgress?: (progress: JobProgress) => void;
  /** Folder that relative paths of tables start from; the current one by default. */
  readonly baseDirectory?: string;
  /** How long a cancelled or failed job waits for its sinks and sources to close; 10 s by default. */
  readonly closeTimeoutMs?: number;
}
