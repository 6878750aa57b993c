/**
 * The rows of one bucket of a chunked row store as chains: by key hash, and, once asked for, by the hash of the whole row.
 *
 * Invariant  both kinds of chains are newest first. With the chains by row both are linked backwards, too, so that a row of a
 *            key with many is taken out as fast; what is only added to does not pay for that.
 * Cost       linking and unlinking a row: O(1). The tables of heads double with the rows.
 */
import type { Column } from "../batch/column.ts";
import { hashRow, hashRows } from "../batch/hash-rows.ts";
import { sameValue } from "../batch/same-value.ts";
import type { RowChunk, RowIndex } from "./row-chunk.ts";
import { CHUNK_BITS, CHUNK_MASK } from "./row-id.ts";
import type { RowBucket } from "./row-store.ts";

export class ChunkBucket implements RowBucket {
  readonly number: number;
  size = 0;
  readonly chunkNumbers: number[] = [];
  /** Chunks with places of removed rows. */
  readonly freeChunks: number[] = [];
  /** Of the store, by number. */
  readonly #chunks: readonly RowChunk[];
  /** How many leading columns make up a row's identity. */
  readonly #identityColumns: number;
  #heads: Int32Array = new Int32Array(16).fill(-1);
  /** Chains of rows by the hash of the whole row; null until a row is looked for. */
  #rowHeads: Int32Array | null = null;

  constructor(number: number, chunks: readonly RowChunk[], identityColumns: number, isIndexed: boolean) {
    this.number = number;
    this.#chunks = chunks;
    this.#identityColumns = identityColumns;
    if (isIndexed) this.#rowHeads = new Int32Array(this.#heads.length).fill(-1);
  }

  /** Of the tables of heads. */
  get byteSize(): number {
    return this.#heads.byteLength + (this.#rowHeads?.byteLength ?? 0);
  }

  /** Whether `link` is to be given the hashes of whole rows. */
  get hasRowChains(): boolean {
    return this.#rowHeads !== null;
  }

  find(hash: number): number {
    const chunks = this.#chunks;
    let id = this.#heads[hash & (this.#heads.length - 1)];
    while (id >= 0) {
      const chunk = chunks[id >>> CHUNK_BITS];
      const at = id & CHUNK_MASK;
      if (chunk.hashes[at] === hash) return id;
      id = chunk.next[at];
    }
    return -1;
  }

  idsInto(out: Int32Array): number {
    let count = 0;
    for (const number of this.chunkNumbers) {
      const chunk = this.#chunks[number];
      const base = number << CHUNK_BITS;
      for (let at = 0; at < chunk.used; at++) if (chunk.live[at] === 1) out[count++] = base | at;
    }
    return count;
  }

  /** Makes room for so many rows. */
  reserve(size: number): void {
    if (size <= this.#heads.length) return;
    let { length } = this.#heads;
    while (length < size) length *= 2;
    this.#heads = new Int32Array(length);
    if (this.#rowHeads !== null) this.#rowHeads = new Int32Array(length);
    this.#linkAll();
  }

  /** Links rows of a chunk: row `ids[i]` has key hash `hashes[rows[i]]`, for i in [from, to). */
  link(
    chunk: RowChunk,
    rows: Int32Array,
    ids: Int32Array,
    from: number,
    to: number,
    hashes: Int32Array,
    rowHashes: Int32Array,
  ): void {
    const heads = this.#heads;
    const mask = heads.length - 1;
    const { next, hashes: stored, live } = chunk;
    for (let i = from; i < to; i++) {
      const id = ids[i];
      const at = id & CHUNK_MASK;
      const hash = hashes[rows[i]];
      const head = hash & mask;
      stored[at] = hash;
      live[at] = 1;
      next[at] = heads[head];
      heads[head] = id;
    }
    if (this.#rowHeads === null) return;
    const index = chunk.indexRows();
    for (let i = from; i < to; i++) {
      const id = ids[i];
      this.#setPrevious(next[id & CHUNK_MASK], id);
      index.previous[id & CHUNK_MASK] = -1;
      index.hashes[id & CHUNK_MASK] = rowHashes[rows[i]];
      this.#linkRow(this.#rowHeads, index, id);
    }
  }

  /** Takes a row out of its chains. */
  unlink(id: number): void {
    const rowHeads = this.#indexed();
    const chunk = this.#chunks[id >>> CHUNK_BITS];
    const at = id & CHUNK_MASK;
    const previous = chunk.indexRows().previous[at];
    const next = chunk.next[at];
    if (previous < 0) this.#heads[chunk.hashes[at] & (this.#heads.length - 1)] = next;
    else this.#chunks[previous >>> CHUNK_BITS].next[previous & CHUNK_MASK] = next;
    this.#setPrevious(next, previous);
    this.#unlinkRow(rowHeads, id);
  }

  /** A row whose key stays is another now, with another hash. */
  relink(id: number, rowHash: number): void {
    if (this.#rowHeads === null) return;
    this.#unlinkRow(this.#rowHeads, id);
    const index = this.#chunks[id >>> CHUNK_BITS].indexRows();
    index.hashes[id & CHUNK_MASK] = rowHash;
    this.#linkRow(this.#rowHeads, index, id);
  }

  /** The newest row that is the same as a row of the columns, -1 = none. */
  findRow(columns: readonly Column[], row: number): number {
    const hash = hashRow(columns.slice(0, this.#identityColumns), row);
    const rowHeads = this.#indexed();
    return this.#firstSame(rowHeads[hash & (rowHeads.length - 1)], hash, columns, row);
  }

  /** The next older one. */
  findNextRow(id: number, columns: readonly Column[], row: number): number {
    const { hashes, rowNext } = this.#chunks[id >>> CHUNK_BITS].indexRows();
    const at = id & CHUNK_MASK;
    return this.#firstSame(rowNext[at], hashes[at], columns, row);
  }

  /** The newest row that is the same as that of `id`. */
  newestSame(id: number): number {
    const rowHeads = this.#rowHeads;
    if (rowHeads === null) return id;
    const chunk = this.#chunks[id >>> CHUNK_BITS];
    const hash = chunk.indexRows().hashes[id & CHUNK_MASK];
    return this.#firstSame(rowHeads[hash & (rowHeads.length - 1)], hash, chunk.batch.columns, id & CHUNK_MASK);
  }

  #setPrevious(id: number, previous: number): void {
    if (id >= 0) this.#chunks[id >>> CHUNK_BITS].indexRows().previous[id & CHUNK_MASK] = previous;
  }

  #linkRow(rowHeads: Int32Array, index: RowIndex, id: number): void {
    const at = id & CHUNK_MASK;
    const head = index.hashes[at] & (rowHeads.length - 1);
    const old = rowHeads[head];
    index.rowNext[at] = old;
    index.rowPrevious[at] = -1;
    if (old >= 0) this.#chunks[old >>> CHUNK_BITS].indexRows().rowPrevious[old & CHUNK_MASK] = id;
    rowHeads[head] = id;
  }

  #unlinkRow(rowHeads: Int32Array, id: number): void {
    const at = id & CHUNK_MASK;
    const { rowNext, rowPrevious, hashes } = this.#chunks[id >>> CHUNK_BITS].indexRows();
    const after = rowNext[at];
    const before = rowPrevious[at];
    if (before < 0) rowHeads[hashes[at] & (rowHeads.length - 1)] = after;
    else this.#chunks[before >>> CHUNK_BITS].indexRows().rowNext[before & CHUNK_MASK] = after;
    if (after >= 0) this.#chunks[after >>> CHUNK_BITS].indexRows().rowPrevious[after & CHUNK_MASK] = before;
  }

  /** The heads of the chains by row, which are made when first asked for. */
  #indexed(): Int32Array {
    if (this.#rowHeads !== null) return this.#rowHeads;
    const rowHeads = new Int32Array(this.#heads.length);
    this.#rowHeads = rowHeads;
    for (const number of this.chunkNumbers) {
      const chunk = this.#chunks[number];
      hashRows(chunk.batch.columns.slice(0, this.#identityColumns), chunk.used, chunk.indexRows().hashes);
    }
    this.#linkAll();
    return rowHeads;
  }

  /** Links all rows anew, oldest first so that chains stay newest first. */
  #linkAll(): void {
    const heads = this.#heads;
    const rowHeads = this.#rowHeads;
    heads.fill(-1);
    rowHeads?.fill(-1);
    const mask = heads.length - 1;
    for (const number of this.chunkNumbers) {
      const chunk = this.#chunks[number];
      const { next, hashes, live, used } = chunk;
      const base = number << CHUNK_BITS;
      for (let at = 0; at < used; at++) {
        if (live[at] === 0) continue;
        const head = hashes[at] & mask;
        next[at] = heads[head];
        heads[head] = base | at;
        if (rowHeads === null) continue;
        const index = chunk.indexRows();
        this.#setPrevious(next[at], base | at);
        index.previous[at] = -1;
        this.#linkRow(rowHeads, index, base | at);
      }
    }
  }

  /** The first row from `id` on in its chain by row hash that is the same. */
  #firstSame(id: number, hash: number, columns: readonly Column[], row: number): number {
    while (id >= 0) {
      const chunk = this.#chunks[id >>> CHUNK_BITS];
      const at = id & CHUNK_MASK;
      const index = chunk.indexRows();
      let isSame = index.hashes[at] === hash;
      for (let c = 0; c < this.#identityColumns && isSame; c++) {
        isSame = sameValue(columns[c], row, chunk.batch.columns[c], at);
      }
      if (isSame) return id;
      id = index.rowNext[at];
    }
    return -1;
  }
}
