import type { RecordBatch } from "../batch/record-batch.ts";
import type { Timestamp } from "../operator/operator.ts";
import type { ProcessingTime } from "../time/processing-time.ts";

/** Which kinds of rows a sink takes: inserts only; changes by primary key (-U is dropped); or every change. */
export type SinkChangelogMode = "append" | "upsert" | "retract";

/** Writes what one subtask emits. */
export interface SinkWriter {
  /**
   * Takes the rows: the batch is borrowed, what is needed of it is copied or encoded before this returns. A returned
   * promise is back-pressure: nothing is written until it resolves.
   */
  write(batch: RecordBatch): void | Promise<void>;
  /**
   * Event time has reached `watermark` behind the rows written so far; MAX_TIMESTAMP: all have been. Told to sinks that
   * need it (`ConnectorFactory.sinkNeedsWatermark`), to others as far as it is known.
   */
  onWatermark?(watermark: Timestamp): void | Promise<void>;
  /** The timer set through the time given to `createWriter` is due. */
  onTimer?(at: Timestamp): void | Promise<void>;
  /** Resolves when all rows written so far are durable in the target (at-least-once). */
  flush(): Promise<void>;
  /** Flushes and frees. */
  close(): Promise<void>;
}

export interface Sink {
  readonly changelogMode: SinkChangelogMode;
  /** `time`: when `onTimer` is to be called; absent where nobody does. */
  createWriter(time?: ProcessingTime): Promise<SinkWriter>;
}
