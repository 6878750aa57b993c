/**
 * Rows in columns that no longer change, found by their keys.
 *
 * Invariant  rows of equal keys are chained in their order. A row with a NULL in its key is in no chain.
 * Cost       building: O(rows). A look-up reads one or two neighbouring cells and compares one key; of a chain only the first
 *            row is compared. Memory: 12 to 20 bytes per row beside the columns.
 */
import type { Column } from "../batch/column.ts";
import { hashRows } from "../batch/hash-rows.ts";
import type { RecordBatch } from "../batch/record-batch.ts";
import { hasNull, sameKeys } from "../batch/row-keys.ts";

export class KeyedRows {
  /** The rows, more of them than a batch has elsewhere. */
  readonly rows: RecordBatch;
  readonly #keys: readonly number[];
  readonly #hashes: Int32Array;
  /** First row of a chain + 1, by hash; 0 = empty. */
  readonly #cells: Int32Array;
  /** The next row of the same keys, -1 = none. */
  readonly #next: Int32Array;

  /** `rows` is kept as it is: nobody may change it. */
  constructor(rows: RecordBatch, keys: readonly number[]) {
    const { columns, length } = rows;
    this.rows = rows;
    this.#keys = keys;
    this.#hashes = new Int32Array(length);
    this.#next = new Int32Array(length).fill(-1);
    let size = 16;
    while (size < length * 2) size *= 2;
    const cells = new Int32Array(size);
    this.#cells = cells;
    const mask = size - 1;
    const keyColumns = keys.map((key) => columns[key]);
    hashRows(keyColumns, length, this.#hashes);
    // From the last to the first: each row goes before its chain.
    for (let row = length - 1; row >= 0; row--) {
      if (hasNull(keyColumns, row)) continue;
      const hash = this.#hashes[row];
      let at = hash & mask;
      while (cells[at] !== 0) {
        const first = cells[at] - 1;
        if (this.#hashes[first] === hash && sameKeys(columns, keys, row, columns, keys, first)) break;
        at = (at + 1) & mask;
      }
      this.#next[row] = cells[at] - 1;
      cells[at] = row + 1;
    }
  }

  get byteSize(): number {
    return this.#hashes.byteLength + this.#next.byteLength + this.#cells.byteLength;
  }

  /** The first row with each of the keys in `firsts`, -1 = none. `hashes`: theirs, by `hashRows`. */
  find(keys: readonly Column[], hashes: Int32Array, length: number, firsts: Int32Array): void {
    const [key] = keys;
    const own = this.rows.columns[this.#keys[0]];
    if (keys.length === 1 && key.kind === "float64" && own.kind === "float64") {
      this.#findNumbers(key.values, key.nulls, own.values, hashes, length, firsts);
      return;
    }
    const cells = this.#cells;
    const mask = cells.length - 1;
    const places = keys.map((_, i) => i);
    for (let row = 0; row < length; row++) {
      firsts[row] = -1;
      if (hasNull(keys, row)) continue;
      const hash = hashes[row];
      for (let at = hash & mask; cells[at] !== 0; at = (at + 1) & mask) {
        const first = cells[at] - 1;
        if (this.#hashes[first] !== hash) continue;
        if (!sameKeys(keys, places, row, this.rows.columns, this.#keys, first)) continue;
        firsts[row] = first;
        break;
      }
    }
  }

  #findNumbers(
    values: Float64Array,
    nulls: Uint8Array | null,
    own: Float64Array,
    hashes: Int32Array,
    length: number,
    firsts: Int32Array,
  ): void {
    const cells = this.#cells;
    const mask = cells.length - 1;
    for (let row = 0; row < length; row++) {
      const value = values[row];
      let at = hashes[row] & mask;
      let cell = cells[at];
      if (nulls !== null && nulls[row] === 1) cell = 0;
      // NaN equals NaN.
      while (cell !== 0 && own[cell - 1] !== value && !(Number.isNaN(value) && Number.isNaN(own[cell - 1]))) {
        at = (at + 1) & mask;
        cell = cells[at];
      }
      firsts[row] = cell - 1;
    }
  }

  next(row: number): number {
    return this.#next[row];
  }
}
