/**
 * A queue of row ids per slot: rows that come at the end and go at the beginning. Made from the rows after a restore, no state
 * of its own.
 *
 * Each queue lies in one piece of the pool, in a segment of a power of two; segments that are left behind are used again.
 * Cost       amortised O(1) per id. Memory: 4 to 16 bytes per id, 13 per slot.
 */
import { grown } from "./byte-arena.ts";

export class RowQueues {
  /** The ids of a queue stand from `startOf` on (valid until something is appended). */
  pool: Int32Array = new Int32Array(256);
  #poolSize = 0;
  #lengths = new Int32Array(64);
  /** Where the segment begins in the pool, and how far behind that the queue. */
  #segments = new Int32Array(64);
  #heads = new Int32Array(64);
  /** Capacity of the segment as a power of two, NONE = there is none. */
  #bits = new Uint8Array(64).fill(NONE);
  /** First free segment per size, -1 = none; a free segment holds the next in its first place. */
  readonly #free = new Int32Array(32).fill(-1);

  /** Makes room for slots below `capacity`. */
  reserve(capacity: number): void {
    if (capacity <= this.#lengths.length) return;
    const size = Math.max(capacity, this.#lengths.length * 2);
    this.#lengths = grown(this.#lengths, new Int32Array(size));
    this.#segments = grown(this.#segments, new Int32Array(size));
    this.#heads = grown(this.#heads, new Int32Array(size));
    this.#bits = grown(this.#bits, new Uint8Array(size).fill(NONE));
  }

  lengthOf(slot: number): number {
    return this.#lengths[slot];
  }

  startOf(slot: number): number {
    return this.#segments[slot] + this.#heads[slot];
  }

  append(slot: number, id: number): void {
    const length = this.#lengths[slot];
    if (this.#bits[slot] === NONE || this.#heads[slot] + length === 1 << this.#bits[slot]) this.#makeRoom(slot, length);
    this.pool[this.#segments[slot] + this.#heads[slot] + length] = id;
    this.#lengths[slot] = length + 1;
  }

  removeFirst(slot: number, count: number): void {
    const length = this.#lengths[slot] - count;
    this.#lengths[slot] = length;
    this.#heads[slot] += count;
    if (length === 0) this.#release(slot);
  }

  clear(slot: number): void {
    this.#lengths[slot] = 0;
    this.#release(slot);
  }

  /** At the end of a segment: back to its beginning if half of it is free, else to one of twice the size. */
  #makeRoom(slot: number, length: number): void {
    const from = this.startOf(slot);
    const bits = this.#bits[slot];
    if (bits !== NONE && length * 2 <= 1 << bits) {
      this.pool.copyWithin(this.#segments[slot], from, from + length);
      this.#heads[slot] = 0;
      return;
    }
    const larger = bits === NONE ? 0 : bits + 1;
    const segment = this.#allocate(larger);
    this.pool.copyWithin(segment, from, from + length);
    this.#release(slot);
    this.#segments[slot] = segment;
    this.#bits[slot] = larger;
  }

  #allocate(bits: number): number {
    const free = this.#free[bits];
    if (free >= 0) {
      this.#free[bits] = this.pool[free];
      return free;
    }
    const start = this.#poolSize;
    this.#poolSize += 1 << bits;
    if (this.#poolSize > this.pool.length) {
      this.pool = grown(this.pool, new Int32Array(Math.max(this.pool.length * 2, this.#poolSize)));
    }
    return start;
  }

  #release(slot: number): void {
    const bits = this.#bits[slot];
    this.#heads[slot] = 0;
    this.#bits[slot] = NONE;
    if (bits === NONE) return;
    this.pool[this.#segments[slot]] = this.#free[bits];
    this.#free[bits] = this.#segments[slot];
  }
}

const NONE = 255;
