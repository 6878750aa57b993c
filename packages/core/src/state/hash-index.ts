/**
 * Open addressing from hashes to slots: linear probing over one Int32Array of `slot + 1`, 0 = empty.
 *
 * Invariant  every slot in use stands in the run of full cells that begins at its home, `hashes[slot] & mask`; at most half
 *            of the cells are full, so a probe ends.
 * Cost       a look-up reads one or two neighbouring cells; removal shifts the rest of its run back and leaves no tombstone.
 */
import { grown } from "./byte-arena.ts";

export class HashIndex {
  cells: Int32Array;
  mask: number;
  /** The hash of each slot in use. */
  hashes: Int32Array;

  /** `capacity` slots, a power of two. */
  constructor(capacity: number) {
    this.cells = new Int32Array(capacity * 2);
    this.mask = capacity * 2 - 1;
    this.hashes = new Int32Array(capacity);
  }

  add(slot: number, hash: number): void {
    this.hashes[slot] = hash;
    let at = hash & this.mask;
    while (this.cells[at] !== 0) at = (at + 1) & this.mask;
    this.cells[at] = slot + 1;
  }

  remove(slot: number): void {
    const { cells, mask, hashes } = this;
    let hole = hashes[slot] & mask;
    while (cells[hole] !== slot + 1) hole = (hole + 1) & mask;
    for (let at = (hole + 1) & mask; cells[at] !== 0; at = (at + 1) & mask) {
      // The cell may move back into the hole if that is not before its home.
      const home = hashes[cells[at] - 1] & mask;
      if (((at - home) & mask) >= ((at - hole) & mask)) {
        cells[hole] = cells[at];
        hole = at;
      }
    }
    cells[hole] = 0;
  }

  /** Room for `capacity` slots; `used[slot]` says which hold a key. */
  grow(capacity: number, used: Uint8Array, slots: number): void {
    this.hashes = grown(this.hashes, new Int32Array(capacity));
    let length = this.cells.length;
    while (length < capacity * 2) length *= 2;
    if (length === this.cells.length) return;
    this.cells = new Int32Array(length);
    const { cells, hashes } = this;
    const mask = length - 1;
    this.mask = mask;
    for (let slot = 0; slot < slots; slot++) {
      if (used[slot] === 0) continue;
      let at = hashes[slot] & mask;
      while (cells[at] !== 0) at = (at + 1) & mask;
      cells[at] = slot + 1;
    }
  }

  get byteSize(): number {
    return this.cells.byteLength + this.hashes.byteLength;
  }
}
