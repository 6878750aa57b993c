import { MAX_BATCH_ROWS, type RecordBatch, type RowOrigin, valueBatch } from "../batch/record-batch.ts";

/**
 * Collects the records for one output of an operator and gives them as batches.
 *
 * Invariant  `take` gives everything in the order of `emit`, at most MAX_BATCH_ROWS at a time; what it gave is valid until the
 *            next call of `take`, as batches are borrowed.
 */
export class RecordOutput {
  readonly #output: number;
  #values: unknown[] = [];
  #timestamps: number[] = [];
  /** The record each row was made of, in the numbers of `#describe`; -1 = none. */
  #records: number[] = [];
  /** Event time in front of each row, from the first row that has one. */
  #watermarks: number[] = [];
  /** Event time in front of what is emitted from now on; -Infinity: nobody tells. */
  watermark = Number.NEGATIVE_INFINITY;
  #origin: RowOrigin | undefined = undefined;
  #row = -1;
  #taken = 0;

  /** `output`: 0 for the main output. */
  constructor(output = 0) {
    this.#output = output;
  }

  /** Rows that wait to be taken. */
  get length(): number {
    return this.#values.length - this.#taken;
  }

  get isFull(): boolean {
    return this.length >= MAX_BATCH_ROWS;
  }

  /** What is emitted from now on comes of row `row` of a batch with this origin; -1: of none. */
  at(origin: RowOrigin | undefined, row: number): void {
    this.#origin = origin;
    this.#row = row;
  }

  emit(value: unknown, timestamp: number): void {
    this.#values.push(value);
    this.#timestamps.push(timestamp);
    if (this.watermark !== Number.NEGATIVE_INFINITY) this.#watermarks[this.#values.length - 1] = this.watermark;
    if (this.#origin !== undefined) {
      const { records } = this.#origin;
      this.#records[this.#values.length - 1] = this.#row < 0 || records === null ? this.#row : records[this.#row];
    }
  }

  /** Takes back what was emitted since `length` was this. */
  rollBack(length: number): void {
    this.#values.length = this.#taken + length;
    this.#timestamps.length = this.#taken + length;
    this.#records.length = Math.min(this.#records.length, this.#taken + length);
    this.#watermarks.length = Math.min(this.#watermarks.length, this.#taken + length);
  }

  /** The next rows, null if there is none. */
  take(): RecordBatch | null {
    const length = Math.min(this.length, MAX_BATCH_ROWS);
    if (length === 0) {
      if (this.#taken > 0) this.#clear();
      return null;
    }
    const from = this.#taken;
    const to = from + length;
    this.#taken = to;
    const isWhole = from === 0 && to === this.#values.length;
    const values = isWhole ? this.#values : this.#values.slice(from, to);
    const timestamps = Float64Array.from(isWhole ? this.#timestamps : this.#timestamps.slice(from, to));
    const origin = this.#originOf(from, to);
    const batch = valueBatch(length, values, timestamps, origin, this.#output, this.#watermarksOf(from, to));
    if (to === this.#values.length) this.#clear();
    return batch;
  }

  /** All rows there are. */
  *takeAll(): Generator<RecordBatch> {
    for (let batch = this.take(); batch !== null; batch = this.take()) yield batch;
  }

  #originOf(from: number, to: number): RowOrigin | undefined {
    const describe = this.#origin?.describe;
    if (describe === undefined || this.#records.length === 0) return undefined;
    const records = new Int32Array(to - from).fill(-1);
    for (let i = from; i < Math.min(to, this.#records.length); i++) records[i - from] = this.#records[i] ?? -1;
    return { describe, records };
  }

  #watermarksOf(from: number, to: number): Float64Array | undefined {
    if (this.#watermarks.length <= from) return undefined;
    const watermarks = new Float64Array(to - from).fill(Number.NEGATIVE_INFINITY);
    for (let i = from; i < Math.min(to, this.#watermarks.length); i++) {
      watermarks[i - from] = this.#watermarks[i] ?? Number.NEGATIVE_INFINITY;
    }
    return watermarks;
  }

  #clear(): void {
    this.#values = [];
    this.#timestamps = [];
    this.#records = [];
    this.#watermarks = [];
    this.#taken = 0;
  }
}

/** Where a row was read; null if that is not known. */
export function positionOf(origin: RowOrigin | undefined, row: number): string | null {
  if (origin === undefined || row < 0) return null;
  const record = origin.records === null ? row : origin.records[row];
  return record < 0 ? null : origin.describe(record);
}
