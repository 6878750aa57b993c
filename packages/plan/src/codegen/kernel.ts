import type { RecordBatch } from "@millrace/core";

/**
 * A compiled CalcSpec. `run` gives the projected rows (borrowed until the next `run`), or null if no row passed the filter;
 * row kinds are kept. After it `watermark` is the maximum of the watermark expression over all rows seen by the last `run`
 * (-Infinity if none or NULL).
 */
export interface CalcKernel {
  run(batch: RecordBatch): RecordBatch | null;
  readonly watermark: number;
  /**
   * What time has come to before the next `run`, there only if a call asks for it. Of a split `own` is its watermark and `others`
   * the least of those beside it: with the rows of the batch before it, a row is at their minimum.
   */
  reach?(watermark: number, own?: number, others?: number): void;
  /** The generated JavaScript, for EXPLAIN and the curious. */
  readonly source: string;
}

/** A compiled condition over the concatenated columns of two batches: row `l` of left, row `r` of right. */
export type PairPredicate = (left: RecordBatch, l: number, right: RecordBatch, r: number) => boolean;
