/**
 * Rows by key, in buckets that are freed as a whole: the state of joins. See chunked-row-store.ts for how they are kept.
 *
 * Invariant  an id stays valid until its row is removed or its bucket dropped. A hash is never an identity: `find` and `next`
 *            give rows of equal hash, the caller compares keys (`sameValue`).
 */
import type { Column } from "../batch/column.ts";
import type { Field } from "../batch/data-type.ts";
import type { RecordBatch } from "../batch/record-batch.ts";

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
