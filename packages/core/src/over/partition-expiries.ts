/**
 * When partitions are without a row that the frame of a row to come may hold: so long after their last row as frames reach back.
 *
 * Invariant  at most one entry per partition; one whose last row came later is put back when it is due.
 * State      none of its own: watched again after a restore.
 */
import { grown } from "../state/byte-arena.ts";
import { PendingRows } from "../state/pending-rows.ts";
import type { OverEvaluator } from "./over-evaluator.ts";

export class PartitionExpiries {
  /** Infinite if not all frames are bounded in time. */
  readonly #spanMs: number;
  readonly #entries = new PendingRows();
  #isWatched = new Uint8Array(64);

  constructor(evaluators: readonly OverEvaluator[]) {
    this.#spanMs = Math.max(
      ...evaluators.map(({ frame, surroundings }) =>
        surroundings === "none" || frame.mode === "rows" || frame.start === null
          ? Number.POSITIVE_INFINITY
          : -frame.start,
      ),
    );
  }

  /** Makes room for partitions below `capacity`. */
  reserve(capacity: number): void {
    if (capacity > this.#isWatched.length) {
      this.#isWatched = grown(this.#isWatched, new Uint8Array(Math.max(capacity, this.#isWatched.length * 2)));
    }
  }

  watch(partition: number, lastTime: number): void {
    if (this.#spanMs === Number.POSITIVE_INFINITY || this.#isWatched[partition] === 1) return;
    this.#isWatched[partition] = 1;
    this.#entries.add(-1, partition, lastTime + this.#spanMs);
  }

  /** Calls back with the partitions that are over; `lastTimes` by partition. */
  takeDue(now: number, lastTimes: Float64Array, free: (partition: number) => void): void {
    if (this.#spanMs === Number.POSITIVE_INFINITY) return;
    const { partitions, length } = this.#entries.takeDue(now);
    const again: number[] = [];
    for (let i = 0; i < length; i++) {
      const partition = partitions[i];
      this.#isWatched[partition] = 0;
      if (lastTimes[partition] + this.#spanMs > now) again.push(partition);
      else free(partition);
    }
    for (const partition of again) this.watch(partition, lastTimes[partition]);
  }
}
