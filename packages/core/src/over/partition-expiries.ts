/** When partitions are without a row that the frame of a row to come may hold: so long after their last row as frames reach back. */
import { PartitionTimers } from "../state/partition-timers.ts";
import type { OverEvaluator } from "./over-evaluator.ts";

export class PartitionExpiries {
  /** Infinite if not all frames are bounded in time. */
  readonly #spanMs: number;
  readonly #timers = new PartitionTimers();

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
    this.#timers.reserve(capacity);
  }

  watch(partition: number, lastTime: number): void {
    if (this.#spanMs !== Number.POSITIVE_INFINITY) this.#timers.set(partition, lastTime + this.#spanMs);
  }

  /** Calls back with the partitions that are over; `lastTimes` by partition. */
  takeDue(now: number, lastTimes: Float64Array, free: (partition: number) => void): void {
    for (const partition of this.#timers.takeDue(now)) {
      if (lastTimes[partition] + this.#spanMs > now) this.watch(partition, lastTimes[partition]);
      else free(partition);
    }
  }
}
