/**
 * Window join: rows of both inputs with the same window and equal keys, once the watermark passes the window's end.
 *
 * Invariant  stored rows belong to windows with `end - 1 > watermark`; a row of an earlier window is late and only counted.
 *            NULL keys match nothing. Windows come out in the order of their ends.
 * State      the rows of each side, bucket = window end, chained by keys and window start; the watermark.
 * Cost       O(1) per row in; per window O(left rows + pairs of equal hash); freeing a window is O(its chunks).
 */
import type { Column, Float64Column } from "../batch/column.ts";
import type { Field } from "../batch/data-type.ts";
import { hashRows } from "../batch/hash-rows.ts";
import { type JoinType, keepsUnmatchedLeft, keepsUnmatchedRight, type PairPredicate } from "../batch/join-type.ts";
import { MAX_BATCH_ROWS, type RecordBatch, recordBatch } from "../batch/record-batch.ts";
import { hasNull, sameKeys } from "../batch/row-keys.ts";
import { RowPairs } from "../batch/row-pairs.ts";
import type { Counter } from "../metrics.ts";
import { CHUNK_BITS, CHUNK_MASK, CHUNK_ROWS } from "../state/row-id.ts";
import type { RowBucket, RowStore } from "../state/row-store.ts";
import type { OperatorValue } from "../state/state-backend.ts";
import { MIN_TIMESTAMP, type Operator, type OperatorContext } from "./operator.ts";

export interface WindowColumns {
  readonly startColumn: number;
  readonly endColumn: number;
}

export interface WindowJoinSpec {
  readonly kind: "window-join";
  readonly joinType: JoinType;
  readonly leftFields: readonly Field[];
  readonly rightFields: readonly Field[];
  /** Equal pairs besides the window. */
  readonly leftKeys: readonly number[];
  readonly rightKeys: readonly number[];
  readonly leftWindow: WindowColumns;
  readonly rightWindow: WindowColumns;
}

/** `residual` must hold for a pair besides window and keys; null = nothing more. */
export function createWindowJoin(
  spec: WindowJoinSpec,
  context: OperatorContext,
  residual: PairPredicate | null = null,
): Operator {
  return new WindowJoin(spec, context, residual);
}

interface Side {
  readonly store: RowStore;
  /** Keys and window start: what the rows of a pair share within a bucket. */
  readonly matchColumns: readonly number[];
  readonly keys: readonly number[];
  readonly endColumn: number;
  readonly keepsUnmatched: boolean;
}

class WindowJoin implements Operator {
  readonly #spec: WindowJoinSpec;
  readonly #residual: PairPredicate | null;
  readonly #left: Side;
  readonly #right: Side;
  readonly #late: Counter;
  readonly #watermark: OperatorValue<number>;
  #hashes = new Int32Array(MAX_BATCH_ROWS);
  #rows = new Int32Array(MAX_BATCH_ROWS);

  constructor(spec: WindowJoinSpec, context: OperatorContext, residual: PairPredicate | null) {
    this.#spec = spec;
    this.#residual = residual;
    const side = (
      name: string,
      fields: readonly Field[],
      keys: readonly number[],
      window: WindowColumns,
      keepsUnmatched: boolean,
    ): Side => {
      const matchColumns = [...keys, window.startColumn];
      // The key group follows the equal keys alone, as the exchange before this operator does.
      const store = context.state.rowStore({ name, fields, key: keys });
      return { store, matchColumns, keys, endColumn: window.endColumn, keepsUnmatched };
    };
    this.#left = side("left", spec.leftFields, spec.leftKeys, spec.leftWindow, keepsUnmatchedLeft(spec.joinType));
    this.#right = side("right", spec.rightFields, spec.rightKeys, spec.rightWindow, keepsUnmatchedRight(spec.joinType));
    this.#late = context.metrics.counter("numLateRecordsDropped");
    this.#watermark = context.state.operatorValue<number>("watermark", MIN_TIMESTAMP, Math.min);
  }

  *onBatch(batch: RecordBatch, input: number): Generator<RecordBatch> {
    const side = input === 0 ? this.#left : this.#right;
    const { length, columns } = batch;
    if (this.#rows.length < length) {
      this.#rows = new Int32Array(length);
      this.#hashes = new Int32Array(length);
    }
    const rows = this.#rows;
    const keys = side.keys.map((column) => columns[column]);
    hashRows(keys, length, this.#hashes);
    const ends = (columns[side.endColumn] as Float64Column).values;
    const watermark = this.#watermark.get();
    let count = 0;
    for (let row = 0; row < length; row++) {
      if (ends[row] - 1 <= watermark) this.#late.value++;
      else if (side.keepsUnmatched || !hasNull(keys, row)) rows[count++] = row;
    }
    // One append per run of rows of the same window.
    for (let from = 0; from < count; ) {
      const end = ends[rows[from]];
      let to = from + 1;
      while (to < count && ends[rows[to]] === end) to++;
      side.store.append(end, columns, rows, from, to, this.#hashes);
      from = to;
    }
  }

  *onWatermark(watermark: number): Generator<RecordBatch> {
    const { store: left } = this.#left;
    const { store: right } = this.#right;
    for (;;) {
      const end = Math.min(left.firstBucket(), right.firstBucket());
      // Infinity, when nothing is stored, is due at the last watermark.
      if (end === Number.POSITIVE_INFINITY || end - 1 > watermark) break;
      yield* this.#join(left.bucket(end), right.bucket(end));
      left.drop(end);
      right.drop(end);
    }
    this.#watermark.set(watermark);
  }

  *#join(left: RowBucket | undefined, right: RowBucket | undefined): Generator<RecordBatch> {
    const { joinType } = this.#spec;
    const pairs = new RowPairs();
    const matchedRight = new ChunkMarks();
    const leftOnly = joinType === "semi" || joinType === "anti";
    const { store: leftStore } = this.#left;
    const { store: rightStore } = this.#right;
    if (left !== undefined && (right !== undefined || this.#left.keepsUnmatched)) {
      const leftIds = new Int32Array(left.size);
      left.idsInto(leftIds);
      for (const leftId of leftIds) {
        const leftBatch = leftStore.batchOf(leftId);
        const l = leftId & CHUNK_MASK;
        let isMatched = false;
        let rightId = -1;
        if (right !== undefined && !this.#hasNullKey(leftBatch, l)) rightId = right.find(leftStore.hashOf(leftId));
        for (; rightId >= 0; rightId = rightStore.next(rightId)) {
          if (!this.#matches(leftBatch, l, rightStore.batchOf(rightId), rightId & CHUNK_MASK)) continue;
          isMatched = true;
          if (leftOnly) break;
          if (this.#right.keepsUnmatched) matchedRight.add(rightId);
          if (pairs.push(leftId, rightId)) yield this.#emit(pairs);
        }
        const emitsLeft = leftOnly ? isMatched === (joinType === "semi") : !isMatched && this.#left.keepsUnmatched;
        if (emitsLeft && pairs.push(leftId, -1)) yield this.#emit(pairs);
      }
    }
    if (right !== undefined && this.#right.keepsUnmatched) {
      const rightIds = new Int32Array(right.size);
      right.idsInto(rightIds);
      for (const rightId of rightIds) {
        if (!matchedRight.has(rightId) && pairs.push(-1, rightId)) yield this.#emit(pairs);
      }
    }
    if (pairs.length > 0) yield this.#emit(pairs);
  }

  #hasNullKey(left: RecordBatch, l: number): boolean {
    for (const key of this.#left.keys) {
      const { nulls } = left.columns[key];
      if (nulls !== null && nulls[l] === 1) return true;
    }
    return false;
  }

  #matches(left: RecordBatch, l: number, right: RecordBatch, r: number): boolean {
    const leftColumns = this.#left.matchColumns;
    const rightColumns = this.#right.matchColumns;
    if (!sameKeys(left.columns, leftColumns, l, right.columns, rightColumns, r)) return false;
    return this.#residual === null || this.#residual(left, l, right, r);
  }

  #emit(pairs: RowPairs): RecordBatch {
    const columns: Column[] = this.#left.store.gather(pairs.first, pairs.length);
    if (this.#spec.joinType !== "semi" && this.#spec.joinType !== "anti") {
      columns.push(...this.#right.store.gather(pairs.second, pairs.length));
    }
    const batch = recordBatch(pairs.length, columns);
    pairs.length = 0;
    return batch;
  }
}

/** A set of row ids, a byte per row of the chunks that hold one. */
class ChunkMarks {
  readonly #marks = new Map<number, Uint8Array>();

  add(id: number): void {
    let marks = this.#marks.get(id >>> CHUNK_BITS);
    if (marks === undefined) {
      marks = new Uint8Array(CHUNK_ROWS);
      this.#marks.set(id >>> CHUNK_BITS, marks);
    }
    marks[id & CHUNK_MASK] = 1;
  }

  has(id: number): boolean {
    return this.#marks.get(id >>> CHUNK_BITS)?.[id & CHUNK_MASK] === 1;
  }
}
