import type { RecordBatch, Timestamp } from "@millrace/core";

/** Where a task delivers: a sink's writer, the caller, or later an exchange. A returned promise is back-pressure. */
export interface TaskOutput {
  /** The batch is borrowed: what is needed of it is taken before this returns. */
  write(batch: RecordBatch): void | Promise<void>;
  onWatermark?(watermark: Timestamp): void | Promise<void>;
  /** The timer of the node is due. */
  onTimer?(at: Timestamp): void | Promise<void>;
  /** Makes durable what has been written so far. */
  flush?(): void | Promise<void>;
  /** All input has been written: makes it durable. */
  end(): void | Promise<void>;
  /** Frees; called once, after the end or instead of it. */
  close(): Promise<void>;
}
