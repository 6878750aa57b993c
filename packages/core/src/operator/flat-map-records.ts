/**
 * Flat map: each record through a function that gives any number of records.
 *
 * Invariant  what the function gives is taken one by one, while the output has room: it may be large, a generator too.
 * State      none.
 * Cost       a call per record, a step of an iterator per result.
 */
import { NO_BATCHES, type RecordBatch, valuesOf } from "../batch/record-batch.ts";
import { RecordOutput } from "../record/record-output.ts";
import { type ErrorPolicy, UserCode } from "../record/user-code.ts";
import type { Operator, OperatorContext } from "./operator.ts";

export interface FlatMapRecordsSpec {
  readonly kind: "flat-map-records";
  readonly map: (record: unknown) => Iterable<unknown>;
  readonly onError: ErrorPolicy;
  /** The side output for dead letters. */
  readonly deadLetters: number;
}

export function createFlatMapRecords(spec: FlatMapRecordsSpec, context: OperatorContext): Operator {
  return new FlatMapRecords(spec, context);
}

class FlatMapRecords implements Operator {
  readonly #map: FlatMapRecordsSpec["map"];
  readonly #code: UserCode;
  readonly #output = new RecordOutput();
  readonly #deadLetters: RecordOutput;

  constructor({ map, onError, deadLetters }: FlatMapRecordsSpec, context: OperatorContext) {
    this.#map = map;
    this.#deadLetters = new RecordOutput(deadLetters);
    this.#code = new UserCode(onError, context, this.#deadLetters);
  }

  *onBatch(batch: RecordBatch): Generator<RecordBatch> {
    const { length, timestamps, origin, watermarks } = batch;
    const records = valuesOf(batch);
    const output = this.#output;
    for (let row = 0; row < length; row++) {
      const time = timestamps === null ? Number.NaN : timestamps[row];
      output.at(origin, row);
      if (watermarks !== undefined) output.watermark = watermarks[row];
      let start = output.length;
      let hasLeft = false;
      try {
        const results = this.#map(records[row]);
        if (Array.isArray(results)) for (let i = 0; i < results.length; i++) output.emit(results[i], time);
        else {
          for (const value of results) {
            output.emit(value, time);
            if (!output.isFull) continue;
            yield* output.takeAll();
            start = 0;
            hasLeft = true;
            output.at(origin, row);
          }
        }
      } catch (error) {
        const again = () => {
          // What has left cannot be taken back, and is not to come twice.
          if (hasLeft) throw error;
          output.rollBack(start);
          for (const value of this.#map(records[row])) output.emit(value, time);
        };
        this.#code.failed(error, batch, row, again, () => output.rollBack(start));
      }
      if (output.isFull) yield* output.takeAll();
    }
    output.watermark = Number.NEGATIVE_INFINITY;
    yield* output.takeAll();
    if (this.#deadLetters.length > 0) yield* this.#deadLetters.takeAll();
  }

  onWatermark(): Iterable<RecordBatch> {
    return NO_BATCHES;
  }
}
