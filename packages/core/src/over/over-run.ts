/**
 * Pieces of ordered partitions side by side, to compute window functions of some of their rows: segment by segment, each with
 * the rows around those that are computed which may count for them.
 *
 * A row has a position in the list of its partition's rows, a local place in this run, and, if it is computed, a number there.
 */
import type { Column } from "../batch/column.ts";
import { grown } from "../state/byte-arena.ts";

export class OverRun {
  /** Segments. */
  count = 0;
  /** Per segment: the slot of its partition. */
  partition: Int32Array = new Int32Array(64);
  /** Position of its first row, and the place of that row in the run. */
  first: Int32Array = new Int32Array(64);
  offset: Int32Array = new Int32Array(64);
  /** Positions [from, to) are computed; the number of the first of them. */
  from: Int32Array = new Int32Array(64);
  to: Int32Array = new Int32Array(64);
  number: Int32Array = new Int32Array(64);
  /** Length of the partition's list, and how many rows have left it at its beginning. */
  total: Int32Array = new Int32Array(64);
  dropped: Float64Array = new Float64Array(64);
  /** Local rows, and those that are computed. */
  size = 0;
  computed = 0;
  /** Of each local row what its rows are stored by. */
  ids: Int32Array = new Int32Array(256);
  /** The input columns of the local rows, as far as they are read. */
  columns: readonly Column[] = [];

  clear(): void {
    this.count = 0;
    this.size = 0;
    this.computed = 0;
  }

  /** Adds a segment of the rows at positions [first, last), whose ids the caller puts at the place it gets in `ids`. */
  add(
    partition: number,
    first: number,
    last: number,
    from: number,
    to: number,
    total: number,
    dropped: number,
  ): number {
    const at = this.count++;
    if (at === this.partition.length) this.#growSegments();
    const place = this.size;
    this.size += last - first;
    if (this.size > this.ids.length) {
      this.ids = grown(this.ids, new Int32Array(Math.max(this.size, this.ids.length * 2)));
    }
    this.partition[at] = partition;
    this.first[at] = first;
    this.offset[at] = place;
    this.from[at] = from;
    this.to[at] = to;
    this.number[at] = this.computed;
    this.total[at] = total;
    this.dropped[at] = dropped;
    this.computed += to - from;
    return place;
  }

  /** Place after the last row of a segment. */
  endOf(segment: number): number {
    return segment + 1 < this.count ? this.offset[segment + 1] : this.size;
  }

  /** Local places of the rows that are computed, in the order of their numbers, into `out`. */
  computedPlaces(out: Int32Array): void {
    let next = 0;
    for (let g = 0; g < this.count; g++) {
      const shift = this.offset[g] - this.first[g];
      for (let position = this.from[g]; position < this.to[g]; position++) out[next++] = position + shift;
    }
  }

  #growSegments(): void {
    const length = this.partition.length * 2;
    const ints = (old: Int32Array) => grown(old, new Int32Array(length));
    this.partition = ints(this.partition);
    this.first = ints(this.first);
    this.offset = ints(this.offset);
    this.from = ints(this.from);
    this.to = ints(this.to);
    this.number = ints(this.number);
    this.total = ints(this.total);
    this.dropped = grown(this.dropped, new Float64Array(length));
  }
}
