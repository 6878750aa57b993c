/**
 * Times at which to look at partitions.
 *
 * Invariant  at most one per partition: the first that was set, until it is due.
 * State      none of its own: set again after a restore.
 */
import { grown } from "./byte-arena.ts";
import { PendingRows } from "./pending-rows.ts";

export class PartitionTimers {
  readonly #entries = new PendingRows();
  #isSet = new Uint8Array(64);

  /** Makes room for partitions below `capacity`. */
  reserve(capacity: number): void {
    if (capacity <= this.#isSet.length) return;
    this.#isSet = grown(this.#isSet, new Uint8Array(Math.max(capacity, this.#isSet.length * 2)));
  }

  set(partition: number, at: number): void {
    if (this.#isSet[partition] === 1) return;
    this.#isSet[partition] = 1;
    this.#entries.add(-1, partition, at);
  }

  /** Takes out the partitions whose time is `now` or before. */
  takeDue(now: number): Int32Array {
    const { partitions, length } = this.#entries.takeDue(now);
    const due = partitions.slice(0, length);
    for (const partition of due) this.#isSet[partition] = 0;
    return due;
  }
}
