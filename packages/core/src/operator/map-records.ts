/**
 * Map: each record through a function; event time and origin stay.
 *
 * State      none.
 * Cost       a call per record; one array per batch.
 */
import { NO_BATCHES, type RecordBatch, valueBatch, valuesOf } from "../batch/record-batch.ts";
import { RecordOutput } from "../record/record-output.ts";
import { selectRecords } from "../record/select-records.ts";
import { type ErrorPolicy, UserCode } from "../record/user-code.ts";
import type { Operator, OperatorContext } from "./operator.ts";

export interface MapRecordsSpec {
  readonly kind: "map-records";
  readonly map: (record: unknown) => unknown;
  readonly onError: ErrorPolicy;
  /** The side output for dead letters. */
  readonly deadLetters: number;
}

export function createMapRecords(spec: MapRecordsSpec, context: OperatorContext): Operator {
  return new MapRecords(spec, context);
}

class MapRecords implements Operator {
  readonly #map: MapRecordsSpec["map"];
  readonly #code: UserCode;
  readonly #deadLetters: RecordOutput;

  constructor({ map, onError, deadLetters }: MapRecordsSpec, context: OperatorContext) {
    this.#map = map;
    this.#deadLetters = new RecordOutput(deadLetters);
    this.#code = new UserCode(onError, context, this.#deadLetters);
  }

  onBatch(batch: RecordBatch): Iterable<RecordBatch> {
    const { length, timestamps, origin, watermarks } = batch;
    const results: unknown[] = new Array(length);
    const failed: number[] = [];
    let from = 0;
    while (from < length) from = this.#pass(batch, from, results, failed);
    if (failed.length === 0) return [valueBatch(length, results, timestamps, origin, 0, watermarks)];
    const rows: number[] = [];
    let next = 0;
    for (let row = 0; row < length; row++) {
      if (row === failed[next]) next++;
      else rows.push(row);
    }
    if (rows.length === 0) return this.#emit(null);
    return this.#emit(selectRecords(results, rows, rows.length, timestamps, origin, watermarks));
  }

  *#emit(kept: RecordBatch | null): Generator<RecordBatch> {
    if (kept !== null) yield kept;
    yield* this.#deadLetters.takeAll();
  }

  /** From record `from` to the end, or behind the first that fails. */
  #pass(batch: RecordBatch, from: number, results: unknown[], failed: number[]): number {
    const { length } = batch;
    const records = valuesOf(batch);
    const map = this.#map;
    let row = from;
    try {
      for (; row < length; row++) results[row] = map(records[row]);
      return length;
    } catch (error) {
      const again = () => {
        results[row] = map(records[row]);
      };
      this.#code.failed(error, batch, row, again, () => failed.push(row));
      return row + 1;
    }
  }

  onWatermark(): Iterable<RecordBatch> {
    return NO_BATCHES;
  }
}
