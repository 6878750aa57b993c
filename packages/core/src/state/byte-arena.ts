/**
 * A run of bytes per slot, in one array.
 *
 * Invariant  bytes once written are never overwritten (a rewrite and a compaction go to new places), so a column that points
 *            into the array stays right for as long as its holder keeps it.
 * Cost       writing appends; a rewrite leaves a hole; holes are squeezed out when they are more than half of a full array.
 */
import { MillraceError } from "../errors.ts";

const MAX_ARENA_BYTES = 0x7fffffff;

export class ByteArena {
  bytes: Uint8Array = new Uint8Array(256);
  starts: Int32Array;
  ends: Int32Array;
  #size = 0;
  #live = 0;

  constructor(capacity: number) {
    this.starts = new Int32Array(capacity);
    this.ends = new Int32Array(capacity);
  }

  grow(capacity: number): void {
    this.starts = grown(this.starts, new Int32Array(capacity));
    this.ends = grown(this.ends, new Int32Array(capacity));
  }

  set(slot: number, source: Uint8Array, from: number, to: number): void {
    const length = to - from;
    this.erase(slot);
    if (this.#size + length > this.bytes.length) this.#makeRoom(length);
    const at = this.#size;
    if (length > 48) this.bytes.set(source.subarray(from, to), at);
    else for (let i = 0; i < length; i++) this.bytes[at + i] = source[from + i];
    this.starts[slot] = at;
    this.ends[slot] = at + length;
    this.#size = at + length;
    this.#live += length;
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
    const needed = this.#live + extra;
    if (needed > MAX_ARENA_BYTES) {
      throw new MillraceError({
        code: "STATE_INVALID",
        domain: "external",
        message: "one column of a state table holds more than 2 GiB of strings in one task; raise the parallelism",
      });
    }
    const squeeze = this.#live < this.#size / 2;
    const target = new Uint8Array(
      Math.min(MAX_ARENA_BYTES, Math.max(needed, squeeze ? this.bytes.length : this.bytes.length * 2)),
    );
    let at = 0;
    if (squeeze || this.#size + extra > target.length) {
      for (let slot = 0; slot < this.starts.length; slot++) {
        const from = this.starts[slot];
        const to = this.ends[slot];
        this.starts[slot] = at;
        if (to > from) target.set(this.bytes.subarray(from, to), at);
        at += to - from;
        this.ends[slot] = at;
      }
    } else {
      target.set(this.bytes.subarray(0, this.#size));
      at = this.#size;
    }
    this.bytes = target;
    this.#size = at;
  }

  get byteSize(): number {
    return this.bytes.byteLength + this.starts.byteLength + this.ends.byteLength;
  }
}

/** `target` with the content of `source` at its start. */
export function grown<T extends Float64Array | Int32Array | Uint8Array | BigInt64Array>(source: T, target: T): T {
  (target as Uint8Array).set(source as Uint8Array);
  return target;
}
