/**
 * Where the frames of rows begin and end, as positions in their partitions.
 *
 * Invariant  segments are cut only between rows that are not equal in the order, where the frame depends on that; of a frame
 *            bounded by values the rows that its bounds are looked for in, and the row before the first computed one, are in
 *            the segment.
 * Cost       O(rows of the segments): both ends of a frame only move forward.
 */
import { type Column, wideAt } from "../batch/column.ts";
import type { RowComparator, SortKey } from "../batch/row-order.ts";
import { grown } from "../state/byte-arena.ts";
import type { OverFrame } from "./over-call.ts";
import type { OverRun } from "./over-run.ts";
import { rowNumbers } from "./row-numbers.ts";

/** Whether the bounds of a frame are values: RANGE with an offset. */
export function isBoundByValue({ mode, start, end }: OverFrame): boolean {
  return mode === "range" && ((start ?? 0) !== 0 || (end ?? 0) !== 0);
}

/** Whether rows that are equal in the order share their frame. */
export function hasPeers({ mode, start, end }: OverFrame): boolean {
  return mode === "range" && (start !== null || end !== null);
}

/** The value of an ORDER BY column as a number that grows with the order; NULLs stand at their end of it. */
export function orderValue(column: Column, row: number, { descending, nullsFirst }: SortKey): number {
  if (column.nulls !== null && column.nulls[row] === 1)
    return nullsFirst ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  const value =
    column.kind === "wide" ? Number(wideAt(column, row)) : column.kind === "float64" ? column.values[row] : 0;
  const ascending = Number.isNaN(value) ? Number.POSITIVE_INFINITY : value;
  return descending ? -ascending : ascending;
}

export class FrameBounds {
  readonly frame: OverFrame;
  /** By number of the computed row: its frame is [start, end). */
  starts: Int32Array = new Int32Array(256);
  ends: Int32Array = new Int32Array(256);
  /** By segment: those of the row before the first computed one; 0 if there is none. */
  startsBefore: Int32Array = new Int32Array(64);
  endsBefore: Int32Array = new Int32Array(64);
  /** By segment: where the frame of the row after the last computed one begins; the partition's end if there is none. */
  startsAfter: Int32Array = new Int32Array(64);
  readonly #order: readonly SortKey[];
  readonly #compare: RowComparator;
  readonly #time: "event" | "processing" | null;
  #values = new Float64Array(256);

  /** `time`: what rows are ordered by, ascending and never NULL, if it is a time; rows of the same processing time came later, and do not count. */
  constructor(
    frame: OverFrame,
    order: readonly SortKey[],
    compare: RowComparator,
    time: "event" | "processing" | null,
  ) {
    this.frame = frame;
    this.#order = order;
    this.#compare = compare;
    this.#time = time;
  }

  compute(run: OverRun): void {
    if (this.starts.length < run.computed) {
      this.starts = new Int32Array(run.computed * 2);
      this.ends = new Int32Array(run.computed * 2);
    }
    if (this.startsBefore.length < run.count) {
      this.startsBefore = grown(this.startsBefore, new Int32Array(run.count * 2));
      this.endsBefore = grown(this.endsBefore, new Int32Array(run.count * 2));
      this.startsAfter = grown(this.startsAfter, new Int32Array(run.count * 2));
    }
    const { mode, start, end } = this.frame;
    if (mode === "rows" || (start === null && end === null)) this.#byRows(run);
    else if (isBoundByValue(this.frame)) this.#byValues(run);
    else if (this.#time === "processing") this.#byRows(run);
    else this.#byPeers(run);
  }

  #byRows({ count, from, to, number, total }: OverRun): void {
    const { starts, ends, startsBefore, endsBefore, startsAfter } = this;
    const { start, end } = this.frame;
    const clip = (position: number, length: number) => Math.max(0, Math.min(position, length));
    for (let g = 0; g < count; g++) {
      const length = total[g];
      startsBefore[g] = start === null || from[g] === 0 ? 0 : clip(from[g] - 1 + start, length);
      endsBefore[g] = from[g] === 0 ? 0 : end === null ? length : clip(from[g] + end, length);
      startsAfter[g] = start === null ? 0 : clip(to[g] + start, length);
      let next = number[g];
      for (let position = from[g]; position < to[g]; position++) {
        starts[next] = start === null ? 0 : clip(position + start, length);
        ends[next++] = end === null ? length : clip(position + end + 1, length);
      }
    }
  }

  #byPeers(run: OverRun): void {
    const { count, from, to, number, total, first, offset, columns, rows } = run;
    const { starts, ends } = this;
    const { start, end } = this.frame;
    const compare = this.#compare;
    for (let g = 0; g < count; g++) {
      const shift = offset[g] - first[g];
      // The row before is no peer of the first one.
      this.startsBefore[g] = 0;
      this.endsBefore[g] = end === null ? total[g] : from[g];
      this.startsAfter[g] = start === null ? 0 : to[g];
      const numberShift = number[g] - from[g];
      let groupStart = from[g];
      for (let position = from[g]; position < to[g]; position++) {
        const place = position + shift;
        if (position > groupStart && compare(columns, rows[place], columns, rows[place - 1]) !== 0) {
          if (end !== null) ends.fill(position, groupStart + numberShift, position + numberShift);
          groupStart = position;
        }
        starts[position + numberShift] = start === null ? 0 : groupStart;
      }
      ends.fill(
        end === null ? total[g] : to[g],
        (end === null ? from[g] : groupStart) + numberShift,
        to[g] + numberShift,
      );
    }
  }

  #byValues(run: OverRun): void {
    const { count, from, to, number, total, first, last, offset } = run;
    const { values, rows } = this.#orderValues(run);
    const { start, end } = this.frame;
    for (let g = 0; g < count; g++) {
      const shift = offset[g] - first[g];
      const limit = last[g];
      let low = first[g];
      let high = first[g];
      // The frame of the row before tells what is in it already.
      const lowest = Math.max(first[g], from[g] - 1);
      if (end !== null && end >= 0) high = lowest;
      this.startsBefore[g] = 0;
      this.endsBefore[g] = 0;
      this.startsAfter[g] = start === null ? 0 : total[g];
      const highest = Math.min(limit, to[g] + 1);
      for (let position = lowest; position < highest; position++) {
        const value = values[rows[position + shift]];
        // NULLs are at no distance from each other, and at none that could be told from other values.
        const isNull = value === Number.NEGATIVE_INFINITY || value === Number.POSITIVE_INFINITY;
        if (start !== null) {
          const bound = value + start;
          if (isNull && start > 0) while (low < limit && values[rows[low + shift]] <= bound) low++;
          else while (low < limit && values[rows[low + shift]] < bound) low++;
        }
        if (end === 0 && this.#time === "processing") high = position + 1;
        else if (end !== null) {
          const bound = value + end;
          if (isNull && end < 0) while (high < limit && values[rows[high + shift]] < bound) high++;
          else while (high < limit && values[rows[high + shift]] <= bound) high++;
        }
        const frameStart = start === null ? 0 : low;
        const frameEnd = end === null ? total[g] : Math.max(high, frameStart);
        if (position < from[g]) {
          this.startsBefore[g] = frameStart;
          this.endsBefore[g] = frameEnd;
        } else if (position === to[g]) this.startsAfter[g] = frameStart;
        else {
          this.starts[number[g] + position - from[g]] = frameStart;
          this.ends[number[g] + position - from[g]] = frameEnd;
        }
      }
    }
  }

  /** Numbers that grow with the order, and by place where they stand. */
  #orderValues({ count, first, last, offset, columns, rows, size }: OverRun): {
    readonly values: Float64Array;
    readonly rows: Int32Array;
  } {
    const [key] = this.#order;
    const column = columns[key.column];
    if (this.#time !== null && column.kind === "float64") return { values: column.values, rows };
    if (this.#values.length < size) this.#values = new Float64Array(size * 2);
    const values = this.#values;
    for (let g = 0; g < count; g++) {
      const end = offset[g] + last[g] - first[g];
      for (let place = offset[g]; place < end; place++) values[place] = orderValue(column, rows[place], key);
    }
    return { values, rows: rowNumbers(size) };
  }
}
