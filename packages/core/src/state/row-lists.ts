/**
 * A list of row ids per slot, for rows that are kept in order: built from the rows after a restore, no state of its own.
 *
 * Short lists lie in one array, each in a segment of a power of two; segments that are left behind are used again. A list
 * that outgrows MAX_SEGMENT becomes one of blocks.
 *
 * Cost       insert, remove: moves at most MAX_SEGMENT ids, and O(length / MAX_SEGMENT) to find the block of a long list.
 *            search: O(log length) calls of `isBefore`. Memory: 4 to 8 bytes per id, 9 per slot.
 */
import { grown } from "./byte-arena.ts";

const MAX_SEGMENT_BITS = 9;
const MAX_SEGMENT = 1 << MAX_SEGMENT_BITS;

export class RowLists {
  #lengths = new Int32Array(64);
  /** Where the segment begins in the pool; of a long list its number. */
  #starts = new Int32Array(64);
  /** Capacity of the segment as a power of two; LONG for a long list. */
  #bits = new Uint8Array(64);
  #pool = new Int32Array(256);
  #poolSize = 0;
  /** First free segment per size, -1 = none; a free segment holds the next in its first place. */
  readonly #free = new Int32Array(MAX_SEGMENT_BITS + 1).fill(-1);
  readonly #long: (LongList | null)[] = [];

  /** Makes room for slots below `capacity`. */
  reserve(capacity: number): void {
    if (capacity <= this.#lengths.length) return;
    const size = Math.max(capacity, this.#lengths.length * 2);
    this.#lengths = grown(this.#lengths, new Int32Array(size));
    this.#starts = grown(this.#starts, new Int32Array(size));
    this.#bits = grown(this.#bits, new Uint8Array(size));
  }

  lengthOf(slot: number): number {
    return this.#lengths[slot];
  }

  at(slot: number, position: number): number {
    if (this.#bits[slot] === LONG) return this.#longAt(slot).at(position);
    return this.#pool[this.#starts[slot] + position];
  }

  set(slot: number, position: number, id: number): void {
    if (this.#bits[slot] === LONG) this.#longAt(slot).set(position, id);
    else this.#pool[this.#starts[slot] + position] = id;
  }

  insert(slot: number, position: number, id: number): void {
    const length = this.#lengths[slot];
    if (this.#bits[slot] !== LONG && (length === 0 || length === 1 << this.#bits[slot])) this.#enlarge(slot, length);
    this.#lengths[slot] = length + 1;
    if (this.#bits[slot] === LONG) {
      this.#longAt(slot).insert(position, id);
      return;
    }
    const pool = this.#pool;
    const start = this.#starts[slot];
    for (let at = start + length; at > start + position; at--) pool[at] = pool[at - 1];
    pool[start + position] = id;
  }

  remove(slot: number, position: number): void {
    const length = --this.#lengths[slot];
    if (this.#bits[slot] === LONG) {
      this.#longAt(slot).remove(position);
      if (length === 0) this.#release(slot);
      return;
    }
    const pool = this.#pool;
    const start = this.#starts[slot];
    for (let at = start + position; at < start + length; at++) pool[at] = pool[at + 1];
    if (length === 0) this.#release(slot);
  }

  append(slot: number, id: number): void {
    this.insert(slot, this.#lengths[slot], id);
  }

  removeFirst(slot: number, count: number): void {
    if (count === 0) return;
    const length = this.#lengths[slot] - count;
    this.#lengths[slot] = length;
    if (length === 0) this.#release(slot);
    else if (this.#bits[slot] === LONG) this.#longAt(slot).removeFirst(count);
    else {
      const start = this.#starts[slot];
      this.#pool.copyWithin(start, start + count, start + count + length);
    }
  }

  /** Ids at positions [from, to) of a slot's list go to `out` from `at` on. */
  copy(slot: number, from: number, to: number, out: Int32Array, at: number): void {
    if (this.#bits[slot] === LONG) this.#longAt(slot).copy(from, to, out, at);
    else out.set(this.#pool.subarray(this.#starts[slot] + from, this.#starts[slot] + to), at);
  }

  /** How many ids, from the first on, are before something: `isBefore` holds for these and for no other. */
  search(slot: number, isBefore: (id: number) => boolean): number {
    if (this.#bits[slot] === LONG) return this.#longAt(slot).search(isBefore);
    const pool = this.#pool;
    const start = this.#starts[slot];
    let low = 0;
    let high = this.#lengths[slot];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (isBefore(pool[start + middle])) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Empties a slot's list. */
  clear(slot: number): void {
    if (this.#lengths[slot] === 0) return;
    this.#lengths[slot] = 0;
    this.#release(slot);
  }

  #longAt(slot: number): LongList {
    return this.#long[this.#starts[slot]] as LongList;
  }

  /** Moves a full list to a segment of twice the size, or into blocks. */
  #enlarge(slot: number, length: number): void {
    const old = this.#starts[slot];
    if (length === MAX_SEGMENT) {
      const ids = this.#pool.slice(old, old + length);
      this.#release(slot);
      const vacant = this.#long.indexOf(null);
      const number = vacant < 0 ? this.#long.length : vacant;
      this.#long[number] = new LongList(ids);
      this.#starts[slot] = number;
      this.#bits[slot] = LONG;
      return;
    }
    const bits = length === 0 ? 0 : this.#bits[slot] + 1;
    const start = this.#allocate(bits);
    this.#pool.copyWithin(start, old, old + length);
    if (length > 0) this.#release(slot);
    this.#starts[slot] = start;
    this.#bits[slot] = bits;
  }

  #allocate(bits: number): number {
    const free = this.#free[bits];
    if (free >= 0) {
      this.#free[bits] = this.#pool[free];
      return free;
    }
    const start = this.#poolSize;
    this.#poolSize += 1 << bits;
    if (this.#poolSize > this.#pool.length) {
      this.#pool = grown(this.#pool, new Int32Array(Math.max(this.#pool.length * 2, this.#poolSize)));
    }
    return start;
  }

  #release(slot: number): void {
    const bits = this.#bits[slot];
    if (bits === LONG) this.#long[this.#starts[slot]] = null;
    else {
      this.#pool[this.#starts[slot]] = this.#free[bits];
      this.#free[bits] = this.#starts[slot];
    }
    this.#bits[slot] = 0;
  }
}

const LONG = 255;

/** A list in blocks of at most MAX_SEGMENT ids, none of them empty. */
class LongList {
  readonly #blocks: Int32Array[] = [];
  readonly #lengths: number[] = [];

  /** `ids`: one full block. */
  constructor(ids: Int32Array) {
    this.#blocks.push(ids);
    this.#lengths.push(ids.length);
  }

  /** The block of a position, and in `#offset` the place in it. At the end: the place behind the last id. */
  #locate(position: number): number {
    const lengths = this.#lengths;
    let block = 0;
    while (position >= lengths[block] && block < lengths.length - 1) position -= lengths[block++];
    this.#offset = position;
    return block;
  }

  #offset = 0;

  at(position: number): number {
    return this.#blocks[this.#locate(position)][this.#offset];
  }

  set(position: number, id: number): void {
    this.#blocks[this.#locate(position)][this.#offset] = id;
  }

  copy(from: number, to: number, out: Int32Array, at: number): void {
    if (from >= to) return;
    let block = this.#locate(from);
    let offset = this.#offset;
    for (let left = to - from; left > 0; block++) {
      const taken = Math.min(left, this.#lengths[block] - offset);
      out.set(this.#blocks[block].subarray(offset, offset + taken), at);
      at += taken;
      left -= taken;
      offset = 0;
    }
  }

  insert(position: number, id: number): void {
    let block = this.#locate(position);
    if (this.#lengths[block] === MAX_SEGMENT) {
      const half = MAX_SEGMENT / 2;
      const second = new Int32Array(MAX_SEGMENT);
      second.set(this.#blocks[block].subarray(half));
      this.#blocks.splice(block + 1, 0, second);
      this.#lengths.splice(block, 1, half, half);
      if (this.#offset > half) {
        block++;
        this.#offset -= half;
      }
    }
    const ids = this.#blocks[block];
    const length = this.#lengths[block]++;
    ids.copyWithin(this.#offset + 1, this.#offset, length);
    ids[this.#offset] = id;
  }

  remove(position: number): void {
    const block = this.#locate(position);
    const ids = this.#blocks[block];
    const length = --this.#lengths[block];
    ids.copyWithin(this.#offset, this.#offset + 1, length + 1);
    const next = block + 1 < this.#blocks.length ? this.#lengths[block + 1] : MAX_SEGMENT;
    // Neighbours that fit into half a block become one, so that blocks stay filled.
    if (length > 0 && length + next > MAX_SEGMENT / 2) return;
    if (next < MAX_SEGMENT) {
      ids.set(this.#blocks[block + 1].subarray(0, next), length);
      this.#lengths[block] = length + next;
      this.#blocks.splice(block + 1, 1);
      this.#lengths.splice(block + 1, 1);
    } else if (length === 0) {
      this.#blocks.splice(block, 1);
      this.#lengths.splice(block, 1);
    }
  }

  /** Fewer than there are. */
  removeFirst(count: number): void {
    let blocks = 0;
    while (count >= this.#lengths[blocks]) count -= this.#lengths[blocks++];
    this.#blocks.splice(0, blocks);
    this.#lengths.splice(0, blocks);
    this.#blocks[0].copyWithin(0, count, this.#lengths[0]);
    this.#lengths[0] -= count;
  }

  search(isBefore: (id: number) => boolean): number {
    let low = 0;
    let high = this.#blocks.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (isBefore(this.#blocks[middle][this.#lengths[middle] - 1])) low = middle + 1;
      else high = middle;
    }
    const ids = this.#blocks[low];
    let from = 0;
    let to = this.#lengths[low];
    while (from < to) {
      const middle = (from + to) >> 1;
      if (isBefore(ids[middle])) from = middle + 1;
      else to = middle;
    }
    for (let block = 0; block < low; block++) from += this.#lengths[block];
    return from;
  }
}
