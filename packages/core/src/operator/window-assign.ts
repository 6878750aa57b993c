/**
 * Window table function without an aggregate: appends window_start, window_end and window_time to each row; a row in k
 * windows comes out k times, a row in none (hop windows with gaps) not at all.
 *
 * Invariant  rows keep their order; the copies of a row stand together, earliest window first. Late rows pass: what keeps
 *            state by window drops them. A NULL time is an error.
 * State      none.
 * Cost       O(rows out).
 */
import type { Column, Float64Column } from "../batch/column.ts";
import { selectBatch } from "../batch/gather.ts";
import { MAX_BATCH_ROWS, NO_BATCHES, type RecordBatch } from "../batch/record-batch.ts";
import { rowtimeIsNull, type TimeWindowSpec, type TimeWindows, timeWindows } from "../window/time-windows.ts";
import type { Operator, OperatorContext } from "./operator.ts";

export interface WindowAssignSpec {
  readonly kind: "window-assign";
  readonly window: TimeWindowSpec;
  readonly timeColumn: number;
}

export function createWindowAssign(spec: WindowAssignSpec, context: OperatorContext): Operator {
  return new WindowAssign(spec, context);
}

class WindowAssign implements Operator {
  readonly #spec: WindowAssignSpec;
  readonly #windows: TimeWindows;
  readonly #operatorId: string;

  constructor(spec: WindowAssignSpec, context: OperatorContext) {
    this.#spec = spec;
    this.#windows = timeWindows(spec.window);
    this.#operatorId = context.operatorId;
  }

  *onBatch(batch: RecordBatch): Generator<RecordBatch> {
    const { values: times, nulls } = batch.columns[this.#spec.timeColumn] as Float64Column;
    const windows = this.#windows;
    const room = Math.min(MAX_BATCH_ROWS, batch.length * windows.windowsPerRow);
    let rows = new Int32Array(room);
    let starts = new Float64Array(room);
    let ends = new Float64Array(room);
    let count = 0;
    for (let row = 0; row < batch.length; row++) {
      if (nulls !== null && nulls[row] === 1) throw rowtimeIsNull(this.#operatorId);
      const last = windows.lastEndOf(times[row]);
      if (last === Number.NEGATIVE_INFINITY) continue;
      for (let end = windows.firstEndAfter(times[row]); end <= last; end += windows.everyMs) {
        if (count === room) {
          yield withWindows(batch, rows, starts, ends, count);
          rows = new Int32Array(room);
          starts = new Float64Array(room);
          ends = new Float64Array(room);
          count = 0;
        }
        rows[count] = row;
        starts[count] = windows.startOf(end);
        ends[count++] = end;
      }
    }
    if (count > 0) yield withWindows(batch, rows, starts, ends, count);
  }

  onWatermark(): Iterable<RecordBatch> {
    return NO_BATCHES;
  }
}

function withWindows(
  batch: RecordBatch,
  rows: Int32Array,
  starts: Float64Array,
  ends: Float64Array,
  count: number,
): RecordBatch {
  // Rows only leave out or repeat, never swap: as many out as in at both ends means each row once.
  const unchanged = count === batch.length && rows[0] === 0 && isEachRowOnce(rows, count);
  const selected = unchanged ? batch : selectBatch(batch, rows, count);
  const times = new Float64Array(count);
  for (let i = 0; i < count; i++) times[i] = ends[i] - 1;
  const number = (values: Float64Array): Column => ({ kind: "float64", values, nulls: null });
  return { ...selected, columns: [...selected.columns, number(starts), number(ends), number(times)] };
}

function isEachRowOnce(rows: Int32Array, count: number): boolean {
  for (let i = 0; i < count; i++) if (rows[i] !== i) return false;
  return true;
}
