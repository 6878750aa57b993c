import type { RecordBatch } from "../batch/record-batch.ts";
import type { Timestamp } from "../operator/operator.ts";

/** Which kinds of rows a sink takes: inserts only; changes by primary key (-U is dropped); or every change. */
export type SinkChangelogMode = "append" | "upsert" | "retract";

/** Writes what one subtask emits. */
export interface SinkWriter {
  /**
   * Takes the rows: the batch is borrowed, what is needed of it is copied or encoded before this returns. A returned
   * promise is back-pressure: nothing is written until it resolves.
   */
  write(batch: RecordBatch): void | Promise<void>;
  onWatermark?(watermark: Timestamp): void | Promise<void>;
  /** Resolves when all rows written so far are durable in the target (at-least-once). */
  flush(): Promise<void>;
  /** Flushes and frees. */
  close(): Promise<void>;
}

export interface Sink {
  readonly changelogMode: SinkChangelogMode;
  createWriter(): Promise<SinkWriter>;
}
