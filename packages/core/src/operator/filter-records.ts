/**
 * Filter: the records that a predicate holds for.
 *
 * State      none.
 * Cost       a call per record; a batch that is kept whole is passed on as it is.
 */
import { MAX_BATCH_ROWS, NO_BATCHES, type RecordBatch, valuesOf } from "../batch/record-batch.ts";
import { RecordOutput } from "../record/record-output.ts";
import { selectRecords } from "../record/select-records.ts";
import { type ErrorPolicy, UserCode } from "../record/user-code.ts";
import type { Operator, OperatorContext } from "./operator.ts";

export interface FilterRecordsSpec {
  readonly kind: "filter-records";
  readonly keep: (record: unknown) => unknown;
  readonly onError: ErrorPolicy;
  /** The side output for dead letters. */
  readonly deadLetters: number;
}

export function createFilterRecords(spec: FilterRecordsSpec, context: OperatorContext): Operator {
  return new FilterRecords(spec, context);
}

class FilterRecords implements Operator {
  readonly #keep: FilterRecordsSpec["keep"];
  readonly #code: UserCode;
  readonly #deadLetters: RecordOutput;
  #rows = new Int32Array(MAX_BATCH_ROWS);
  #count = 0;

  constructor({ keep, onError, deadLetters }: FilterRecordsSpec, context: OperatorContext) {
    this.#keep = keep;
    this.#deadLetters = new RecordOutput(deadLetters);
    this.#code = new UserCode(onError, context, this.#deadLetters);
  }

  onBatch(batch: RecordBatch): Iterable<RecordBatch> {
    const { length, timestamps, origin, watermarks } = batch;
    if (this.#rows.length < length) this.#rows = new Int32Array(length);
    this.#count = 0;
    let from = 0;
    while (from < length) from = this.#pass(batch, from);
    if (this.#count === length) return [batch];
    const kept =
      this.#count === 0
        ? null
        : selectRecords(valuesOf(batch), this.#rows, this.#count, timestamps, origin, watermarks);
    if (this.#deadLetters.length > 0) return this.#emit(kept);
    return kept === null ? NO_BATCHES : [kept];
  }

  *#emit(kept: RecordBatch | null): Generator<RecordBatch> {
    if (kept !== null) yield kept;
    yield* this.#deadLetters.takeAll();
  }

  /** From record `from` to the end, or behind the first that fails. */
  #pass(batch: RecordBatch, from: number): number {
    const { length } = batch;
    const records = valuesOf(batch);
    const keep = this.#keep;
    const rows = this.#rows;
    let count = this.#count;
    let row = from;
    try {
      for (; row < length; row++) if (keep(records[row])) rows[count++] = row;
      this.#count = count;
      return length;
    } catch (error) {
      this.#count = count;
      const again = () => {
        if (keep(records[row])) rows[this.#count++] = row;
      };
      this.#code.failed(error, batch, row, again);
      return row + 1;
    }
  }

  onWatermark(): Iterable<RecordBatch> {
    return NO_BATCHES;
  }
}
