/**
 * Join of two changelogs by equal keys, all rows kept in state: each change is joined with what the other side holds.
 *
 * Invariant  the output, materialised, is the join of the two materialised inputs so far. A side whose unmatched rows come
 *            out (or, of a semi or anti join, decide) stores with each row how many rows of the other side it matches:
 *            0 -> 1 takes the unmatched form back, 1 -> 0 brings it back; of a mark join both update the mark. NULL keys
 *            match nothing and are not stored, unless they are null-safe: then NULL equals NULL.
 *            With a time to live, rows that were not written for so long are forgotten, silently: no pair is taken back.
 * State      the rows of each side, equal rows as often as they came. With pruning, bucket = time slice, dropped as a whole
 *            once no row of it can match again; rows with a NULL time never match, by what pruning means.
 * Cost       O(1 + pairs of equal hash) per row and bucket of the other side (at most about ten, pruned; else one).
 *            Pruning is O(chunks dropped).
 */
import type { Column, Float64Column } from "../batch/column.ts";
import { type Field, INT } from "../batch/data-type.ts";
import { hashRows } from "../batch/hash-rows.ts";
import {
  isLeftOnly,
  type JoinType,
  keepsUnmatchedLeft,
  keepsUnmatchedRight,
  type PairPredicate,
} from "../batch/join-type.ts";
import { MAX_BATCH_ROWS, NO_BATCHES, type RecordBatch, recordBatch } from "../batch/record-batch.ts";
import { hasNull } from "../batch/row-keys.ts";
import { RowKind, rowKindSign } from "../batch/row-kind.ts";
import { KeptPairs, type KeptSide } from "../state/kept-pairs.ts";
import { CHUNK_MASK } from "../state/row-id.ts";
import type { OperatorValue } from "../state/state-backend.ts";
import { processingTimeOf, RowTtl, StateTtl, TtlSweep, WRITTEN_FIELD } from "../state/state-ttl.ts";
import { MIN_TIMESTAMP, type Operator, type OperatorContext } from "./operator.ts";

/** Rows whose `column` (ms) is < watermark + `offsetMs` (`<=` if inclusive) match no row that is still to come. */
export interface RowPruning {
  readonly column: number;
  readonly offsetMs: number;
  readonly inclusive: boolean;
}

export interface RegularJoinSpec {
  readonly kind: "regular-join";
  readonly joinType: JoinType;
  readonly leftFields: readonly Field[];
  readonly rightFields: readonly Field[];
  readonly leftKeys: readonly number[];
  readonly rightKeys: readonly number[];
  /** Per pair of keys: whether NULL equals NULL (IS NOT DISTINCT FROM); all false if absent. */
  readonly nullSafeKeys?: readonly boolean[];
  readonly leftPruning: RowPruning | null;
  readonly rightPruning: RowPruning | null;
  /** Processing time that a row lives from when it, or its count of matches, was written; for ever if absent. */
  readonly leftTtlMs?: number;
  readonly rightTtlMs?: number;
}

/** `residual` must hold for a pair besides the keys; null = nothing more. */
export function createRegularJoin(
  spec: RegularJoinSpec,
  context: OperatorContext,
  residual: PairPredicate | null = null,
): Operator {
  return new RegularJoin(spec, context, residual);
}

interface Side extends KeptSide {
  /** The keys in which NULL matches nothing. */
  readonly strictKeys: readonly number[];
  readonly pruning: RowPruning | null;
  readonly bucketMs: number;
  /** Column of the store that counts matches, -1 if it counts none. */
  readonly countColumn: number;
  /** Whether its rows come out unmatched. */
  readonly keepsUnmatched: boolean;
  readonly ttl: RowTtl | null;
}

/** About eight slices of what is kept, so that look-ups ask few buckets and little outlives its time. */
function bucketMsOf(pruning: RowPruning | null): number {
  return pruning === null ? 0 : Math.max(1000, Math.ceil(Math.abs(pruning.offsetMs) / 8));
}

class RegularJoin implements Operator {
  readonly #joinType: JoinType;
  readonly #pairs: KeptPairs;
  readonly #sides: readonly [Side, Side];
  readonly #watermark: OperatorValue<number>;
  readonly #sweep: TtlSweep | null = null;
  #hashes = new Int32Array(MAX_BATCH_ROWS);
  #rows = new Int32Array(MAX_BATCH_ROWS);
  #counts = new Float64Array(MAX_BATCH_ROWS);

  constructor(spec: RegularJoinSpec, context: OperatorContext, residual: PairPredicate | null) {
    this.#joinType = spec.joinType;
    const leftOnly = isLeftOnly(spec.joinType);
    const keepsLeft = keepsUnmatchedLeft(spec.joinType);
    const keepsRight = keepsUnmatchedRight(spec.joinType);
    const side = (
      name: string,
      fields: readonly Field[],
      keys: readonly number[],
      pruning: RowPruning | null,
      counts: boolean,
      keepsUnmatched: boolean,
      isEmitted: boolean,
      ttlMs: number | undefined,
    ): Side => {
      const counted = counts ? [...fields, { name: "$matches", type: INT }] : fields;
      const base = { name, key: keys, identityColumns: fields.length };
      const store = context.state.rowStore(
        ttlMs === undefined
          ? { ...base, fields: counted }
          : { ...base, fields: [...counted, WRITTEN_FIELD], isIndexed: true },
      );
      return {
        store,
        fields,
        keys,
        strictKeys: keys.filter((_, k) => spec.nullSafeKeys?.[k] !== true),
        pruning,
        bucketMs: bucketMsOf(pruning),
        countColumn: counts ? fields.length : -1,
        isEmitted,
        keepsUnmatched,
        ttl:
          ttlMs === undefined
            ? null
            : new RowTtl(new StateTtl(ttlMs, processingTimeOf(context)), store, counted.length),
      };
    };
    const { leftFields, rightFields, leftKeys, rightKeys, leftPruning, rightPruning, leftTtlMs, rightTtlMs } = spec;
    this.#sides = [
      side("left", leftFields, leftKeys, leftPruning, keepsLeft || leftOnly, keepsLeft, true, leftTtlMs),
      side("right", rightFields, rightKeys, rightPruning, keepsRight, keepsRight, !leftOnly, rightTtlMs),
    ];
    const ttls = this.#sides.map(({ ttl }) => ttl).filter((ttl) => ttl !== null);
    if (ttls.length > 0) this.#sweep = new TtlSweep(processingTimeOf(context), ttls);
    this.#pairs = new KeptPairs(this.#sides, residual);
    this.#watermark = context.state.operatorValue<number>("watermark", MIN_TIMESTAMP, Math.min);
  }

  *onBatch(batch: RecordBatch, input: number): Generator<RecordBatch> {
    const side = this.#sides[input];
    const { length } = batch;
    for (const { ttl } of this.#sides) ttl?.ttl.begin();
    if (this.#hashes.length < length) {
      this.#hashes = new Int32Array(length);
      this.#rows = new Int32Array(length);
      this.#counts = new Float64Array(length);
    }
    const keys = side.keys.map((column) => batch.columns[column]);
    hashRows(keys, length, this.#hashes);
    const strict = side.strictKeys.map((column) => batch.columns[column]).filter((key) => key.nulls !== null);
    const nullableKeys = strict.length > 0 ? strict : null;
    // The other side does not change meanwhile, so that the whole batch can be joined before it is stored.
    yield* this.#probe(batch, input, nullableKeys);
    this.#store(batch, side, nullableKeys);
  }

  onWatermark(watermark: number): Iterable<RecordBatch> {
    this.#watermark.set(watermark);
    for (const { store, pruning, bucketMs } of this.#sides) {
      if (pruning === null) continue;
      const limit = watermark + pruning.offsetMs;
      for (;;) {
        const number = store.firstBucket();
        if (number === Number.POSITIVE_INFINITY || (number + 1) * bucketMs > limit) break;
        store.drop(number);
      }
    }
    return NO_BATCHES;
  }

  onTimer(): Iterable<RecordBatch> {
    this.#sweep?.onTimer();
    return NO_BATCHES;
  }

  *#probe(batch: RecordBatch, input: number, nullableKeys: readonly Column[] | null): Generator<RecordBatch> {
    const side = this.#sides[input];
    const other = this.#sides[1 - input];
    const joinType = this.#joinType;
    const { kinds, length } = batch;
    const buckets = this.#pairs.buckets(input);
    const counts = this.#counts;
    if (buckets.length === 0 && !side.keepsUnmatched) {
      counts.fill(0, 0, length);
      return;
    }
    const hashes = this.#hashes;
    const { ttl } = other;
    const isPairEmitted = side.isEmitted && other.isEmitted;
    const output = new Changes();
    const isMark = joinType === "mark";
    for (let row = 0; row < length; row++) {
      const kind = kinds === null ? RowKind.insert : (kinds[row] as RowKind);
      const sign = rowKindSign[kind];
      const change = joinType === "inner" ? kind : sign > 0 ? RowKind.insert : RowKind.delete;
      let matches = 0;
      if (nullableKeys === null || !hasNull(nullableKeys, row)) {
        const hash = hashes[row];
        for (let b = 0; b < buckets.length; b++) {
          for (let id = buckets[b].find(hash); id >= 0; id = other.store.next(id)) {
            if (!this.#pairs.matches(batch, row, id, input)) continue;
            if (ttl?.hasPassed(id) === true) continue;
            matches++;
            if (isPairEmitted && sign < 0 && output.push(row, id, change)) yield this.#emit(batch, input, output);
            if (other.countColumn >= 0) {
              const before = addToCount(other, id, sign);
              const hasTurned = sign > 0 ? before === 0 : before === 1;
              // Of a semi join the first match brings the row; of all others it takes the unmatched form back.
              const turn = (joinType === "semi") === sign > 0 ? RowKind.insert : RowKind.delete;
              if (!hasTurned) {
                // The row stays as it is.
              } else if (isMark) {
                if (output.push(-1, id, RowKind.updateBefore, sign < 0)) yield this.#emit(batch, input, output);
                if (output.push(-1, id, RowKind.updateAfter, sign > 0)) yield this.#emit(batch, input, output);
              } else if (output.push(-1, id, turn)) yield this.#emit(batch, input, output);
            }
            if (isPairEmitted && sign > 0 && output.push(row, id, change)) yield this.#emit(batch, input, output);
          }
        }
      }
      counts[row] = matches;
      if (isMark && input === 0) {
        if (output.push(row, -1, kind, matches > 0)) yield this.#emit(batch, input, output);
        continue;
      }
      const isAloneEmitted = joinType === "semi" && input === 0 ? matches > 0 : side.keepsUnmatched && matches === 0;
      if (isAloneEmitted && output.push(row, -1, change)) yield this.#emit(batch, input, output);
    }
    if (output.length > 0) yield this.#emit(batch, input, output);
  }

  #emit(batch: RecordBatch, input: number, output: Changes): RecordBatch {
    const { length } = output;
    // A semi, anti or mark join's left row stands alone: its columns come from the one side that has it.
    const columns = this.#pairs.columns(batch, input, output.rows, output.ids, length);
    if (this.#joinType === "mark") columns.push({ kind: "bool", values: output.marks.slice(0, length), nulls: null });
    const kinds = output.hasOnlyInserts ? null : output.kinds.slice(0, length);
    output.clear();
    return recordBatch(length, columns, kinds);
  }

  #store(batch: RecordBatch, side: Side, nullableKeys: readonly Column[] | null): void {
    const { kinds, length } = batch;
    const { pruning, bucketMs, store } = side;
    const rows = this.#rows;
    const time = pruning === null ? null : (batch.columns[pruning.column] as Float64Column);
    const limit = pruning === null ? 0 : this.#watermark.get() + pruning.offsetMs;
    const columns: Column[] = [...batch.columns];
    if (side.countColumn >= 0) columns.push({ kind: "float64", values: this.#counts, nulls: null });
    if (side.ttl !== null) {
      columns.push({ kind: "float64", values: new Float64Array(length).fill(side.ttl.ttl.now), nulls: null });
    }
    let count = 0;
    let bucket = 0;
    for (let row = 0; row < length; row++) {
      if (nullableKeys !== null && hasNull(nullableKeys, row)) continue;
      let rowBucket = 0;
      if (time !== null && pruning !== null) {
        if (time.nulls !== null && time.nulls[row] === 1) continue;
        const at = time.values[row];
        if (pruning.inclusive ? at <= limit : at < limit) continue;
        rowBucket = Math.floor(at / bucketMs);
      }
      const isInsert = kinds === null || rowKindSign[kinds[row]] > 0;
      if (count > 0 && (rowBucket !== bucket || !isInsert)) {
        store.append(bucket, columns, rows, 0, count, this.#hashes);
        count = 0;
      }
      bucket = rowBucket;
      side.ttl?.forgetSame(bucket, batch.columns, row);
      if (isInsert) rows[count++] = row;
      else this.#take(side, bucket, batch.columns, row);
    }
    if (count > 0) store.append(bucket, columns, rows, 0, count, this.#hashes);
  }

  #take({ store, ttl }: Side, bucket: number, columns: readonly Column[], row: number): void {
    store.remove(bucket, store.findRow(bucket, columns, row));
    if (ttl === null) return;
    // Those that are the same count as written.
    const same = store.findRow(bucket, columns, row);
    if (same >= 0) ttl.touch(same);
  }
}

/** The count before the addition. */
function addToCount(side: Side, id: number, change: number): number {
  const { values } = side.store.batchOf(id).columns[side.countColumn] as Float64Column;
  const at = id & CHUNK_MASK;
  const before = values[at];
  values[at] = before + change;
  side.ttl?.touch(id);
  return before;
}

/** Rows to emit: a row of the batch (-1 = NULLs), a stored row (-1 = NULLs), a kind, the mark of a mark join. */
class Changes {
  readonly rows = new Int32Array(MAX_BATCH_ROWS);
  readonly ids = new Int32Array(MAX_BATCH_ROWS);
  readonly kinds = new Uint8Array(MAX_BATCH_ROWS);
  readonly marks = new Uint8Array(MAX_BATCH_ROWS);
  length = 0;
  hasOnlyInserts = true;

  /** True when a batch is full. */
  push(row: number, id: number, kind: RowKind, mark = false): boolean {
    this.rows[this.length] = row;
    this.marks[this.length] = mark ? 1 : 0;
    this.ids[this.length] = id;
    this.kinds[this.length++] = kind;
    if (kind !== RowKind.insert) this.hasOnlyInserts = false;
    return this.length === MAX_BATCH_ROWS;
  }

  clear(): void {
    this.length = 0;
    this.hasOnlyInserts = true;
  }
}
