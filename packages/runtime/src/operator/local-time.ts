/** Watermarks as local times, for operators whose windows are cut in the zone of the session. */
import {
  MAX_TIMESTAMP,
  MIN_TIMESTAMP,
  NO_BATCHES,
  type Operator,
  type OperatorFactory,
  passedLocalTime,
  type RecordBatch,
  whenLocalTimeHasPassed,
} from "@millrace/core";

/** The operator, told of a watermark when its local time has passed for good. */
export function inLocalTime(create: OperatorFactory, timeZone: string): OperatorFactory {
  return (context) => new LocalTimeOperator(create(context), timeZone);
}

class LocalTimeOperator implements Operator {
  readonly #inner: Operator;
  readonly #timeZone: string;
  #passed: number = MIN_TIMESTAMP;

  constructor(inner: Operator, timeZone: string) {
    this.#inner = inner;
    this.#timeZone = timeZone;
  }

  get isDone(): boolean {
    return this.#inner.isDone === true;
  }

  get dueAt(): number {
    return whenLocalTimeHasPassed(this.#inner.dueAt ?? MAX_TIMESTAMP, this.#timeZone);
  }

  onBatch(batch: RecordBatch, input: number): Iterable<RecordBatch> {
    return this.#inner.onBatch(batch, input);
  }

  onWatermark(watermark: number): Iterable<RecordBatch> {
    const local = passedLocalTime(watermark, this.#timeZone);
    // Local time stands still where clocks are set back.
    if (local <= this.#passed) return NO_BATCHES;
    this.#passed = local;
    return this.#inner.onWatermark(local);
  }

  onEnd(): Iterable<RecordBatch> {
    return this.#inner.onEnd?.() ?? NO_BATCHES;
  }
}
