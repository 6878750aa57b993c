/** Filter and projections in one pass: passes each batch through a kernel. No state. */
import { NO_BATCHES, type RecordBatch } from "../batch/record-batch.ts";
import type { Operator } from "./operator.ts";

/** The rows that are left of a batch, projected; null if none is. The result may be borrowed until the next call. */
export interface BatchKernel {
  run(batch: RecordBatch): RecordBatch | null;
  /** Told when time has come so far, if the kernel wants to know. */
  reach?(watermark: number): void;
}

export function createCalc(kernel: BatchKernel): Operator {
  return new Calc(kernel);
}

class Calc implements Operator {
  readonly #kernel: BatchKernel;

  constructor(kernel: BatchKernel) {
    this.#kernel = kernel;
  }

  onBatch(batch: RecordBatch): Iterable<RecordBatch> {
    const result = this.#kernel.run(batch);
    return result === null || result.length === 0 ? NO_BATCHES : [result];
  }

  onWatermark(watermark: number): Iterable<RecordBatch> {
    this.#kernel.reach?.(watermark);
    return NO_BATCHES;
  }
}
