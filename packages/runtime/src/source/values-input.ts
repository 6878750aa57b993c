import {
  columnOf,
  type DataType,
  MAX_BATCH_ROWS,
  MAX_TIMESTAMP,
  MIN_TIMESTAMP,
  type RecordBatch,
  recordBatch,
  type Timestamp,
} from "@millrace/core";
import type { TaskInput } from "../task/task-input.ts";
import type { InputWatermark } from "../watermark/input-watermarks.ts";
import type { SplitCheckpoint } from "./split-checkpoint.ts";

/** The one split of constant rows. */
export const VALUES = "values";

/** Constant rows, in the form of `valueAt`: the VALUES of a query. */
export class ValuesInput implements TaskInput {
  readonly #types: readonly DataType[];
  readonly #rows: readonly (readonly unknown[])[];
  readonly idle = false;
  recordsRead = 0;

  /** `checkpoint`: what `checkpoints` gave, to go on there. */
  constructor(
    types: readonly DataType[],
    rows: readonly (readonly unknown[])[],
    checkpoint: SplitCheckpoint | undefined = undefined,
  ) {
    this.#types = types;
    this.#rows = rows;
    if (typeof checkpoint?.position === "number") this.recordsRead = checkpoint.position;
  }

  checkpoints(): ReadonlyMap<string, SplitCheckpoint> {
    return new Map([[VALUES, { position: this.recordsRead, watermark: MIN_TIMESTAMP }]]);
  }

  get ended(): boolean {
    return this.recordsRead === this.#rows.length;
  }

  get watermark(): Timestamp {
    return this.ended ? MAX_TIMESTAMP : MIN_TIMESTAMP;
  }

  poll(): RecordBatch | null {
    if (this.ended) return null;
    const rows = this.#rows.slice(this.recordsRead, this.recordsRead + MAX_BATCH_ROWS);
    this.recordsRead += rows.length;
    const columns = this.#types.map((type, i) =>
      columnOf(
        type,
        rows.map((row) => row[i]),
      ),
    );
    return recordBatch(rows.length, columns);
  }

  waitFor(wake: () => void): void {
    wake();
  }

  watermarks(): readonly InputWatermark[] {
    return [];
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
