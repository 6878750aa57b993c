/**
 * Rows in columns of chunks of CHUNK_ROWS rows, no object per row. A row's id is its chunk's number and its place in it; the
 * rows of a bucket with the same key hash are chained through their ids, newest first.
 *
 * Invariant  a chunk belongs to one bucket. A chunk whose rows are all gone is given back, but the bucket's last. From the first
 *            `findRow` or `remove` on (or from the start, by the descriptor) a bucket has chains by the hash of the whole row, too.
 * Cost       append, findRow, remove: O(1) per row, copying its values; texts that repeat stand once for all chunks. A look-up
 *            is O(rows of equal hash) in each bucket asked. `drop`: O(chunks of the bucket); chunks are used again.
 */
import { type Column, columnKindOf } from "../batch/column.ts";
import { gatherColumn, selectRows } from "../batch/gather.ts";
import { hashRow, hashRows } from "../batch/hash-rows.ts";
import { MAX_BATCH_ROWS, type RecordBatch, recordBatch } from "../batch/record-batch.ts";
import { ChunkBucket } from "./chunk-bucket.ts";
import { RowChunk } from "./row-chunk.ts";
import { CHUNK_BITS, CHUNK_MASK, CHUNK_ROWS } from "./row-id.ts";
import type { RowBucket, RowStore, RowStoreDescriptor } from "./row-store.ts";
import { SharedTexts, type TextPool } from "./shared-texts.ts";

export function createRowStore(descriptor: RowStoreDescriptor): RowStore {
  return new ChunkedRowStore(descriptor);
}

class ChunkedRowStore implements RowStore {
  readonly descriptor: RowStoreDescriptor;
  size = 0;
  readonly chunks: RowChunk[] = [];
  readonly #freeNumbers: number[] = [];
  readonly #pool: RowChunk[] = [];
  readonly #buckets = new Map<number, ChunkBucket>();
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
      bytes += bucket.byteSize;
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
    const bucket = this.#buckets.get(bucketNumber) ?? this.#addBucket(bucketNumber);
    const count = to - from;
    if (bucket.hasRowChains) {
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
    bucket.reserve(bucket.size + count);
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
      bucket.link(chunk, rows, ids, start, done, hashes, this.#rowHashes);
    }
    bucket.size += count;
  }

  #addBucket(number: number): ChunkBucket {
    const bucket = new ChunkBucket(number, this.chunks, this.#identityColumns, this.descriptor.isIndexed === true);
    this.#buckets.set(number, bucket);
    let at = this.#numbers.length;
    while (at > 0 && this.#numbers[at - 1] > number) at--;
    this.#numbers.splice(at, 0, number);
    return bucket;
  }

  #chunkWithRoom(bucket: ChunkBucket): RowChunk {
    const last = bucket.chunkNumbers.at(-1);
    if (last !== undefined && this.chunks[last].used < CHUNK_ROWS) return this.chunks[last];
    const chunk = this.#pool.pop() ?? new RowChunk(this.descriptor.fields, this.#texts);
    chunk.number = this.#freeNumbers.pop() ?? this.chunks.length;
    chunk.bucket = bucket.number;
    this.chunks[chunk.number] = chunk;
    bucket.chunkNumbers.push(chunk.number);
    return chunk;
  }

  findRow(bucketNumber: number, columns: readonly Column[], row: number): number {
    return this.#buckets.get(bucketNumber)?.findRow(columns, row) ?? -1;
  }

  findNextRow(id: number, columns: readonly Column[], row: number): number {
    return this.#buckets.get(this.bucketOf(id))?.findNextRow(id, columns, row) ?? -1;
  }

  newestSame(id: number): number {
    return this.#buckets.get(this.bucketOf(id))?.newestSame(id) ?? id;
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

  replace(
    bucketNumber: number,
    ids: Int32Array,
    columns: readonly Column[],
    rows: Int32Array,
    from: number,
    to: number,
  ): void {
    if (to === from) return;
    const bucket = this.#buckets.get(bucketNumber);
    const identity = columns.slice(0, this.#identityColumns);
    for (let done = from; done < to; ) {
      const number = ids[done] >>> CHUNK_BITS;
      const start = done;
      while (done < to && ids[done] >>> CHUNK_BITS === number) done++;
      const chunk = this.chunks[number];
      chunk.overwrite(columns, rows, ids, start, done);
      if (bucket?.hasRowChains !== true) continue;
      for (let i = start; i < done; i++) bucket.relink(ids[i], hashRow(identity, rows[i]));
    }
  }

  remove(bucketNumber: number, id: number): void {
    const bucket = this.#buckets.get(bucketNumber);
    if (bucket === undefined || id < 0) return;
    const chunk = this.chunks[id >>> CHUNK_BITS];
    const at = id & CHUNK_MASK;
    if (chunk.live[at] === 0) return;
    bucket.unlink(id);
    if (chunk.free < 0) bucket.freeChunks.push(chunk.number);
    chunk.erase(at);
    bucket.size--;
    this.size--;
    if (bucket.size === 0) this.drop(bucketNumber);
    else if (chunk.rows === 0 && bucket.chunkNumbers.at(-1) !== chunk.number) this.#giveBack(bucket, chunk);
  }

  /** Frees a chunk without rows. */
  #giveBack({ chunkNumbers, freeChunks }: ChunkBucket, chunk: RowChunk): void {
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
