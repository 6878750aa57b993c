/**
 * Functions whose value is that of one row: LAG, LEAD, NTH_VALUE, and over frames with two ends that move FIRST_VALUE,
 * LAST_VALUE, MIN, MAX (extreme-picker.ts).
 *
 * Cost       amortised O(1) per row of the frames.
 */
import type { Column } from "../batch/column.ts";
import type { DataType, Field } from "../batch/data-type.ts";
import { selectRows } from "../batch/gather.ts";
import type { StateColumn } from "../state/state-backend.ts";
import type { FrameBounds } from "./frame-bounds.ts";
import type { OverFrame } from "./over-call.ts";
import type { Anchors, OverEvaluator, Surroundings } from "./over-evaluator.ts";
import type { OverRun } from "./over-run.ts";
import { rowNumbers } from "./row-numbers.ts";

/** The row of the columns for each computed row of a segment, -1 = none: `picked[m]` for its number. */
export type RowPicker = (run: OverRun, segment: number, picked: Int32Array) => void;

export interface PickedRowSpec {
  readonly call: number;
  readonly frame: OverFrame;
  /** The column whose value it is; NULL where there is no row. */
  readonly column: number;
  readonly type: DataType;
}

export class PickedRowOver implements OverEvaluator {
  readonly calls: readonly number[];
  readonly frame: OverFrame;
  readonly surroundings: Surroundings = "frame";
  readonly reads: readonly number[];
  readonly fields: readonly Field[];
  readonly distinctArgs = null;
  readonly settles = false;
  readonly direction = null;
  readonly #spec: PickedRowSpec;
  readonly #pick: RowPicker;
  #picked = new Int32Array(256);

  constructor(spec: PickedRowSpec, pick: RowPicker) {
    this.#spec = spec;
    this.#pick = pick;
    this.calls = [spec.call];
    this.frame = spec.frame;
    this.reads = [spec.column];
    this.fields = [{ name: "value", type: { ...spec.type, nullable: true } }];
  }

  evaluate(run: OverRun, _anchors: Anchors | null, [out]: readonly StateColumn[]): void {
    const length = run.computed;
    if (this.#picked.length < length) this.#picked = new Int32Array(length * 2);
    const picked = this.#picked;
    for (let g = 0; g < run.count; g++) this.#pick(run, g, picked);
    out.write(rowNumbers(length), selectRows(run.columns[this.#spec.column], picked, length), length);
  }

  results([value]: readonly StateColumn[], slots: Int32Array, length: number): Column[] {
    return [value.columnOf(slots, length)];
  }
}

/** The row so many rows behind (before, if negative). */
export function neighbourPicker(distance: number): RowPicker {
  return (run, g, picked) => {
    const shift = run.offset[g] - run.first[g];
    const numberShift = run.number[g] - run.from[g];
    for (let position = run.from[g]; position < run.to[g]; position++) {
      const wanted = position + distance;
      picked[position + numberShift] = wanted < run.first[g] || wanted >= run.total[g] ? -1 : run.rows[wanted + shift];
    }
  };
}

/** The n-th row of the frame. */
export function nthPicker(bounds: FrameBounds, n: number): RowPicker {
  return (run, g, picked) => {
    const shift = run.offset[g] - run.first[g];
    const last = run.number[g] + run.to[g] - run.from[g];
    for (let m = run.number[g]; m < last; m++) {
      const position = bounds.starts[m] + n - 1;
      picked[m] = position < bounds.ends[m] ? run.rows[position + shift] : -1;
    }
  };
}

export const isNullAt = ({ nulls }: Column, row: number) => nulls !== null && nulls[row] === 1;

/** The first row of the frame whose value is not NULL. */
export function firstPicker(bounds: FrameBounds, column: number): RowPicker {
  return (run, g, picked) => {
    const values = run.columns[column];
    const shift = run.offset[g] - run.first[g];
    const last = run.number[g] + run.to[g] - run.from[g];
    let at = 0;
    for (let m = run.number[g]; m < last; m++) {
      if (at < bounds.starts[m]) at = bounds.starts[m];
      while (at < bounds.ends[m] && isNullAt(values, run.rows[at + shift])) at++;
      picked[m] = at < bounds.ends[m] ? run.rows[at + shift] : -1;
    }
  };
}

/** The last row of the frame whose value is not NULL. */
export function lastPicker(bounds: FrameBounds, column: number): RowPicker {
  return (run, g, picked) => {
    const values = run.columns[column];
    const shift = run.offset[g] - run.first[g];
    const last = run.number[g] + run.to[g] - run.from[g];
    let end = bounds.ends[run.number[g]];
    let found = end - 1;
    while (found >= bounds.starts[run.number[g]] && isNullAt(values, run.rows[found + shift])) found--;
    for (let m = run.number[g]; m < last; m++) {
      if (end < bounds.starts[m]) end = bounds.starts[m];
      for (; end < bounds.ends[m]; end++) if (!isNullAt(values, run.rows[end + shift])) found = end;
      picked[m] = found >= bounds.starts[m] ? run.rows[found + shift] : -1;
    }
  };
}
