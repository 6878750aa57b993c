/**
 * Numbers the slots that a batch touches: 0, 1, 2 ... in the order of their first row.
 *
 * Cost       one Int32 per slot of the table; a new batch starts without clearing it.
 */
import { MAX_BATCH_ROWS } from "../batch/record-batch.ts";

export class TouchedSlots {
  count = 0;
  /** The slot of each number. */
  readonly slots: Int32Array = new Int32Array(MAX_BATCH_ROWS);
  /** By slot: `#base` and its number; less than `#base` if the batch has not touched it. */
  #numbers = new Int32Array(64);
  #base = 1;

  /** Begins a batch over a table whose slots are below `capacity`. */
  start(capacity: number): void {
    this.#base += this.count;
    this.count = 0;
    if (this.#numbers.length < capacity) {
      const numbers = new Int32Array(capacity * 2);
      numbers.set(this.#numbers);
      this.#numbers = numbers;
    }
    if (this.#base > 0x7fff0000) {
      this.#numbers.fill(0);
      this.#base = 1;
    }
  }

  /** The number of a slot, negative if the batch has not touched it. */
  find(slot: number): number {
    return this.#numbers[slot] - this.#base;
  }

  /** Numbers a slot that has none yet. */
  add(slot: number): number {
    const number = this.count++;
    this.#numbers[slot] = this.#base + number;
    this.slots[number] = slot;
    return number;
  }
}
