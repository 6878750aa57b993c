/**
 * Running aggregates of records: each record gives the results of its key so far.
 *
 * State      one table from the key to the accumulators.
 * Cost       one look-up per record, a call per aggregate, and the result.
 */
import { NO_BATCHES, type RecordBatch } from "../batch/record-batch.ts";
import { Accumulators, type AnyAggregate } from "../record/accumulators.ts";
import { VALUE_TYPE } from "../record/keyed-state.ts";
import { RecordOutput } from "../record/record-output.ts";
import { type ErrorPolicy, UserCode } from "../record/user-code.ts";
import type { StateTable } from "../state/state-backend.ts";
import type { Operator, OperatorContext } from "./operator.ts";

export interface AggregateRecordsSpec {
  readonly kind: "aggregate-records";
  readonly keyOf: (record: unknown) => unknown;
  readonly aggregates: readonly AnyAggregate[];
  /** Makes what is emitted. */
  readonly resultOf: (key: unknown, results: readonly unknown[]) => unknown;
  readonly onError: ErrorPolicy;
  /** The side output for dead letters. */
  readonly deadLetters: number;
}

export function createAggregateRecords(spec: AggregateRecordsSpec, context: OperatorContext): Operator {
  return new AggregateRecords(spec, context);
}

class AggregateRecords implements Operator {
  readonly #spec: AggregateRecordsSpec;
  readonly #accumulators: Accumulators;
  readonly #table: StateTable;
  readonly #main = new RecordOutput();
  readonly #deadLetters: RecordOutput;
  readonly #code: UserCode;

  constructor(spec: AggregateRecordsSpec, context: OperatorContext) {
    this.#spec = spec;
    this.#accumulators = new Accumulators(spec.aggregates);
    this.#table = context.state.table({
      name: "aggregates",
      key: [{ name: "key", type: VALUE_TYPE }],
      values: this.#accumulators.fields,
    });
    this.#deadLetters = new RecordOutput(spec.deadLetters);
    this.#code = new UserCode(spec.onError, context, this.#deadLetters);
  }

  onBatch(batch: RecordBatch): Iterable<RecordBatch> {
    const { origin, watermarks } = batch;
    this.#code.each(batch, (record, time, row) => {
      this.#main.at(origin, row);
      if (watermarks !== undefined) this.#main.watermark = watermarks[row];
      this.#take(record, time);
    });
    this.#main.watermark = Number.NEGATIVE_INFINITY;
    return this.#takeAll();
  }

  #take(record: unknown, time: number): void {
    const key = this.#spec.keyOf(record);
    this.#accumulators.read(record);
    const table = this.#table;
    const slot = this.#accumulators.addTo(table, key, time);
    this.#main.emit(this.#spec.resultOf(table.keyAt(slot), this.#accumulators.resultsAt(table.columns, slot)), time);
  }

  *#takeAll(): Generator<RecordBatch> {
    yield* this.#main.takeAll();
    yield* this.#deadLetters.takeAll();
  }

  onWatermark(): Iterable<RecordBatch> {
    return NO_BATCHES;
  }
}
