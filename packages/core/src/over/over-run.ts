/**
 * Pieces of ordered partitions side by side, to compute window functions of some of their rows: segment by segment, each with
 * the rows around those that are computed which may count for them.
 *
 * A row has a position in the list of its partition's rows, a place in `ids` and `rows`, and, if it is computed, a number.
 */
import type { Column } from "../batch/column.ts";
import { grown } from "../state/byte-arena.ts";

export class OverRun {
  /** Segments. */
  count = 0;
  /** Per segment: the slot of its partition. */
  partition: Int32Array = new Int32Array(64);
  /** Its rows are at positions [first, last); the place of the first of them, the others follow. */
  first: Int32Array = new Int32Array(64);
  last: Int32Array = new Int32Array(64);
  offset: Int32Array = new Int32Array(64);
  /** Positions [from, to) are computed; the number of the first of them. */
  from: Int32Array = new Int32Array(64);
  to: Int32Array = new Int32Array(64);
  number: Int32Array = new Int32Array(64);
  /** Length of the partition's list, and how many rows have left it at its beginning. */
  total: Int32Array = new Int32Array(64);
  dropped: Float64Array = new Float64Array(64);
  /** Rows of all segments, and those that are computed. */
  size = 0;
  computed = 0;
  /** By place: what the row is stored by. */
  ids: Int32Array = new Int32Array(256);
  /** By place: where the row stands in `columns`. */
  rows: Int32Array = new Int32Array(0);
  /** The input columns that are read. */
  columns: readonly Column[] = [];

  clear(): void {
    this.count = 0;
    this.size = 0;
    this.computed = 0;
  }

  /** Adds a segment whose first row is at `place`. */
  add(
    partition: number,
    place: number,
    first: number,
    last: number,
    from: number,
    to: number,
    total: number,
    dropped: number,
  ): void {
    const at = this.count++;
    if (at === this.partition.length) this.#growSegments();
    this.size += last - first;
    this.partition[at] = partition;
    this.first[at] = first;
    this.last[at] = last;
    this.offset[at] = place;
    this.from[at] = from;
    this.to[at] = to;
    this.number[at] = this.computed;
    this.total[at] = total;
    this.dropped[at] = dropped;
    this.computed += to - from;
  }

  /** Makes room in `ids` for places below `size`, where they are the run's own. */
  reserve(size: number): void {
    if (size > this.ids.length) this.ids = grown(this.ids, new Int32Array(Math.max(size, this.ids.length * 2)));
  }

  /** Ids of the rows that are computed, by their numbers. */
  computedIds(): Int32Array {
    const { ids } = this;
    const out = new Int32Array(this.computed);
    let next = 0;
    for (let g = 0; g < this.count; g++) {
      const shift = this.offset[g] - this.first[g];
      for (let position = this.from[g]; position < this.to[g]; position++) out[next++] = ids[position + shift];
    }
    return out;
  }

  #growSegments(): void {
    const length = this.partition.length * 2;
    const ints = (old: Int32Array) => grown(old, new Int32Array(length));
    this.partition = ints(this.partition);
    this.first = ints(this.first);
    this.last = ints(this.last);
    this.offset = ints(this.offset);
    this.from = ints(this.from);
    this.to = ints(this.to);
    this.number = ints(this.number);
    this.total = ints(this.total);
    this.dropped = grown(this.dropped, new Float64Array(length));
  }
}
