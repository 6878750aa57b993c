/** The distinct frames of some window functions; their bounds are computed once per run. */
import type { RowComparator, SortKey } from "../batch/row-order.ts";
import { FrameBounds } from "./frame-bounds.ts";
import type { OverFrame } from "./over-call.ts";
import type { OverRun } from "./over-run.ts";

export class FrameSet {
  readonly #bounds = new Map<string, FrameBounds>();
  readonly #order: readonly SortKey[];
  readonly #compare: RowComparator;
  readonly #time: "event" | "processing" | null;

  /** `time`: see FrameBounds. */
  constructor(order: readonly SortKey[], compare: RowComparator, time: "event" | "processing" | null) {
    this.#order = order;
    this.#compare = compare;
    this.#time = time;
  }

  boundsOf(frame: OverFrame): FrameBounds {
    const key = `${frame.mode} ${frame.start} ${frame.end}`;
    let bounds = this.#bounds.get(key);
    if (bounds === undefined) {
      bounds = new FrameBounds(frame, this.#order, this.#compare, this.#time);
      this.#bounds.set(key, bounds);
    }
    return bounds;
  }

  compute(run: OverRun): void {
    for (const bounds of this.#bounds.values()) bounds.compute(run);
  }
}
