import { MIN_TIMESTAMP } from "@millrace/core";

/** What CURRENT_WATERMARK gives: see `CalcKernel.reach`. */
export class ReachedTime {
  #before = MIN_TIMESTAMP;
  #own = MIN_TIMESTAMP;
  #others = MIN_TIMESTAMP;
  watermark = MIN_TIMESTAMP;

  reach(watermark: number, own = MIN_TIMESTAMP, others = MIN_TIMESTAMP): void {
    this.#before = watermark;
    this.#own = own;
    this.#others = others;
    this.watermark = watermark;
  }

  /** `ofBatch` is the watermark of the rows of the batch so far. */
  at(ofBatch: number): void {
    this.watermark = Math.max(this.#before, Math.min(this.#others, Math.max(this.#own, ofBatch)));
  }
}
