/**
 * Interval join: rows of two streams with equal keys whose times lie close: left + lower <= right <= left + upper.
 *
 * Invariant  a row is kept until the watermark tells that no partner of it is still to come, but an eighth of the interval
 *            longer at most; rows that no partner was found for come out, padded with NULLs, when they are given up. So
 *            nothing that was emitted is taken back. A late row is joined with what is kept, and is kept itself only if a
 *            partner may still come. NULL keys and times match nothing.
 * State      the rows of each side, bucket = time slice, a side whose unmatched rows come out with a mark for each matched one;
 *            the watermark.
 * Cost       per row O(1 + pairs of equal hash) in each of about ten slices; giving up a slice is O(its rows) if its
 *            unmatched rows come out, else O(its chunks).
 */
import type { Column, Float64Column } from "../batch/column.ts";
import { type Field, INT } from "../batch/data-type.ts";
import { hashRows } from "../batch/hash-rows.ts";
import { keepsUnmatchedLeft, keepsUnmatchedRight, type PairPredicate } from "../batch/join-type.ts";
import { MAX_BATCH_ROWS, type RecordBatch, recordBatch } from "../batch/record-batch.ts";
import { hasNull } from "../batch/row-keys.ts";
import { RowPairs } from "../batch/row-pairs.ts";
import { KeptPairs, type KeptSide } from "../state/kept-pairs.ts";
import { CHUNK_MASK } from "../state/row-id.ts";
import type { RowBucket } from "../state/row-store.ts";
import type { OperatorValue } from "../state/state-backend.ts";
import { MIN_TIMESTAMP, type Operator, type OperatorContext } from "./operator.ts";

export interface IntervalJoinSpec {
  readonly kind: "interval-join";
  readonly joinType: "inner" | "left" | "right" | "full";
  readonly leftFields: readonly Field[];
  readonly rightFields: readonly Field[];
  readonly leftKeys: readonly number[];
  readonly rightKeys: readonly number[];
  /** Event time of each side, ms. */
  readonly leftTime: number;
  readonly rightTime: number;
  /** right - left is at least this, ms. State alone goes by it: what must hold exactly is part of the residual. */
  readonly lowerMs: number;
  /** right - left is at most this, ms. */
  readonly upperMs: number;
}

/** `residual` must hold for a pair besides the keys, the bounds in time included. */
export function createIntervalJoin(
  spec: IntervalJoinSpec,
  context: OperatorContext,
  residual: PairPredicate | null,
): Operator {
  return new IntervalJoin(spec, context, residual);
}

interface Side extends KeptSide {
  readonly time: number;
  /** A partner's time minus the row's is within these. */
  readonly from: number;
  readonly to: number;
  readonly keepsUnmatched: boolean;
}

class IntervalJoin implements Operator {
  readonly #pairs: KeptPairs;
  readonly #sides: readonly [Side, Side];
  readonly #bucketMs: number;
  readonly #watermark: OperatorValue<number>;
  /** A pair's older row, and a row that is given up, are so much older than the watermark at most. */
  readonly watermarkDelayMs: number;
  #hashes = new Int32Array(MAX_BATCH_ROWS);
  #order = new Int32Array(MAX_BATCH_ROWS);
  #marks = new Float64Array(MAX_BATCH_ROWS);

  constructor(spec: IntervalJoinSpec, context: OperatorContext, residual: PairPredicate | null) {
    const { joinType, lowerMs, upperMs } = spec;
    this.#bucketMs = Math.max(1, Math.ceil((upperMs - lowerMs) / 8));
    const side = (
      name: string,
      fields: readonly Field[],
      keys: readonly number[],
      time: number,
      bounds: readonly [number, number],
      keepsUnmatched: boolean,
    ): Side => ({
      store: context.state.rowStore({
        name,
        fields: keepsUnmatched ? [...fields, { name: "$matched", type: INT }] : fields,
        key: keys,
      }),
      fields,
      keys,
      time,
      from: bounds[0],
      to: bounds[1],
      isEmitted: true,
      keepsUnmatched,
    });
    const keepsLeft = keepsUnmatchedLeft(joinType);
    const keepsRight = keepsUnmatchedRight(joinType);
    this.#sides = [
      side("left", spec.leftFields, spec.leftKeys, spec.leftTime, [lowerMs, upperMs], keepsLeft),
      side("right", spec.rightFields, spec.rightKeys, spec.rightTime, [-upperMs, -lowerMs], keepsRight),
    ];
    this.#pairs = new KeptPairs(this.#sides, residual);
    this.#watermark = context.state.operatorValue<number>("watermark", MIN_TIMESTAMP, Math.min);
    const held = keepsLeft || keepsRight ? this.#bucketMs : 0;
    this.watermarkDelayMs = Math.max(0, upperMs + held, -lowerMs + held);
  }

  *onBatch(batch: RecordBatch, input: number): Generator<RecordBatch> {
    const side = this.#sides[input];
    const { columns, length } = batch;
    if (this.#hashes.length < length) {
      this.#hashes = new Int32Array(length);
      this.#order = new Int32Array(length);
      this.#marks = new Float64Array(length);
    }
    hashRows(
      side.keys.map((column) => columns[column]),
      length,
      this.#hashes,
    );
    // The other side does not change meanwhile, so that the whole batch can be joined before it is stored.
    yield* this.#probe(batch, input);
    this.#store(batch, side);
  }

  *#probe(batch: RecordBatch, input: number): Generator<RecordBatch> {
    const side = this.#sides[input];
    const other = this.#sides[1 - input];
    const { columns, length } = batch;
    const times = columns[side.time] as Float64Column;
    const nullable = [...side.keys, side.time].map((column) => columns[column]).filter(({ nulls }) => nulls !== null);
    const watermark = this.#watermark.get();
    const bucketMs = this.#bucketMs;
    const buckets = this.#pairs.buckets(input);
    const output = new RowPairs();
    const marks = this.#marks;
    for (let row = 0; row < length; row++) {
      let isMatched = false;
      const canMatch = nullable.length === 0 || !hasNull(nullable, row);
      const time = times.values[row];
      if (canMatch) {
        const hash = this.#hashes[row];
        for (let b = 0; b < buckets.length; b++) {
          const bucket = buckets[b];
          const start = bucket.number * bucketMs;
          if (start > time + side.to) break;
          if (start + bucketMs <= time + side.from) continue;
          for (let id = bucket.find(hash); id >= 0; id = other.store.next(id)) {
            if (!this.#pairs.matches(batch, row, id, input)) continue;
            isMatched = true;
            if (other.keepsUnmatched) {
              const matched = other.store.batchOf(id).columns[other.fields.length] as Float64Column;
              matched.values[id & CHUNK_MASK] = 1;
            }
            if (output.push(row, id)) yield this.#joined(batch, input, output);
          }
        }
      }
      marks[row] = isMatched ? 1 : 0;
      if (isMatched || !side.keepsUnmatched || (canMatch && time + side.to > watermark)) continue;
      if (output.push(row, -1)) yield this.#joined(batch, input, output);
    }
    if (output.length > 0) yield this.#joined(batch, input, output);
  }

  /** Keeps the rows that a partner may still come for. */
  #store(batch: RecordBatch, side: Side): void {
    const { length } = batch;
    const times = batch.columns[side.time] as Float64Column;
    const nullable = [...side.keys, side.time]
      .map((column) => batch.columns[column])
      .filter(({ nulls }) => nulls !== null);
    const watermark = this.#watermark.get();
    const columns: Column[] = [...batch.columns];
    if (side.keepsUnmatched) columns.push({ kind: "float64", values: this.#marks, nulls: null });
    const rows = this.#order;
    let count = 0;
    let bucket = 0;
    for (let row = 0; row < length; row++) {
      const time = times.values[row];
      if (time + side.to <= watermark || hasNull(nullable, row)) continue;
      const own = Math.floor(time / this.#bucketMs);
      if (count > 0 && own !== bucket) {
        side.store.append(bucket, columns, rows, 0, count, this.#hashes);
        count = 0;
      }
      bucket = own;
      rows[count++] = row;
    }
    if (count > 0) side.store.append(bucket, columns, rows, 0, count, this.#hashes);
  }

  *onWatermark(watermark: number): Generator<RecordBatch> {
    for (const input of [0, 1]) {
      const side = this.#sides[input];
      for (;;) {
        const number = side.store.firstBucket();
        // Infinity, when nothing is kept, is due at the last watermark.
        if (number === Number.POSITIVE_INFINITY || (number + 1) * this.#bucketMs + side.to > watermark) break;
        if (side.keepsUnmatched) yield* this.#givenUp(side, side.store.bucket(number)!, input);
        side.store.drop(number);
      }
    }
    this.#watermark.set(watermark);
  }

  *#givenUp(side: Side, bucket: RowBucket, input: number): Generator<RecordBatch> {
    const { store, fields } = side;
    const ids = new Int32Array(bucket.size);
    bucket.idsInto(ids);
    let count = 0;
    for (const id of ids) {
      const matched = store.batchOf(id).columns[fields.length] as Float64Column;
      if (matched.values[id & CHUNK_MASK] === 0) ids[count++] = id;
    }
    const other = this.#sides[1 - input];
    const none = new Int32Array(Math.min(count, MAX_BATCH_ROWS)).fill(-1);
    for (let from = 0; from < count; from += MAX_BATCH_ROWS) {
      const part = ids.subarray(from, Math.min(count, from + MAX_BATCH_ROWS));
      const own = store.gather(part, part.length, fields.length);
      const others = other.store.gather(none, part.length, other.fields.length);
      yield recordBatch(part.length, input === 0 ? [...own, ...others] : [...others, ...own]);
    }
  }

  #joined(batch: RecordBatch, input: number, output: RowPairs): RecordBatch {
    const { first, second, length } = output;
    output.length = 0;
    return recordBatch(length, this.#pairs.columns(batch, input, first, second, length));
  }
}
