/**
 * Functions of all values of a frame: LISTAGG, ARRAY_AGG, COLLECT, PERCENTILE and the like; and what passes over NULLs by their
 * number.
 *
 * Cost       O(values of the frame) for each computed row, as long as its result is.
 */
import { type Column, valueAt } from "../batch/column.ts";
import type { DataType, Field } from "../batch/data-type.ts";
import type { StateColumn } from "../state/state-backend.ts";
import { bytesText } from "./distinct-rows.ts";
import type { FrameBounds } from "./frame-bounds.ts";
import type { OverFrame } from "./over-call.ts";
import type { Anchors, OverEvaluator } from "./over-evaluator.ts";
import type { OverRun } from "./over-run.ts";

export interface ListOverSpec {
  readonly call: number;
  readonly column: number;
  readonly columnType: DataType;
  readonly type: DataType;
  readonly keepsNulls: boolean;
  readonly distinct: boolean;
  /** The result for the values of a frame, in the order of its rows; the list is the caller's. */
  readonly resultOf: (values: readonly unknown[]) => unknown;
}

export class ListOver implements OverEvaluator {
  readonly calls: readonly number[];
  readonly frame: OverFrame;
  readonly surroundings = "frame";
  readonly reads: readonly number[];
  readonly fields: readonly Field[];
  readonly distinctArgs = null;
  readonly settles = false;
  readonly direction = null;
  readonly #spec: ListOverSpec;
  readonly #bounds: FrameBounds;

  constructor(spec: ListOverSpec, bounds: FrameBounds) {
    this.#spec = spec;
    this.#bounds = bounds;
    this.calls = [spec.call];
    this.frame = bounds.frame;
    this.reads = [spec.column];
    this.fields = [{ name: "value", type: { ...spec.type, nullable: true } }];
  }

  evaluate(run: OverRun, _anchors: Anchors | null, [out]: readonly StateColumn[]): void {
    const { column, columnType, keepsNulls, distinct, resultOf } = this.#spec;
    const { starts, ends } = this.#bounds;
    const source = run.columns[column];
    for (let g = 0; g < run.count; g++) {
      const shift = run.offset[g] - run.first[g];
      const first = run.number[g];
      const last = first + run.to[g] - run.from[g];
      const positions: number[] = [];
      const values: unknown[] = [];
      let head = 0;
      let end = starts[first];
      for (let m = first; m < last; m++) {
        if (m > first && starts[m] === starts[m - 1] && ends[m] === ends[m - 1]) {
          out.set(m, out.get(m - 1));
          continue;
        }
        if (end < starts[m]) end = starts[m];
        for (; end < ends[m]; end++) {
          const value = valueAt(source, run.rows[end + shift], columnType);
          if (value === null && !keepsNulls) continue;
          positions.push(end);
          values.push(value);
        }
        while (head < positions.length && positions[head] < starts[m]) head++;
        const inFrame = values.slice(head);
        out.set(m, resultOf(distinct ? distinctValues(inFrame) : inFrame));
      }
    }
  }

  results([value]: readonly StateColumn[], slots: Int32Array, length: number): Column[] {
    return [value.columnOf(slots, length)];
  }
}

function distinctValues(values: readonly unknown[]): unknown[] {
  const seen = new Map<unknown, unknown>();
  for (const value of values) {
    const key = typeof value === "object" ? bytesText(value) : value;
    if (!seen.has(key)) seen.set(key, value);
  }
  return [...seen.values()];
}
