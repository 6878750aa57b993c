import type { SplitPosition, Timestamp } from "@millrace/core";

/** Where reading a split goes on. */
export interface SplitCheckpoint {
  /** Null: it was not read yet. */
  readonly position: SplitPosition | null;
  /** Event time of what was read: records that are late stay late. */
  readonly watermark: Timestamp;
}
