/**
 * A run of bytes per slot, in one array. Shared, equal runs stand there once, as long as enough of them are equal.
 *
 * Invariant  bytes once written are never overwritten (a rewrite and a compaction go to new places), so a column that points
 *            into the array stays right for as long as its holder keeps it.
 * Cost       writing appends; a rewrite leaves a hole; holes are squeezed out when they are more than half of a full array.
 *            Shared, a write looks the run up, and what no slot points to any more is looked for when the array is full and
 *            a quarter as many runs as there are slots have come since it was last.
 */
import { MillraceError } from "../errors.ts";
import { indexOf, RunIndex } from "./run-index.ts";

const MAX_ARENA_BYTES = 0x7fffffff;

export class ByteArena {
  bytes: Uint8Array = new Uint8Array(256);
  starts: Int32Array;
  ends: Int32Array;
  #size = 0;
  /** Bytes of all slots; not counted while runs are shared. */
  #live = 0;
  /** Of shared runs. */
  #index: RunIndex | null;
  #countAfterSweep = 0;

  constructor(capacity: number, isShared: boolean = false) {
    this.starts = new Int32Array(capacity);
    this.ends = new Int32Array(capacity);
    this.#index = isShared ? new RunIndex() : null;
  }

  grow(capacity: number): void {
    this.starts = grown(this.starts, new Int32Array(capacity));
    this.ends = grown(this.ends, new Int32Array(capacity));
  }

  set(slot: number, source: Uint8Array, from: number, to: number): void {
    const length = to - from;
    if (this.#index !== null && length > 0) {
      const found = this.#index.find(this.bytes, source, from, to);
      if (found >= 0) {
        this.starts[slot] = found;
        this.ends[slot] = found + length;
        return;
      }
      if (this.#index.isFull && !this.#index.paysOff) this.#unshare();
    }
    this.erase(slot);
    if (this.#size + length > this.bytes.length) this.#makeRoom(length);
    const at = this.#size;
    if (length > 48) this.bytes.set(source.subarray(from, to), at);
    else for (let i = 0; i < length; i++) this.bytes[at + i] = source[from + i];
    this.starts[slot] = at;
    this.ends[slot] = at + length;
    this.#size = at + length;
    this.#live += length;
    if (length > 0) this.#index?.add(at, at + length);
  }

  erase(slot: number): void {
    this.#live -= this.ends[slot] - this.starts[slot];
    this.ends[slot] = this.starts[slot];
  }

  equals(slot: number, source: Uint8Array, from: number, to: number): boolean {
    const start = this.starts[slot];
    const length = to - from;
    if (this.ends[slot] - start !== length) return false;
    const { bytes } = this;
    for (let i = 0; i < length; i++) if (bytes[start + i] !== source[from + i]) return false;
    return true;
  }

  /** By unsigned bytes, which for UTF-8 is by code point: negative if the slot's run is less. */
  compare(slot: number, source: Uint8Array, from: number, to: number): number {
    const { bytes } = this;
    const start = this.starts[slot];
    const length = Math.min(this.ends[slot] - start, to - from);
    for (let i = 0; i < length; i++) {
      const difference = bytes[start + i] - source[from + i];
      if (difference !== 0) return difference;
    }
    return this.ends[slot] - start - (to - from);
  }

  #makeRoom(extra: number): void {
    if (this.#index !== null) {
      this.#makeSharedRoom(this.#index, extra);
      return;
    }
    const squeeze = this.#live < this.#size / 2;
    const length = this.#lengthFor(this.#live + extra, squeeze);
    if (squeeze || this.#size + extra > length) this.#rewrite(length);
    else this.bytes = grown(this.bytes, new Uint8Array(length));
  }

  /** Each slot's run anew, one behind the other. */
  #rewrite(length: number): void {
    const target = new Uint8Array(length);
    let at = 0;
    for (let slot = 0; slot < this.starts.length; slot++) {
      const from = this.starts[slot];
      const to = this.ends[slot];
      this.starts[slot] = at;
      if (to > from) target.set(this.bytes.subarray(from, to), at);
      at += to - from;
      this.ends[slot] = at;
    }
    this.bytes = target;
    this.#size = at;
  }

  #lengthFor(needed: number, squeeze: boolean): number {
    if (needed > MAX_ARENA_BYTES) {
      throw new MillraceError({
        code: "STATE_INVALID",
        domain: "external",
        message: "one column of a state table holds more than 2 GiB of strings in one task; raise the parallelism",
      });
    }
    const { length } = this.bytes;
    return Math.min(MAX_ARENA_BYTES, Math.max(needed, squeeze ? length : nextCapacity(length)));
  }

  #makeSharedRoom(index: RunIndex, extra: number): void {
    const isAtLimit = this.#size + extra > MAX_ARENA_BYTES;
    if (isAtLimit || (index.count - this.#countAfterSweep) * 4 >= this.starts.length) {
      this.#sweep(index, extra, isAtLimit);
      this.#countAfterSweep = index.count;
      if (this.#size + extra <= this.bytes.length) return;
    }
    this.bytes = grown(this.bytes, new Uint8Array(this.#lengthFor(this.#size + extra, false)));
  }

  /** Squeezes out the runs that no slot points to, if they are half of all or `isNeeded`. */
  #sweep(index: RunIndex, extra: number, isNeeded: boolean): void {
    const { starts, ends } = this;
    const runs = index.starts();
    const lengths = new Int32Array(runs.length);
    const runOf = new Int32Array(starts.length);
    let live = 0;
    for (let slot = 0; slot < starts.length; slot++) {
      const length = ends[slot] - starts[slot];
      if (length === 0) continue;
      const run = indexOf(runs, starts[slot]);
      runOf[slot] = run;
      if (lengths[run] === 0) live += length;
      lengths[run] = length;
    }
    if (!isNeeded && live >= this.#size / 2) return;
    const target = new Uint8Array(this.#lengthFor(live + extra, true));
    const moved = new Int32Array(runs.length).fill(-1);
    this.#size = 0;
    for (let run = 0; run < runs.length; run++) {
      if (lengths[run] === 0) continue;
      moved[run] = this.#size;
      target.set(this.bytes.subarray(runs[run], runs[run] + lengths[run]), this.#size);
      this.#size += lengths[run];
    }
    for (let slot = 0; slot < starts.length; slot++) {
      const length = ends[slot] - starts[slot];
      starts[slot] = length === 0 ? 0 : moved[runOf[slot]];
      ends[slot] = starts[slot] + length;
    }
    index.move(runs, moved);
    this.bytes = target;
  }

  /** From now on each slot has its own run. */
  #unshare(): void {
    this.#index = null;
    this.#live = 0;
    for (let slot = 0; slot < this.starts.length; slot++) this.#live += this.ends[slot] - this.starts[slot];
    this.#rewrite(this.#lengthFor(this.#live, false));
  }

  get byteSize(): number {
    const { bytes, starts, ends } = this;
    return bytes.byteLength + starts.byteLength + ends.byteLength + (this.#index?.byteSize ?? 0);
  }
}

/** `target` with the content of `source` at its start. */
export function grown<T extends Float64Array | Int32Array | Uint8Array | BigInt64Array>(source: T, target: T): T {
  (target as Uint8Array).set(source as Uint8Array);
  return target;
}

/** What an array grows to: twice its size while it is small, then by a half and a third in turn, which leaves less unused. */
export function nextCapacity(capacity: number): number {
  if (capacity < 32_768) return capacity * 2;
  const power = 2 ** (31 - Math.clz32(capacity));
  return capacity < power * 1.5 ? power * 1.5 : power * 2;
}
