import { type RecordBatch, valuesOf } from "../batch/record-batch.ts";
import type { Counter, MetricGroup } from "../metrics.ts";
import type { Timestamp } from "../time/time-domain.ts";
import { RecordOutput } from "./record-output.ts";

/** Records that came too late, counted and given to a side output. */
export class LateRecords {
  readonly #output: RecordOutput;
  readonly #count: Counter;

  constructor(output: number, metrics: MetricGroup) {
    this.#output = new RecordOutput(output);
    this.#count = metrics.counter("numLateRecords");
  }

  add(batch: RecordBatch, row: number, timestamp: Timestamp): void {
    this.#output.at(batch.origin, row);
    this.#output.emit(valuesOf(batch)[row], timestamp);
    this.#count.value++;
  }

  takeAll(): Generator<RecordBatch> {
    return this.#output.takeAll();
  }
}
