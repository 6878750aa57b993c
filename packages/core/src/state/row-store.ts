/**
 * Rows by key, in buckets that are freed as a whole: the state of joins.
 *
 * Rows stand in columns of chunks of CHUNK_ROWS rows, no object per row. A row's id is its chunk's number and its place in
 * it; the rows of a bucket with the same key hash are chained through their ids, newest first.
 *
 * Invariant  a chunk belongs to one bucket; an id stays valid until its row is removed or its bucket dropped. A hash is
 *            never an identity: `find` and `next` give rows of equal hash, the caller compares keys (`sameValue`).
 * Cost       append, remove: O(1) per row, copying its values (strings into the chunk's arena). A look-up is O(rows of
 *            equal hash) in each bucket asked. `drop`: O(chunks of the bucket); chunks are used again.
 */
import type { Column } from "../batch/column.ts";
import type { Field } from "../batch/data-type.ts";
import { gatherColumn } from "../batch/gather.ts";
import { hashRows } from "../batch/hash-rows.ts";
import { MAX_BATCH_ROWS, type RecordBatch, recordBatch } from "../batch/record-batch.ts";
import { CHUNK_BITS, CHUNK_MASK, CHUNK_ROWS, RowChunk } from "./row-chunk.ts";

export interface RowStoreDescriptor {
  /** Unique within the operator; the name in snapshots. */
  readonly name: string;
  readonly fields: readonly Field[];
  /** Columns of `fields` that make up the key: they decide the hash chains and the key group of a row. */
  readonly key: readonly number[];
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
  /** Takes one row out. */
  remove(bucket: number, id: number): void;
  drop(bucket: number): void;
  /** The row's place in memory: `batchOf(id)` is its chunk as a batch (live, only for looking), `id & CHUNK_MASK` its row there. */
  batchOf(id: number): RecordBatch;
  hashOf(id: number): number;
  /** Next older row of the same bucket and hash, -1 = none. */
  next(id: number): number;
  /** The rows as new columns, id -1 = NULLs: all columns, or the first `columnCount`. */
  gather(ids: Int32Array, length: number, columnCount?: number): Column[];
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
  /** Removed rows, chained through `next`, -1 = none. */
  free = -1;

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
  readonly #vacant = new RowChunk([]);

  constructor(descriptor: RowStoreDescriptor) {
    this.descriptor = descriptor;
  }

  get byteSize(): number {
    let bytes = 0;
    for (const bucket of this.#buckets.values()) {
      bytes += bucket.heads.byteLength;
      for (const number of bucket.chunkNumbers) bytes += this.chunks[number].byteSize;
    }
    for (const chunk of this.#pool) bytes += chunk.byteSize;
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
      this.#buckets.set(bucketNumber, bucket);
      let at = this.#numbers.length;
      while (at > 0 && this.#numbers[at - 1] > bucketNumber) at--;
      this.#numbers.splice(at, 0, bucketNumber);
    }
    const count = to - from;
    if (ids === undefined) {
      if (this.#ids.length < to) this.#ids = new Int32Array(to);
      ids = this.#ids;
    }
    if (bucket.size + count > bucket.heads.length) this.#rehash(bucket, bucket.size + count);
    let done = from;
    while (done < to) {
      const chunk = bucket.free < 0 ? this.#chunkWithRoom(bucket) : this.chunks[bucket.free >>> CHUNK_BITS];
      const number = chunk.number;
      const start = done;
      if (bucket.free < 0) {
        const room = Math.min(CHUNK_ROWS - chunk.used, to - done);
        chunk.reserve(chunk.used + room);
        const first = (number << CHUNK_BITS) | chunk.used;
        for (let i = 0; i < room; i++) ids[done++] = first + i;
        chunk.used += room;
      } else {
        while (done < to && bucket.free >= 0 && bucket.free >>> CHUNK_BITS === number) {
          ids[done++] = bucket.free;
          bucket.free = chunk.next[bucket.free & CHUNK_MASK];
        }
      }
      chunk.write(columns, rows, ids, start, done);
      this.#link(bucket, chunk, rows, ids, start, done, hashes);
    }
    bucket.size += count;
    this.size += count;
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
  }

  #chunkWithRoom(bucket: Bucket): RowChunk {
    const last = bucket.chunkNumbers.at(-1);
    if (last !== undefined && this.chunks[last].used < CHUNK_ROWS) return this.chunks[last];
    const chunk = this.#pool.pop() ?? new RowChunk(this.descriptor.fields);
    chunk.number = this.#freeNumbers.pop() ?? this.chunks.length;
    this.chunks[chunk.number] = chunk;
    bucket.chunkNumbers.push(chunk.number);
    return chunk;
  }

  /** Doubles the head table and links all rows anew, oldest first so that chains stay newest first. */
  #rehash(bucket: Bucket, size: number): void {
    let length = bucket.heads.length;
    while (length < size) length *= 2;
    const heads = new Int32Array(length).fill(-1);
    bucket.heads = heads;
    const mask = length - 1;
    for (const number of bucket.chunkNumbers) {
      const { next, hashes, live, used } = this.chunks[number];
      const base = number << CHUNK_BITS;
      for (let at = 0; at < used; at++) {
        if (live[at] === 0) continue;
        const head = hashes[at] & mask;
        next[at] = heads[head];
        heads[head] = base | at;
      }
    }
  }

  remove(bucketNumber: number, id: number): void {
    const bucket = this.#buckets.get(bucketNumber);
    if (bucket === undefined) return;
    const chunk = this.chunks[id >>> CHUNK_BITS];
    const at = id & CHUNK_MASK;
    if (chunk.live[at] === 0) return;
    const head = chunk.hashes[at] & (bucket.heads.length - 1);
    let previous = bucket.heads[head];
    if (previous === id) bucket.heads[head] = chunk.next[at];
    else {
      while (previous >= 0 && this.linkOf(previous) !== id) previous = this.linkOf(previous);
      if (previous >= 0) this.chunks[previous >>> CHUNK_BITS].next[previous & CHUNK_MASK] = chunk.next[at];
    }
    chunk.erase(at);
    chunk.next[at] = bucket.free;
    bucket.free = id;
    bucket.size--;
    this.size--;
    if (bucket.size === 0) this.drop(bucketNumber);
  }

  /** Next row of the chain, whatever its hash. */
  linkOf(id: number): number {
    return this.chunks[id >>> CHUNK_BITS].next[id & CHUNK_MASK];
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
    const rows = new Int32Array(length);
    const numberOf = new Map<number, number>();
    const sources: RowChunk[] = [];
    const from = new Int32Array(length);
    let lastNumber = -1;
    let last = 0;
    for (let i = 0; i < length; i++) {
      if (ids[i] < 0) {
        rows[i] = -1;
        continue;
      }
      const number = ids[i] >>> CHUNK_BITS;
      if (number !== lastNumber) {
        lastNumber = number;
        last = numberOf.get(number) ?? sources.push(this.chunks[number]) - 1;
        numberOf.set(number, last);
      }
      from[i] = last;
      rows[i] = ids[i] & CHUNK_MASK;
    }
    const result: Column[] = [];
    for (let c = 0; c < columnCount; c++) {
      const views = sources.map((chunk) => chunk.batch.columns[c]);
      result.push(gatherColumn(views, views.length > 1 ? from : null, rows, length, this.descriptor.fields[c].type));
    }
    return result;
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
