/**
 * Temporal join in event time: each row of the left with the version of the right that was valid at the row's time.
 *
 * A row of the right is a version of its key from its time on, until the next one; one that takes the row away (-D) ends it.
 * Rows that only announce an update (-U) say nothing new. Of two versions with one key and time the later to arrive counts.
 *
 * Invariant  left rows are joined when the watermark has reached their time, in the order of their times; a late one is joined
 *            at once with what is known. NULL keys match nothing.
 * State      left rows whose time has not come, bucket = time slice; versions of the right: those newer than the watermark
 *            and the last before it per key; the watermark.
 * Cost       O(log rows waiting) per left row and O(versions of its key); O(log) per right row.
 */
import type { Column, Float64Column } from "../batch/column.ts";
import { type Field, INT } from "../batch/data-type.ts";
import { selectRows } from "../batch/gather.ts";
import { hashRows } from "../batch/hash-rows.ts";
import type { PairPredicate } from "../batch/join-type.ts";
import { MAX_BATCH_ROWS, NO_BATCHES, type RecordBatch, recordBatch } from "../batch/record-batch.ts";
import { hasNull, sameKeys } from "../batch/row-keys.ts";
import { RowKind } from "../batch/row-kind.ts";
import { RowPairs } from "../batch/row-pairs.ts";
import { CHUNK_MASK } from "../state/row-id.ts";
import type { RowStore } from "../state/row-store.ts";
import type { OperatorValue } from "../state/state-backend.ts";
import { TimeQueue } from "../state/time-queue.ts";
import { MIN_TIMESTAMP, type Operator, type OperatorContext } from "./operator.ts";

export interface TemporalJoinSpec {
  readonly kind: "temporal-join";
  readonly joinType: "inner" | "left";
  readonly leftFields: readonly Field[];
  readonly rightFields: readonly Field[];
  /** Equal pairs; the right's identify what has versions. */
  readonly leftKeys: readonly number[];
  readonly rightKeys: readonly number[];
  /** Event time of each side, ms. */
  readonly leftTime: number;
  readonly rightTime: number;
}

/** Input 0: rows that are only added; input 1: a changelog. `residual` must hold for a pair besides the keys; null = nothing more. */
export function createTemporalJoin(
  spec: TemporalJoinSpec,
  context: OperatorContext,
  residual: PairPredicate | null = null,
): Operator {
  return new TemporalJoin(spec, context, residual);
}

/** Left rows of a slice are freed together. */
const SLICE_MS = 1000;
/** All versions stand in one bucket. */
const VERSIONS = 0;
/** In the last column of the stores: of a left row whether it has been joined; of a version what it is. */
const FLAG = { ...INT, nullable: false };
const JOINED = 1;
const DELETED = 1;
/** Another one of its key and time came after it. */
const SUPERSEDED = 2;

class TemporalJoin implements Operator {
  readonly #spec: TemporalJoinSpec;
  readonly #residual: PairPredicate | null;
  readonly #left: RowStore;
  readonly #right: RowStore;
  readonly #watermark: OperatorValue<number>;
  /** Left rows whose time has not come. */
  readonly #waiting = new TimeQueue();
  /** Versions newer than the watermark: when it reaches one, those before it go. */
  readonly #newer = new TimeQueue();
  #hashes = new Int32Array(MAX_BATCH_ROWS);
  #flags = new Float64Array(MAX_BATCH_ROWS);
  readonly #one = new Int32Array(1);
  readonly #oneId = new Int32Array(1);

  constructor(spec: TemporalJoinSpec, { state }: OperatorContext, residual: PairPredicate | null) {
    this.#spec = spec;
    this.#residual = residual;
    this.#left = state.rowStore({
      name: "left",
      fields: [...spec.leftFields, { name: "$joined", type: FLAG }],
      key: spec.leftKeys,
    });
    this.#right = state.rowStore({
      name: "right",
      fields: [...spec.rightFields, { name: "$state", type: FLAG }],
      key: spec.rightKeys,
    });
    this.#watermark = state.operatorValue<number>("watermark", MIN_TIMESTAMP, Math.min);
    this.#queueRestored();
  }

  #queueRestored(): void {
    for (const id of idsOf(this.#left)) {
      if (this.#flagOf(this.#left, id) === 0) this.#waiting.push(this.#timeOf(this.#left, this.#spec.leftTime, id), id);
    }
    for (const id of idsOf(this.#right)) {
      const time = this.#timeOf(this.#right, this.#spec.rightTime, id);
      if (time > this.#watermark.get()) this.#newer.push(time, id);
    }
  }

  #timeOf(store: RowStore, column: number, id: number): number {
    return (store.batchOf(id).columns[column] as Float64Column).values[id & CHUNK_MASK];
  }

  #flagOf(store: RowStore, id: number): number {
    return this.#timeOf(store, store.descriptor.fields.length - 1, id);
  }

  #setFlag(store: RowStore, id: number, flag: number): void {
    const column = store.batchOf(id).columns[store.descriptor.fields.length - 1] as Float64Column;
    column.values[id & CHUNK_MASK] = flag;
  }

  onBatch(batch: RecordBatch, input: number): Iterable<RecordBatch> {
    const { length } = batch;
    if (this.#hashes.length < length) {
      this.#hashes = new Int32Array(length);
      this.#flags = new Float64Array(length);
    }
    const keys = (input === 0 ? this.#spec.leftKeys : this.#spec.rightKeys).map((column) => batch.columns[column]);
    hashRows(keys, length, this.#hashes);
    if (input === 0) return this.#addLeft(batch, keys);
    this.#addVersions(batch, keys);
    return NO_BATCHES;
  }

  /** Keeps rows until their time; those that are late, or match nothing, come out at once. */
  *#addLeft(batch: RecordBatch, keys: readonly Column[]): Generator<RecordBatch> {
    const { columns, length } = batch;
    const times = columns[this.#spec.leftTime] as Float64Column;
    const watermark = this.#watermark.get();
    this.#flags.fill(0, 0, length);
    const stored = [...columns, { kind: "float64" as const, values: this.#flags, nulls: null }];
    const pairs = new RowPairs();
    for (let row = 0; row < length; row++) {
      const time = times.values[row];
      if (times.nulls?.[row] !== 1 && time > watermark && !hasNull(keys, row)) {
        this.#one[0] = row;
        this.#left.append(Math.floor(time / SLICE_MS), stored, this.#one, 0, 1, this.#hashes, this.#oneId);
        this.#waiting.push(time, this.#oneId[0]);
        continue;
      }
      const version = hasNull(keys, row) ? -1 : this.#versionFor(batch, row, this.#hashes[row], time);
      if (version < 0 && this.#spec.joinType === "inner") continue;
      if (pairs.push(row, version)) yield this.#emit(selectFrom(columns, pairs), pairs);
    }
    if (pairs.length > 0) yield this.#emit(selectFrom(columns, pairs), pairs);
  }

  #addVersions(batch: RecordBatch, keys: readonly Column[]): void {
    const { columns, kinds, length } = batch;
    const times = columns[this.#spec.rightTime] as Float64Column;
    const watermark = this.#watermark.get();
    const stored = [...columns, { kind: "float64" as const, values: this.#flags, nulls: null }];
    for (let row = 0; row < length; row++) {
      const kind = kinds === null ? RowKind.insert : kinds[row];
      if (kind === RowKind.updateBefore || times.nulls?.[row] === 1 || hasNull(keys, row)) continue;
      const time = times.values[row];
      const hash = this.#hashes[row];
      const same = this.#findVersion(batch, row, hash, time);
      // One that is queued goes when it is due.
      if (same >= 0 && time > watermark) this.#setFlag(this.#right, same, SUPERSEDED);
      else if (same >= 0) this.#right.remove(VERSIONS, same);
      this.#flags[row] = kind === RowKind.delete ? DELETED : 0;
      this.#one[0] = row;
      this.#right.append(VERSIONS, stored, this.#one, 0, 1, this.#hashes, this.#oneId);
      if (time > watermark) this.#newer.push(time, this.#oneId[0]);
      else this.#forgetBefore(this.#oneId[0], watermark, null);
    }
  }

  /** The version of a right row's key with exactly this time, -1 = none. */
  #findVersion(batch: RecordBatch, row: number, hash: number, time: number): number {
    const { rightKeys, rightTime } = this.#spec;
    const bucket = this.#right.bucket(VERSIONS);
    if (bucket === undefined) return -1;
    for (let id = bucket.find(hash); id >= 0; id = this.#right.next(id)) {
      if (this.#timeOf(this.#right, rightTime, id) !== time || this.#flagOf(this.#right, id) === SUPERSEDED) continue;
      if (this.#isOfKey(batch.columns, rightKeys, row, id)) return id;
    }
    return -1;
  }

  /** The version that is valid for a left row, -1 = none. */
  #versionFor(batch: RecordBatch, row: number, hash: number, time: number): number {
    const { leftKeys, rightTime } = this.#spec;
    const bucket = this.#right.bucket(VERSIONS);
    let found = -1;
    let since = Number.NEGATIVE_INFINITY;
    if (bucket === undefined) return found;
    for (let id = bucket.find(hash); id >= 0; id = this.#right.next(id)) {
      const from = this.#timeOf(this.#right, rightTime, id);
      if (from > time || (found >= 0 && from <= since) || this.#flagOf(this.#right, id) === SUPERSEDED) continue;
      if (!this.#isOfKey(batch.columns, leftKeys, row, id)) continue;
      found = id;
      since = from;
    }
    if (found < 0 || this.#flagOf(this.#right, found) === DELETED) return -1;
    const isMatch = this.#residual?.(batch, row, this.#right.batchOf(found), found & CHUNK_MASK) ?? true;
    return isMatch ? found : -1;
  }

  *onWatermark(watermark: number): Generator<RecordBatch> {
    const left = this.#left;
    const pairs = new RowPairs();
    const width = this.#spec.leftFields.length;
    while (this.#waiting.first <= watermark) {
      const time = this.#waiting.first;
      // Infinity, when none waits, is due at the last watermark.
      if (time === Number.POSITIVE_INFINITY) break;
      const id = this.#waiting.pop();
      const batch = left.batchOf(id);
      const at = id & CHUNK_MASK;
      this.#setFlag(left, id, JOINED);
      const version = this.#versionFor(batch, at, left.hashOf(id), time);
      if (version < 0 && this.#spec.joinType === "inner") continue;
      if (pairs.push(id, version)) yield this.#emit(left.gather(pairs.first, pairs.length, width), pairs);
    }
    if (pairs.length > 0) yield this.#emit(left.gather(pairs.first, pairs.length, width), pairs);
    for (;;) {
      const slice = left.firstBucket();
      if (slice === Number.POSITIVE_INFINITY || (slice + 1) * SLICE_MS > watermark) break;
      left.drop(slice);
    }
    const forgotten = new Set<number>();
    while (this.#newer.length > 0 && this.#newer.first <= watermark) {
      const version = this.#newer.pop();
      if (!forgotten.has(version)) this.#forgetBefore(version, watermark, forgotten);
    }
    this.#watermark.set(watermark);
  }

  /** Whether a version is of the key that stands at a row. */
  #isOfKey(columns: readonly Column[], keys: readonly number[], row: number, version: number): boolean {
    return sameKeys(
      columns,
      keys,
      row,
      this.#right.batchOf(version).columns,
      this.#spec.rightKeys,
      version & CHUNK_MASK,
    );
  }

  /** Frees the versions of a version's key that no row to come can want: all before the last one that is due. */
  #forgetBefore(version: number, watermark: number, forgotten: Set<number> | null): void {
    const { rightKeys, rightTime } = this.#spec;
    const right = this.#right;
    const { columns } = right.batchOf(version);
    let last = -1;
    let since = Number.NEGATIVE_INFINITY;
    const due: number[] = [];
    const hash = right.hashOf(version);
    for (let id = right.bucket(VERSIONS)?.find(hash) ?? -1; id >= 0; id = right.next(id)) {
      const from = this.#timeOf(right, rightTime, id);
      if (from > watermark || !this.#isOfKey(columns, rightKeys, version & CHUNK_MASK, id)) continue;
      due.push(id);
      if ((last >= 0 && from <= since) || this.#flagOf(right, id) === SUPERSEDED) continue;
      last = id;
      since = from;
    }
    for (const id of due) {
      if (id === last && this.#flagOf(right, id) !== DELETED) continue;
      right.remove(VERSIONS, id);
      forgotten?.add(id);
    }
  }

  #emit(own: Column[], pairs: RowPairs): RecordBatch {
    const { length, second } = pairs;
    const versions = this.#right.gather(second, length, this.#spec.rightFields.length);
    pairs.length = 0;
    return recordBatch(length, [...own, ...versions]);
  }
}

function selectFrom(columns: readonly Column[], pairs: RowPairs): Column[] {
  return columns.map((column) => selectRows(column, pairs.first, pairs.length));
}

function* idsOf(store: RowStore): Generator<number> {
  for (const number of store.bucketNumbers()) {
    const bucket = store.bucket(number);
    if (bucket === undefined) continue;
    const ids = new Int32Array(bucket.size);
    bucket.idsInto(ids);
    yield* ids;
  }
}
