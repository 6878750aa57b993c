/**
 * Rows by key, in buckets that are freed as a whole: the state of joins.
 *
 * Rows stand in columns of chunks of CHUNK_ROWS rows, no object per row. A row's id is its chunk's number and its place in
 * it; the rows of a bucket with the same key hash are chained through their ids, newest first.
 *
 * Invariant  a chunk belongs to one bucket; an id stays valid until its row is removed or its bucket dropped. A hash is
 *            never an identity: `find` and `next` give rows of equal hash, the caller compares keys (`sameValue`).
 *            From the first `findRow` or `remove` on (or from the start, by the descriptor), a bucket also chains its rows by
 *            the hash of the whole row, and both chains backwards, so that a row of a key with many is taken out as fast;
 *            what is only added to does not pay. A chunk whose rows are all gone is given back, but the bucket's last.
 * Cost       append, findRow, remove: O(1) per row, copying its values (strings into the chunk's arena). A look-up is O(rows of
 *            equal hash) in each bucket asked. `drop`: O(chunks of the bucket); chunks are used again.
 */
import { type Column, columnKindOf } from "../batch/column.ts";
import type { Field } from "../batch/data-type.ts";
import { gatherColumn, selectRows } from "../batch/gather.ts";
import { hashRow, hashRows } from "../batch/hash-rows.ts";
import { MAX_BATCH_ROWS, type RecordBatch, recordBatch } from "../batch/record-batch.ts";
import { sameValue } from "../batch/same-value.ts";
import { RowChunk, type RowIndex } from "./row-chunk.ts";
import { CHUNK_BITS, CHUNK_MASK, CHUNK_ROWS } from "./row-id.ts";
import { SharedTexts, type TextPool } from "./shared-texts.ts";

export interface RowStoreDescriptor {
  /** Unique within the operator; the name in snapshots. */
  readonly name: string;
  readonly fields: readonly Field[];
  /** Columns of `fields` that make up the key: they decide the hash chains and the key group of a row. */
  readonly key: readonly number[];
  /** How many leading columns make two rows the same for `findRow`; all if absent. */
  readonly identityColumns?: number;
  /** Rows are going to be looked for and taken out: they are indexed as they come, not all at once later. */
  readonly isIndexed?: boolean;
}

export interface RowStore {
  readonly descriptor: RowStoreDescriptor;
  /** Rows held. */
  readonly size: number;
  readonly byteSize: number;
  /** Bucket numbers in use, ascending (valid until the store changes). */
  bucketNumbers(): readonly number[];
  /** The lowest bucket number in use, Infinity if there is none. */
  firstBucket(): number;
  bucket(number: number): RowBucket | undefined;
  /**
   * Copies rows `rows[from .. to)` of the columns into a bucket. `hashes[r]` is the key hash (`hashRows`) of row r.
   * `ids`, if given, takes the new ids at [from .. to).
   */
  append(
    bucket: number,
    columns: readonly Column[],
    rows: Int32Array,
    from: number,
    to: number,
    hashes: Int32Array,
    ids?: Int32Array,
  ): void;
  /** A row of the bucket that is the same as a row of the columns, -1 = none. */
  findRow(bucket: number, columns: readonly Column[], row: number): number;
  /** A further row of the bucket, after one that `findRow` or this gave, that is the same; -1 = none. */
  findNextRow(id: number, columns: readonly Column[], row: number): number;
  /** The newest row of the same bucket that is the same, itself if it is that. */
  newestSame(id: number): number;
  /** Ids are below it. */
  readonly idLimit: number;
  /** Whether a row stands there. */
  isLive(id: number): boolean;
  bucketOf(id: number): number;
  /** Rows `rows[from .. to)` of the columns take the place of the rows `ids[from .. to)` of the bucket, which have the same key. */
  replace(
    bucket: number,
    ids: Int32Array,
    columns: readonly Column[],
    rows: Int32Array,
    from: number,
    to: number,
  ): void;
  /** Takes one row out; id -1 is no row. */
  remove(bucket: number, id: number): void;
  drop(bucket: number): void;
  /** The row's place in memory: `batchOf(id)` is its chunk as a batch (live, only for looking), `id & CHUNK_MASK` its row there. */
  batchOf(id: number): RecordBatch;
  hashOf(id: number): number;
  /** Next older row of the same bucket and hash, -1 = none. */
  next(id: number): number;
  /** The rows as new columns, id -1 = NULLs: all columns, or the first `columnCount`. */
  gather(ids: Int32Array, length: number, columnCount?: number): Column[];
  /** Columns `wanted` of the rows as new columns; a negative id is row `~id` of `others`, if given, which has the same columns. */
  gatherWith(others: readonly Column[] | null, ids: Int32Array, length: number, wanted: readonly number[]): Column[];
  /** For snapshots: all rows, in batches of one bucket each (valid until the store changes). */
  batches(): Iterable<{ readonly bucket: number; readonly batch: RecordBatch }>;
  /** For restores: adds rows that `batches` gave. */
  load(bucket: number, batch: RecordBatch): void;
}

/** The rows of one bucket as hash chains. */
export interface RowBucket {
  readonly number: number;
  readonly size: number;
  /** Newest row of the hash, -1 = none; go on with `RowStore.next`. */
  find(hash: number): number;
  /** Ids of all rows, oldest chunk first. `out` has room for `size`. */
  idsInto(out: Int32Array): number;
}

export function createRowStore(descriptor: RowStoreDescriptor): RowStore {
  return new ChunkedRowStore(descriptor);
}

class Bucket implements RowBucket {
  readonly number: number;
  readonly #store: ChunkedRowStore;
  readonly chunkNumbers: number[] = [];
  heads: Int32Array = new Int32Array(16).fill(-1);
  size = 0;
  /** Chunks with places of removed rows. */
  readonly freeChunks: number[] = [];
  /** Chains of rows by the hash of the whole row; null until a row is looked for. */
  rowHeads: Int32Array | null = null;

  constructor(number: number, store: ChunkedRowStore) {
    this.number = number;
    this.#store = store;
  }

  find(hash: number): number {
    let id = this.heads[hash & (this.heads.length - 1)];
    const { chunks } = this.#store;
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
      const chunk = this.#store.chunks[number];
      const base = number << CHUNK_BITS;
      for (let at = 0; at < chunk.used; at++) if (chunk.live[at] === 1) out[count++] = base | at;
    }
    return count;
  }
}

class ChunkedRowStore implements RowStore {
  readonly descriptor: RowStoreDescriptor;
  size = 0;
  readonly chunks: RowChunk[] = [];
  readonly #freeNumbers: number[] = [];
  readonly #pool: RowChunk[] = [];
  readonly #buckets = new Map<number, Bucket>();
  /** Ascending. */
  readonly #numbers: number[] = [];
  #ids = new Int32Array(MAX_BATCH_ROWS);
  /** Stands at free chunk numbers, so that nothing holds on to dropped chunks. */
  readonly #vacant = new RowChunk([], []);
  /** Of each field with strings what its texts are shared in. */
  readonly #texts: readonly (SharedTexts | null)[];

  readonly #identityColumns: number;
  #rowHashes = new Int32Array(0);

  constructor(descriptor: RowStoreDescriptor) {
    this.descriptor = descriptor;
    this.#identityColumns = descriptor.identityColumns ?? descriptor.fields.length;
    this.#texts = descriptor.fields.map(({ type }) =>
      columnKindOf(type) === "utf8" ? new SharedTexts(() => this.size) : null,
    );
  }

  get byteSize(): number {
    let bytes = 0;
    const pools = new Set<TextPool>();
    for (const bucket of this.#buckets.values()) {
      bytes += bucket.heads.byteLength + (bucket.rowHeads?.byteLength ?? 0);
      for (const number of bucket.chunkNumbers) {
        bytes += this.chunks[number].byteSize;
        this.chunks[number].collectPools(pools);
      }
    }
    for (const chunk of this.#pool) bytes += chunk.byteSize;
    for (const pool of pools) bytes += pool.byteSize;
    return bytes;
  }

  bucketNumbers(): readonly number[] {
    return this.#numbers;
  }

  firstBucket(): number {
    return this.#numbers.length === 0 ? Number.POSITIVE_INFINITY : this.#numbers[0];
  }

  bucket(number: number): RowBucket | undefined {
    return this.#buckets.get(number);
  }

  append(
    bucketNumber: number,
    columns: readonly Column[],
    rows: Int32Array,
    from: number,
    to: number,
    hashes: Int32Array,
    ids?: Int32Array,
  ): void {
    let bucket = this.#buckets.get(bucketNumber);
    if (bucket === undefined) {
      bucket = new Bucket(bucketNumber, this);
      if (this.descriptor.isIndexed === true) bucket.rowHeads = new Int32Array(bucket.heads.length).fill(-1);
      this.#buckets.set(bucketNumber, bucket);
      let at = this.#numbers.length;
      while (at > 0 && this.#numbers[at - 1] > bucketNumber) at--;
      this.#numbers.splice(at, 0, bucketNumber);
    }
    const count = to - from;
    if (bucket.rowHeads !== null) {
      let length = 0;
      for (let i = from; i < to; i++) length = Math.max(length, rows[i] + 1);
      if (this.#rowHashes.length < length) this.#rowHashes = new Int32Array(length);
      hashRows(columns.slice(0, this.#identityColumns), length, this.#rowHashes);
    }
    if (ids === undefined) {
      if (this.#ids.length < to) this.#ids = new Int32Array(to);
      ids = this.#ids;
    }
    this.size += count;
    if (bucket.size + count > bucket.heads.length) this.#rehash(bucket, bucket.size + count);
    let done = from;
    while (done < to) {
      const free = bucket.freeChunks.at(-1);
      const chunk = free === undefined ? this.#chunkWithRoom(bucket) : this.chunks[free];
      const base = chunk.number << CHUNK_BITS;
      const start = done;
      if (free === undefined) {
        const room = Math.min(CHUNK_ROWS - chunk.used, to - done);
        chunk.reserve(chunk.used + room);
        const first = base | chunk.used;
        for (let i = 0; i < room; i++) ids[done++] = first + i;
        chunk.used += room;
      } else {
        while (done < to && chunk.free >= 0) {
          ids[done++] = base | chunk.free;
          chunk.free = chunk.next[chunk.free];
        }
        if (chunk.free < 0) bucket.freeChunks.pop();
      }
      chunk.rows += done - start;
      chunk.write(columns, rows, ids, start, done);
      this.#link(bucket, chunk, rows, ids, start, done, hashes);
    }
    bucket.size += count;
  }

  #link(
    bucket: Bucket,
    chunk: RowChunk,
    rows: Int32Array,
    ids: Int32Array,
    from: number,
    to: number,
    hashes: Int32Array,
  ): void {
    const { heads } = bucket;
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
    if (bucket.rowHeads === null) return;
    const index = chunk.indexRows();
    for (let i = from; i < to; i++) {
      const id = ids[i];
      this.#setPrevious(next[id & CHUNK_MASK], id);
      index.previous[id & CHUNK_MASK] = -1;
      index.hashes[id & CHUNK_MASK] = this.#rowHashes[rows[i]];
      this.#linkRow(bucket.rowHeads, index, id);
    }
  }

  #setPrevious(id: number, previous: number): void {
    if (id >= 0) this.chunks[id >>> CHUNK_BITS].indexRows().previous[id & CHUNK_MASK] = previous;
  }

  #linkRow(rowHeads: Int32Array, index: RowIndex, id: number): void {
    const at = id & CHUNK_MASK;
    const head = index.hashes[at] & (rowHeads.length - 1);
    const old = rowHeads[head];
    index.rowNext[at] = old;
    index.rowPrevious[at] = -1;
    if (old >= 0) this.chunks[old >>> CHUNK_BITS].indexRows().rowPrevious[old & CHUNK_MASK] = id;
    rowHeads[head] = id;
  }

  /** Chains the rows of a bucket by the hash of the whole row, and backwards. */
  #indexBucket(bucket: Bucket): Int32Array {
    const rowHeads = new Int32Array(bucket.heads.length).fill(-1);
    bucket.rowHeads = rowHeads;
    for (const number of bucket.chunkNumbers) {
      const chunk = this.chunks[number];
      hashRows(chunk.batch.columns.slice(0, this.#identityColumns), chunk.used, chunk.indexRows().hashes);
    }
    this.#linkAll(bucket);
    return rowHeads;
  }

  #chunkWithRoom(bucket: Bucket): RowChunk {
    const last = bucket.chunkNumbers.at(-1);
    if (last !== undefined && this.chunks[last].used < CHUNK_ROWS) return this.chunks[last];
    const chunk = this.#pool.pop() ?? new RowChunk(this.descriptor.fields, this.#texts);
    chunk.number = this.#freeNumbers.pop() ?? this.chunks.length;
    chunk.bucket = bucket.number;
    this.chunks[chunk.number] = chunk;
    bucket.chunkNumbers.push(chunk.number);
    return chunk;
  }

  /** Doubles the head table. */
  #rehash(bucket: Bucket, size: number): void {
    let length = bucket.heads.length;
    while (length < size) length *= 2;
    bucket.heads = new Int32Array(length);
    if (bucket.rowHeads !== null) bucket.rowHeads = new Int32Array(length);
    this.#linkAll(bucket);
  }

  /** Links all rows anew, oldest first so that chains stay newest first. */
  #linkAll(bucket: Bucket): void {
    const { heads, rowHeads } = bucket;
    heads.fill(-1);
    rowHeads?.fill(-1);
    const mask = heads.length - 1;
    for (const number of bucket.chunkNumbers) {
      const chunk = this.chunks[number];
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

  findRow(bucketNumber: number, columns: readonly Column[], row: number): number {
    const bucket = this.#buckets.get(bucketNumber);
    if (bucket === undefined) return -1;
    const rowHeads = bucket.rowHeads ?? this.#indexBucket(bucket);
    const hash = hashRow(columns.slice(0, this.#identityColumns), row);
    return this.#firstSame(rowHeads[hash & (rowHeads.length - 1)], hash, columns, row);
  }

  findNextRow(id: number, columns: readonly Column[], row: number): number {
    const { hashes, rowNext } = this.chunks[id >>> CHUNK_BITS].indexRows();
    const at = id & CHUNK_MASK;
    return this.#firstSame(rowNext[at], hashes[at], columns, row);
  }

  newestSame(id: number): number {
    const chunk = this.chunks[id >>> CHUNK_BITS];
    const rowHeads = this.#buckets.get(chunk.bucket)?.rowHeads ?? null;
    if (rowHeads === null) return id;
    const hash = chunk.indexRows().hashes[id & CHUNK_MASK];
    return this.#firstSame(rowHeads[hash & (rowHeads.length - 1)], hash, chunk.batch.columns, id & CHUNK_MASK);
  }

  get idLimit(): number {
    return this.chunks.length << CHUNK_BITS;
  }

  isLive(id: number): boolean {
    return this.chunks[id >>> CHUNK_BITS].live[id & CHUNK_MASK] === 1;
  }

  bucketOf(id: number): number {
    return this.chunks[id >>> CHUNK_BITS].bucket;
  }

  /** The first row from `id` on in its chain by row hash that is the same. */
  #firstSame(id: number, hash: number, columns: readonly Column[], row: number): number {
    while (id >= 0) {
      const chunk = this.chunks[id >>> CHUNK_BITS];
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

  replace(
    bucketNumber: number,
    ids: Int32Array,
    columns: readonly Column[],
    rows: Int32Array,
    from: number,
    to: number,
  ): void {
    if (to === from) return;
    const rowHeads = this.#buckets.get(bucketNumber)?.rowHeads ?? null;
    const identity = columns.slice(0, this.#identityColumns);
    for (let done = from; done < to; ) {
      const number = ids[done] >>> CHUNK_BITS;
      const start = done;
      while (done < to && ids[done] >>> CHUNK_BITS === number) done++;
      const chunk = this.chunks[number];
      chunk.overwrite(columns, rows, ids, start, done);
      for (let i = start; i < done && rowHeads !== null; i++) {
        this.#unlinkRow(rowHeads, ids[i]);
        chunk.indexRows().hashes[ids[i] & CHUNK_MASK] = hashRow(identity, rows[i]);
        this.#linkRow(rowHeads, chunk.indexRows(), ids[i]);
      }
    }
  }

  /** Takes a row out of its chain by row hash. */
  #unlinkRow(rowHeads: Int32Array, id: number): void {
    const at = id & CHUNK_MASK;
    const { rowNext, rowPrevious, hashes } = this.chunks[id >>> CHUNK_BITS].indexRows();
    const after = rowNext[at];
    const before = rowPrevious[at];
    if (before < 0) rowHeads[hashes[at] & (rowHeads.length - 1)] = after;
    else this.chunks[before >>> CHUNK_BITS].indexRows().rowNext[before & CHUNK_MASK] = after;
    if (after >= 0) this.chunks[after >>> CHUNK_BITS].indexRows().rowPrevious[after & CHUNK_MASK] = before;
  }

  remove(bucketNumber: number, id: number): void {
    const bucket = this.#buckets.get(bucketNumber);
    if (bucket === undefined || id < 0) return;
    const chunk = this.chunks[id >>> CHUNK_BITS];
    const at = id & CHUNK_MASK;
    if (chunk.live[at] === 0) return;
    const rowHeads = bucket.rowHeads ?? this.#indexBucket(bucket);
    const { previous } = chunk.indexRows();
    const next = chunk.next[at];
    if (previous[at] < 0) bucket.heads[chunk.hashes[at] & (bucket.heads.length - 1)] = next;
    else this.chunks[previous[at] >>> CHUNK_BITS].next[previous[at] & CHUNK_MASK] = next;
    this.#setPrevious(next, previous[at]);
    this.#unlinkRow(rowHeads, id);
    if (chunk.free < 0) bucket.freeChunks.push(chunk.number);
    chunk.erase(at);
    bucket.size--;
    this.size--;
    if (bucket.size === 0) this.drop(bucketNumber);
    else if (chunk.rows === 0 && bucket.chunkNumbers.at(-1) !== chunk.number) this.#giveBack(bucket, chunk);
  }

  /** Frees a chunk without rows. */
  #giveBack({ chunkNumbers, freeChunks }: Bucket, chunk: RowChunk): void {
    const { number } = chunk;
    chunkNumbers.splice(chunkNumbers.indexOf(number), 1);
    freeChunks.splice(freeChunks.indexOf(number), 1);
    chunk.reset();
    this.#freeNumbers.push(number);
    this.chunks[number] = this.#vacant;
    if (this.#pool.length === 0) this.#pool.push(chunk);
  }

  drop(bucketNumber: number): void {
    const bucket = this.#buckets.get(bucketNumber);
    if (bucket === undefined) return;
    for (const number of bucket.chunkNumbers) {
      const chunk = this.chunks[number];
      chunk.reset();
      this.#freeNumbers.push(number);
      this.chunks[number] = this.#vacant;
      // Enough for the next bucket of this size, so that a sliding set of buckets needs no new memory, and no more.
      if (this.#pool.length < bucket.chunkNumbers.length) this.#pool.push(chunk);
    }
    this.size -= bucket.size;
    this.#buckets.delete(bucketNumber);
    if (this.#numbers[0] === bucketNumber) this.#numbers.shift();
    else this.#numbers.splice(this.#numbers.indexOf(bucketNumber), 1);
  }

  batchOf(id: number): RecordBatch {
    return this.chunks[id >>> CHUNK_BITS].batch;
  }

  hashOf(id: number): number {
    return this.chunks[id >>> CHUNK_BITS].hashes[id & CHUNK_MASK];
  }

  next(id: number): number {
    const { chunks } = this;
    let chunk = chunks[id >>> CHUNK_BITS];
    const hash = chunk.hashes[id & CHUNK_MASK];
    let other = chunk.next[id & CHUNK_MASK];
    while (other >= 0) {
      chunk = chunks[other >>> CHUNK_BITS];
      if (chunk.hashes[other & CHUNK_MASK] === hash) return other;
      other = chunk.next[other & CHUNK_MASK];
    }
    return -1;
  }

  gather(ids: Int32Array, length: number, columnCount: number = this.descriptor.fields.length): Column[] {
    const { rows, from, sources } = this.#locate(ids, length, null);
    const result: Column[] = [];
    for (let c = 0; c < columnCount; c++) result.push(this.#gatherColumn(c, sources, from, rows, length));
    return result;
  }

  gatherWith(others: readonly Column[] | null, ids: Int32Array, length: number, wanted: readonly number[]): Column[] {
    const { rows, from, sources } = this.#locate(ids, length, others);
    if (others !== null && sources.length === 1) return wanted.map((c) => selectRows(others[c], rows, length));
    return wanted.map((c) => this.#gatherColumn(c, sources, from, rows, length));
  }

  /** Row `rows[i]` of `sources[from[i]]` is the row of `ids[i]`; `others`, if given, is the first source. */
  #locate(ids: Int32Array, length: number, others: readonly Column[] | null) {
    const rows = new Int32Array(length);
    const numberOf = new Map<number, number>();
    const sources: (readonly Column[])[] = others === null ? [] : [others];
    const from = new Int32Array(length);
    let lastNumber = -1;
    let last = 0;
    for (let i = 0; i < length; i++) {
      const id = ids[i];
      if (id < 0) {
        rows[i] = others === null ? -1 : ~id;
        continue;
      }
      const number = id >>> CHUNK_BITS;
      if (number !== lastNumber) {
        lastNumber = number;
        last = numberOf.get(number) ?? sources.push(this.chunks[number].batch.columns) - 1;
        numberOf.set(number, last);
      }
      from[i] = last;
      rows[i] = id & CHUNK_MASK;
    }
    return { rows, from, sources };
  }

  #gatherColumn(
    c: number,
    sources: readonly (readonly Column[])[],
    from: Int32Array,
    rows: Int32Array,
    length: number,
  ) {
    const views = sources.map((columns) => columns[c]);
    return gatherColumn(views, views.length > 1 ? from : null, rows, length, this.descriptor.fields[c].type);
  }

  *batches(): Generator<{ bucket: number; batch: RecordBatch }> {
    for (const number of this.bucketNumbers()) {
      const bucket = this.#buckets.get(number)!;
      const ids = new Int32Array(bucket.size);
      bucket.idsInto(ids);
      for (let from = 0; from < ids.length; from += MAX_BATCH_ROWS) {
        const part = ids.subarray(from, Math.min(ids.length, from + MAX_BATCH_ROWS));
        yield { bucket: number, batch: recordBatch(part.length, this.gather(part, part.length)) };
      }
    }
  }

  load(bucket: number, batch: RecordBatch): void {
    const rows = new Int32Array(batch.length);
    for (let i = 0; i < rows.length; i++) rows[i] = i;
    const hashes = new Int32Array(batch.length);
    hashRows(
      this.descriptor.key.map((column) => batch.columns[column]),
      batch.length,
      hashes,
    );
    this.append(bucket, batch.columns, rows, 0, batch.length, hashes);
  }
}
