/**
 * Numbers the slots that a batch touches: 0, 1, 2 ... in the order of their first row.
 *
 * Cost       a small table for the slots of one batch, however many there are; a new batch starts without clearing it.
 */
import { MAX_BATCH_ROWS } from "../batch/record-batch.ts";

/** At most a quarter full. */
const CELL_BITS = 14;

export class TouchedSlots {
  count = 0;
  /** The slot of each number. */
  readonly slots: Int32Array = new Int32Array(MAX_BATCH_ROWS);
  /** Open addressing by slot: `#base` and a number; less than `#base`: empty. */
  readonly #cells = new Int32Array(1 << CELL_BITS);
  #base = 1;
  /** The cell that `find` ended at. */
  #cell = 0;

  /** Begins a batch. */
  start(): void {
    this.#base += this.count;
    this.count = 0;
    if (this.#base > 0x7fff0000) {
      this.#cells.fill(0);
      this.#base = 1;
    }
  }

  /** The number of a slot, negative if the batch has not touched it. */
  find(slot: number): number {
    const cells = this.#cells;
    let cell = Math.imul(slot, 0x9e3779b1) >>> (32 - CELL_BITS);
    let number = cells[cell] - this.#base;
    while (number >= 0 && this.slots[number] !== slot) {
      cell = (cell + 1) & (cells.length - 1);
      number = cells[cell] - this.#base;
    }
    this.#cell = cell;
    return number;
  }

  /** Numbers the slot that `find` has just not found. */
  add(slot: number): number {
    const number = this.count++;
    this.#cells[this.#cell] = this.#base + number;
    this.slots[number] = slot;
    return number;
  }
}
