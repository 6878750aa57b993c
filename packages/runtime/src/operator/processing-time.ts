/**
 * Event-time operators run in processing time: a row's time is the clock's when it comes in, and the clock is the watermark.
 *
 * Invariant  before a row is taken in, all that is due has come out, so that none is late. What is due while nothing comes
 *            comes out by the timer, which stands at the next moment of that sort.
 * State      the time that has been reached, besides that of the operator.
 */
import {
  type Column,
  MAX_BATCH_ROWS,
  MAX_TIMESTAMP,
  MIN_TIMESTAMP,
  MillraceError,
  NO_BATCHES,
  type Operator,
  type OperatorFactory,
  type OperatorValue,
  type ProcessingTime,
  type RecordBatch,
  recordBatch,
} from "@millrace/core";

/**
 * @param timeColumn the column of the input that is the processing time; what stands in it is of no account
 * @param shown what is to stand in it for a moment: the moment itself, or local time
 */
export function inProcessingTime(
  create: OperatorFactory,
  timeColumn: number,
  shown: (moment: number) => number,
): OperatorFactory {
  return (context) => {
    const { operatorId, processingTime, state } = context;
    if (processingTime === undefined) {
      throw new MillraceError({ code: "INVARIANT", operatorId, message: `nobody tells ${operatorId} the time` });
    }
    const reached = state.operatorValue<number>("processing-time", MIN_TIMESTAMP, Math.max);
    return new ProcessingTimeOperator(create(context), timeColumn, shown, processingTime, reached);
  };
}

class ProcessingTimeOperator implements Operator {
  readonly #inner: Operator;
  readonly #timeColumn: number;
  readonly #shown: (moment: number) => number;
  readonly #time: ProcessingTime;
  readonly #reached: OperatorValue<number>;
  readonly #times = new Float64Array(MAX_BATCH_ROWS);
  /** Nothing is due before; no row makes it earlier, but the first one. */
  #dueAt: number = MAX_TIMESTAMP;

  constructor(
    inner: Operator,
    timeColumn: number,
    shown: (moment: number) => number,
    time: ProcessingTime,
    reached: OperatorValue<number>,
  ) {
    this.#inner = inner;
    this.#timeColumn = timeColumn;
    this.#shown = shown;
    this.#time = time;
    this.#reached = reached;
    this.#findDue();
    this.#setTimer();
  }

  *onBatch(batch: RecordBatch, input: number): Generator<RecordBatch> {
    yield* this.#advance();
    const times = this.#times.fill(this.#shown(this.#reached.get()), 0, batch.length);
    const columns: Column[] = [...batch.columns];
    columns[this.#timeColumn] = { kind: "float64", values: times, nulls: null };
    yield* this.#inner.onBatch(recordBatch(batch.length, columns, batch.kinds, batch.timestamps), input);
    if (this.#dueAt !== MAX_TIMESTAMP) return;
    this.#findDue();
    this.#setTimer();
  }

  onTimer(): Iterable<RecordBatch> {
    return this.#advance();
  }

  /** To the present, or to where it has been before: clocks of other machines may be ahead. */
  *#advance(): Generator<RecordBatch> {
    const now = Math.max(this.#time.now(), this.#reached.get());
    this.#reached.set(now);
    if (this.#dueAt < now) {
      yield* this.#inner.onWatermark(now - 1);
      this.#findDue();
    }
    this.#setTimer();
  }

  #findDue(): void {
    this.#dueAt = this.#inner.dueAt ?? MAX_TIMESTAMP;
  }

  #setTimer(): void {
    // A watermark says that the moments until it are over.
    this.#time.setTimer(this.#dueAt + 1);
  }

  /** Event time is of no account, but at its end: no row is to come, and what is kept comes out. */
  *onWatermark(watermark: number): Generator<RecordBatch> {
    if (watermark !== MAX_TIMESTAMP) return;
    yield* this.#inner.onWatermark(watermark);
    this.#dueAt = MAX_TIMESTAMP;
    this.#setTimer();
  }

  onEnd(): Iterable<RecordBatch> {
    return this.#inner.onEnd?.() ?? NO_BATCHES;
  }
}
