/**
 * MIN and MAX over frames with two ends that move: the rows of the frame that may become the extreme are kept, best first.
 *
 * State      none of its own: where frames go on from row to row the rows kept are, too; else, and after a restore, they are found
 *            anew in the frame of the first row.
 * Cost       amortised O(1) per row that enters a frame.
 */
import type { Column } from "../batch/column.ts";
import { compareCells } from "../batch/row-order.ts";
import type { FrameBounds } from "./frame-bounds.ts";
import { isNullAt, type RowPicker } from "./picked-row-over.ts";

/** Positions in the partition, counted from its first row ever, each of a better value than the next. */
class Candidates {
  readonly #positions: number[] = [];
  #head = 0;
  /** The rows before are in frames that were looked at; -1 = none was. */
  through = -1;
  /** Position of the next row that enters. */
  end = 0;

  clear(end: number): void {
    this.#positions.length = 0;
    this.#head = 0;
    this.end = end;
  }

  get isEmpty(): boolean {
    return this.#head === this.#positions.length;
  }

  get first(): number {
    return this.#positions[this.#head];
  }

  get last(): number {
    return this.#positions[this.#positions.length - 1];
  }

  push(position: number): void {
    this.#positions.push(position);
  }

  pop(): void {
    this.#positions.pop();
  }

  dropBefore(position: number): void {
    while (!this.isEmpty && this.first < position) this.#head++;
    if (this.#head < 64 || this.#head * 2 < this.#positions.length) return;
    this.#positions.splice(0, this.#head);
    this.#head = 0;
  }
}

/** The row of the frame with the least or the greatest value. `isContinued`: see createOverEvaluators. */
export function extremePicker(
  bounds: FrameBounds,
  column: number,
  which: "min" | "max",
  isContinued: boolean,
): RowPicker {
  const held = new Map<number, Candidates>();
  const single = new Candidates();
  const candidatesOf = (partition: number): Candidates => {
    if (!isContinued) return single;
    let candidates = held.get(partition);
    if (candidates === undefined) {
      candidates = new Candidates();
      held.set(partition, candidates);
    }
    return candidates;
  };
  return (run, g, picked) => {
    const values = run.columns[column];
    const { rows } = run;
    const dropped = run.dropped[g];
    // From positions since ever to places.
    const shift = run.offset[g] - run.first[g] - dropped;
    const first = run.number[g];
    const last = first + run.to[g] - run.from[g];
    const candidates = candidatesOf(run.partition[g]);
    if (!isContinued || candidates.through !== dropped + run.from[g]) candidates.clear(dropped + bounds.starts[first]);
    for (let m = first; m < last; m++) {
      const start = dropped + bounds.starts[m];
      const end = dropped + bounds.ends[m];
      // Rows before are no longer there.
      candidates.dropBefore(start);
      if (candidates.end < start) candidates.end = start;
      for (; candidates.end < end; candidates.end++) {
        const row = rows[candidates.end + shift];
        if (isNullAt(values, row)) continue;
        while (!candidates.isEmpty && isAsGood(values, row, rows[candidates.last + shift], which)) candidates.pop();
        candidates.push(candidates.end);
      }
      picked[m] = candidates.isEmpty ? -1 : rows[candidates.first + shift];
    }
    candidates.through = dropped + run.to[g];
  };
}

function isAsGood(values: Column, row: number, other: number, which: "min" | "max"): boolean {
  if (values.kind === "float64") {
    const [x, y] = [values.values[row], values.values[other]];
    if (!Number.isNaN(x) && !Number.isNaN(y)) return which === "min" ? x <= y : x >= y;
  }
  return compareCells(values, row, values, other, which === "max", false) <= 0;
}
