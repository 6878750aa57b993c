/** What joins emit: pairs of rows, each a row of a batch or the id of a kept row; -1 for the side that is NULL. */
import { invariant } from "../errors.ts";
import { MAX_BATCH_ROWS } from "./record-batch.ts";

export class RowPairs {
  readonly first = new Int32Array(MAX_BATCH_ROWS);
  readonly second = new Int32Array(MAX_BATCH_ROWS);
  length = 0;

  /** True when a batch is full. */
  push(first: number, second: number): boolean {
    invariant(this.length < MAX_BATCH_ROWS, "pairs are emitted when a batch is full");
    this.first[this.length] = first;
    this.second[this.length++] = second;
    return this.length === MAX_BATCH_ROWS;
  }
}
