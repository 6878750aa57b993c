/**
 * Strings of a chunk's rows: shared with other chunks while texts repeat, else in an array of its own.
 *
 * Cost       its own array doubles, or takes the size that a full chunk is going to need if that is less. What erased rows
 *            leave behind in it is squeezed out once it is more than half of it.
 */
import type { Column, Utf8Column } from "../batch/column.ts";
import { copyBytes } from "../batch/gather.ts";
import { grown } from "./byte-arena.ts";
import type { RowColumn } from "./row-column.ts";
import { CHUNK_MASK, CHUNK_ROWS } from "./row-id.ts";
import { writeNulls } from "./row-nulls.ts";
import type { SharedTexts, TextPool, TextView } from "./shared-texts.ts";

const NO_BYTES = new Uint8Array(0);
const MIN_BYTES = 256;
/** How much longer than their average so far the texts of the rest of a chunk may be before its array grows again. */
const SPARE = 1.03;

export class Utf8Rows implements RowColumn {
  readonly view: TextView = {
    kind: "utf8",
    bytes: NO_BYTES,
    starts: new Int32Array(16),
    ends: new Int32Array(16),
    nulls: null,
  };
  /** Where its texts stand if they are shared. */
  pool: TextPool | null = null;
  readonly #texts: SharedTexts | null;
  #isNew = true;
  /** Of its own array. */
  #size = 0;
  #erased = 0;

  constructor(texts: SharedTexts | null) {
    this.#texts = texts;
  }

  /** Shared bytes are their pool's. */
  get byteSize(): number {
    const { bytes, starts, nulls } = this.view;
    return (this.pool === null ? bytes.byteLength : 0) + starts.byteLength * 2 + (nulls?.byteLength ?? 0);
  }

  reserve(capacity: number): void {
    const { view } = this;
    view.starts = grown(view.starts, new Int32Array(capacity));
    view.ends = grown(view.ends, new Int32Array(capacity));
    if (view.nulls !== null) view.nulls = grown(view.nulls, new Uint8Array(capacity));
  }

  write(source: Column, rows: Int32Array, ids: Int32Array, from: number, to: number): void {
    const { view } = this;
    view.nulls = writeNulls(view.nulls, view.starts.length, source, rows, ids, from, to);
    if (this.#isNew) this.#open();
    const utf8 = source as Utf8Column;
    const first = this.pool === null ? from : this.#share(this.pool, utf8, rows, ids, from, to);
    if (first < to) this.#copy(utf8, rows, ids, first, to);
  }

  #open(): void {
    this.#isNew = false;
    this.pool = this.#texts?.pool() ?? null;
    if (this.pool === null) return;
    this.view.bytes = this.pool.bytes;
    this.pool.views.add(this.view);
  }

  /** The first row that the pool takes no more, `to` if it takes all. */
  #share(pool: TextPool, source: Utf8Column, rows: Int32Array, ids: Int32Array, from: number, to: number): number {
    const { starts, ends } = this.view;
    for (let i = from; i < to; i++) {
      const row = rows[i];
      const at = ids[i] & CHUNK_MASK;
      const isNull = source.nulls !== null && source.nulls[row] === 1;
      const length = isNull ? 0 : source.ends[row] - source.starts[row];
      const place = length === 0 ? 0 : pool.place(source.bytes, source.starts[row], source.ends[row]);
      if (place < 0) {
        this.#leavePool();
        return i;
      }
      starts[at] = place;
      ends[at] = place + length;
    }
    return to;
  }

  /** Copies its texts out. */
  #leavePool(): void {
    this.pool?.views.delete(this.view);
    this.pool = null;
    const { starts, ends } = this.view;
    let size = 0;
    for (let at = 0; at < starts.length; at++) size += ends[at] - starts[at];
    this.#rewrite(size, starts.length);
  }

  #copy(source: Utf8Column, rows: Int32Array, ids: Int32Array, from: number, to: number): void {
    const { starts, ends } = this.view;
    let extra = 0;
    for (let i = from; i < to; i++) {
      const row = rows[i];
      if (source.nulls === null || source.nulls[row] !== 1) extra += source.ends[row] - source.starts[row];
    }
    let size = this.#size;
    const needed = size + extra;
    if (needed > this.view.bytes.length) {
      const length = this.#lengthFor(needed, (ids[to - 1] & CHUNK_MASK) + 1);
      this.view.bytes = grown(this.view.bytes, new Uint8Array(length));
    }
    const { bytes } = this.view;
    for (let i = from; i < to; i++) {
      const at = ids[i] & CHUNK_MASK;
      const row = rows[i];
      starts[at] = size;
      if (source.nulls === null || source.nulls[row] !== 1) {
        const start = source.starts[row];
        const length = source.ends[row] - start;
        copyBytes(source.bytes, start, bytes, size, length);
        size += length;
      }
      ends[at] = size;
    }
    this.#size = size;
  }

  #lengthFor(needed: number, rowsSoFar: number): number {
    const doubled = Math.max(MIN_BYTES, this.view.bytes.length * 2);
    if (this.#erased > 0) return Math.max(needed, doubled);
    return Math.max(needed, Math.min(doubled, Math.ceil(((needed * CHUNK_ROWS) / rowsSoFar) * SPARE)));
  }

  erase(at: number, used: number): void {
    const { starts, ends } = this.view;
    const length = ends[at] - starts[at];
    starts[at] = 0;
    ends[at] = 0;
    if (this.pool !== null) return;
    this.#erased += length;
    if (this.#erased > 4096 && this.#erased * 2 > this.#size) this.#rewrite((this.#size - this.#erased) * 2, used);
  }

  /** Its texts, one behind the other, in a new array. */
  #rewrite(length: number, used: number): void {
    const { bytes: old, starts, ends } = this.view;
    const bytes = new Uint8Array(Math.max(MIN_BYTES, length));
    let size = 0;
    for (let at = 0; at < used; at++) {
      const textLength = ends[at] - starts[at];
      copyBytes(old, starts[at], bytes, size, textLength);
      starts[at] = size;
      size += textLength;
      ends[at] = size;
    }
    this.#size = size;
    this.#erased = 0;
    this.view.bytes = bytes;
  }

  reset(): void {
    const { view } = this;
    if (this.pool !== null) {
      this.pool.views.delete(view);
      this.pool = null;
      view.bytes = NO_BYTES;
    }
    this.#isNew = true;
    this.#size = 0;
    this.#erased = 0;
    view.starts.fill(0);
    view.ends.fill(0);
    view.nulls = null;
  }
}
