import type { RecordBatch, Timestamp } from "@millrace/core";
import type { SplitCheckpoint } from "../source/split-checkpoint.ts";
import type { InputWatermark } from "../watermark/input-watermarks.ts";

/** Where a task gets batches from: a source, constant rows, or later an exchange. Polled, never waited for. */
export interface TaskInput {
  /**
   * The next batch, borrowed until the next call; null if there is none now. A batch of length 0 says that rows were read
   * and none is left of them. Throws what ends the job.
   */
  poll(): RecordBatch | null;
  /** Rows read before any filter. */
  readonly recordsRead: number;
  /** Event time of all that has been polled. It never falls. */
  readonly watermark: Timestamp;
  /** True while nothing holds event time back here because nothing comes. */
  readonly idle: boolean;
  /** True once everything has been polled. */
  readonly ended: boolean;
  /** Has `wake` called once `poll` may give something or the status may have changed; a call too many does no harm. */
  waitFor(wake: () => void): void;
  /** Whether it wants to note outside how far it has come. */
  readonly isCommitDue?: boolean;
  /**
   * Takes down what has been polled so far. The returned function notes it outside, called when all outputs have made durable
   * what came of it; it never rejects. Null: there is nothing new.
   */
  prepareCommit?(): (() => Promise<void>) | null;
  /** Where each split would go on, by its id. */
  checkpoints?(): ReadonlyMap<string, SplitCheckpoint>;
  /** What holds the watermark back, split by split. */
  watermarks(): readonly InputWatermark[];
  close(): Promise<void>;
}
