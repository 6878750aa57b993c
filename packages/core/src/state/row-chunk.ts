/**
 * Up to CHUNK_ROWS rows in growing columns, with what a row store keeps beside them: hash, chain link, liveness.
 *
 * Invariant  `batch` always shows the columns as a read-only batch would.
 * Cost       arrays double from 16 rows, so that a small bucket stays small.
 */
import type { Column } from "../batch/column.ts";
import type { Field } from "../batch/data-type.ts";
import { type RecordBatch, recordBatch } from "../batch/record-batch.ts";
import { grown } from "./byte-arena.ts";
import { createRowColumn, type RowColumn } from "./row-column.ts";
import { CHUNK_MASK, CHUNK_ROWS } from "./row-id.ts";
import type { SharedTexts, TextPool } from "./shared-texts.ts";

/** Links that only rows which may be taken out need. */
export interface RowIndex {
  /** Hash of the whole row. */
  readonly hashes: Int32Array;
  /** The chains of rows with equal row hash. */
  readonly rowNext: Int32Array;
  readonly rowPrevious: Int32Array;
  /** The chain of `next`, backwards. */
  readonly previous: Int32Array;
}

export class RowChunk {
  number = -1;
  /** The bucket that it belongs to. */
  bucket = 0;
  /** Rows that it holds. */
  rows = 0;
  /** The first place of an erased row; they are chained through `next`, -1 = none. */
  free = -1;
  /** Places taken so far, erased ones included. */
  used = 0;
  hashes: Int32Array = new Int32Array(16);
  next: Int32Array = new Int32Array(16);
  live: Uint8Array = new Uint8Array(16);
  #index: RowIndex | null = null;
  readonly #columns: RowColumn[];
  readonly #views: Column[];
  readonly batch: RecordBatch;

  /** `texts`: of each field, null if it has no strings. */
  constructor(fields: readonly Field[], texts: readonly (SharedTexts | null)[]) {
    this.#columns = fields.map((field, c) => createRowColumn(field.type, texts[c]));
    this.#views = this.#columns.map((column) => column.view);
    this.batch = recordBatch(CHUNK_ROWS, this.#views);
  }

  get byteSize(): number {
    let bytes = this.live.length * (this.#index === null ? 9 : 25);
    for (const column of this.#columns) bytes += column.byteSize;
    return bytes;
  }

  /** Adds the pools that its texts stand in. */
  collectPools(pools: Set<TextPool>): void {
    for (const { pool = null } of this.#columns) if (pool !== null) pools.add(pool);
  }

  reserve(rows: number): void {
    if (rows <= this.live.length) return;
    let capacity = this.live.length;
    while (capacity < rows) capacity *= 2;
    this.hashes = grown(this.hashes, new Int32Array(capacity));
    this.next = grown(this.next, new Int32Array(capacity));
    this.live = grown(this.live, new Uint8Array(capacity));
    if (this.#index !== null) {
      const { hashes, rowNext, rowPrevious, previous } = this.#index;
      this.#index = {
        hashes: grown(hashes, new Int32Array(capacity)),
        rowNext: grown(rowNext, new Int32Array(capacity)),
        rowPrevious: grown(rowPrevious, new Int32Array(capacity)),
        previous: grown(previous, new Int32Array(capacity)),
      };
    }
    for (const column of this.#columns) column.reserve(capacity);
    this.#refresh();
  }

  /** The further links, made when first asked for. */
  indexRows(): RowIndex {
    const { length } = this.live;
    this.#index ??= {
      hashes: new Int32Array(length),
      rowNext: new Int32Array(length),
      rowPrevious: new Int32Array(length),
      previous: new Int32Array(length),
    };
    return this.#index;
  }

  /** Puts row `rows[i]` of the source columns at place `ids[i] & CHUNK_MASK`, for i in [from, to). */
  write(sources: readonly Column[], rows: Int32Array, ids: Int32Array, from: number, to: number): void {
    for (let c = 0; c < this.#columns.length; c++) this.#columns[c].write(sources[c], rows, ids, from, to);
    this.#refresh();
  }

  /** As `write`, at places that hold rows. */
  overwrite(sources: readonly Column[], rows: Int32Array, ids: Int32Array, from: number, to: number): void {
    for (let c = 0; c < this.#columns.length; c++) {
      const column = this.#columns[c];
      for (let i = from; i < to; i++) column.erase(ids[i] & CHUNK_MASK, this.used);
      column.write(sources[c], rows, ids, from, to);
    }
    this.#refresh();
  }

  erase(at: number): void {
    this.live[at] = 0;
    this.rows--;
    this.next[at] = this.free;
    this.free = at;
    for (const column of this.#columns) column.erase(at, this.used);
    this.#refresh();
  }

  reset(): void {
    this.used = 0;
    this.rows = 0;
    this.free = -1;
    this.live.fill(0);
    this.#index = null;
    for (const column of this.#columns) column.reset();
    this.#refresh();
  }

  #refresh(): void {
    for (let c = 0; c < this.#columns.length; c++) this.#views[c] = this.#columns[c].view;
  }
}
