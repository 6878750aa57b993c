/** NTH_VALUE over frames that begin with the partition: once the row is there its value stays. */
import type { Column } from "../batch/column.ts";
import type { DataType, Field } from "../batch/data-type.ts";
import { selectRows } from "../batch/gather.ts";
import type { StateColumn } from "../state/state-backend.ts";
import type { FrameBounds } from "./frame-bounds.ts";
import type { OverFrame } from "./over-call.ts";
import type { Anchors, OverEvaluator } from "./over-evaluator.ts";
import type { OverRun } from "./over-run.ts";
import { rowNumbers } from "./row-numbers.ts";

export class NthValueOver implements OverEvaluator {
  readonly calls: readonly number[];
  readonly frame: OverFrame;
  readonly surroundings = "growth";
  readonly reads: readonly number[];
  readonly fields: readonly Field[];
  readonly distinctArgs = null;
  readonly settles = false;
  readonly direction = "forward";
  readonly #bounds: FrameBounds;
  readonly #n: number;
  #picked = new Int32Array(256);

  constructor(call: number, column: number, n: number, type: DataType, bounds: FrameBounds) {
    this.calls = [call];
    this.frame = bounds.frame;
    this.reads = [column];
    this.fields = [{ name: "value", type: { ...type, nullable: true } }];
    this.#bounds = bounds;
    this.#n = n;
  }

  evaluate(run: OverRun, anchors: Anchors | null, [out]: readonly StateColumn[]): void {
    const { ends, endsBefore } = this.#bounds;
    if (this.#picked.length < run.computed) this.#picked = new Int32Array(run.computed * 2);
    const picked = this.#picked;
    const known: number[] = [];
    for (let g = 0; g < run.count; g++) {
      const shift = run.offset[g] - run.first[g];
      const last = run.number[g] + run.to[g] - run.from[g];
      // Positions are counted from the first row that is still there.
      const wanted = this.#n - 1 - run.dropped[g];
      const isKnown = anchors !== null && anchors.at[g] >= 0 && endsBefore[g] > wanted;
      if (isKnown) known.push(g);
      for (let m = run.number[g]; m < last; m++)
        picked[m] = !isKnown && ends[m] > wanted ? run.rows[wanted + shift] : -1;
    }
    out.write(rowNumbers(run.computed), selectRows(run.columns[this.reads[0]], picked, run.computed), run.computed);
    for (const g of known) {
      const value = anchors!.state[0].get(anchors!.at[g]);
      const last = run.number[g] + run.to[g] - run.from[g];
      for (let m = run.number[g]; m < last; m++) out.set(m, value);
    }
  }

  results([value]: readonly StateColumn[], slots: Int32Array, length: number): Column[] {
    return [value.columnOf(slots, length)];
  }
}
