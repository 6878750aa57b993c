/**
 * The contract of every operator, for SQL and the DataStream API alike.
 *
 * Single-threaded, synchronous, clockless and resumable: no `await`, no logging, no randomness, state only through
 * `OperatorContext.state`. Only the runtime waits. Returned iterables are lazy: the task pulls the next batch when its
 * output has room, and calls nothing else on the operator until the iterable is exhausted.
 */
import type { RecordBatch } from "../batch/record-batch.ts";
import type { MetricGroup } from "../metrics.ts";
import type { OnSkipped } from "../record/user-code.ts";
import type { StateBackend } from "../state/state-backend.ts";
import type { ProcessingTime } from "../time/processing-time.ts";
import type { TimeDomain, Timestamp } from "../time/time-domain.ts";

export type { TimeDomain, Timestamp };

/** Before all time: the watermark of an operator that has seen none. */
export const MIN_TIMESTAMP: Timestamp = Number.NEGATIVE_INFINITY;
/** After all time: the watermark at the end of bounded input. */
export const MAX_TIMESTAMP: Timestamp = Number.POSITIVE_INFINITY;

export interface Operator {
  /** Rows from one input (0 for the only one). The batch is borrowed, see RecordBatch. */
  onBatch(batch: RecordBatch, input: number): Iterable<RecordBatch>;
  /**
   * Event time has reached `watermark` on all inputs: no further row with a time <= watermark is expected. Called with
   * strictly growing values. The task forwards the watermark once the iterable is exhausted.
   */
  onWatermark(watermark: Timestamp): Iterable<RecordBatch>;
  /** A timer set through the context is due. */
  onTimer?(at: Timestamp, domain: TimeDomain): Iterable<RecordBatch>;
  /**
   * At no lower watermark anything comes out of what is kept now; Infinity: at none. Of operators that may run in processing
   * time: it tells when to call them.
   */
  readonly dueAt?: Timestamp;
  /** Something has come that the operator told of by `OperatorContext.wake`. */
  onWake?(): Iterable<RecordBatch>;
  /** All inputs ended; called once, after the watermark MAX_TIMESTAMP. */
  onEnd?(): Iterable<RecordBatch>;
  /** True once nothing more will be emitted, whatever comes (LIMIT): the task ends the operator and stops reading for it. */
  readonly isDone?: boolean;
  /**
   * Rows that are emitted may be so much older than the watermark (ms; 0 if absent): the task tells consumers a watermark that
   * is older by as much.
   */
  readonly watermarkDelayMs?: number;
  /**
   * What the task tells consumers in place of the watermark of the inputs, where an operator knows better: it gives records
   * their event time, or holds some back. Asked after each call; it never falls.
   */
  readonly outputWatermark?: Timestamp;
  /** Takes no more for now: the task reads nothing until this has changed, which `wake` tells it. */
  readonly isFull?: boolean;
  /** Records wait for an answer from outside: the task puts off commits, and the operator's end, until they are out. */
  readonly isWaiting?: boolean;
}

/**
 * An operator that needs something from outside the process, such as the rows of a lookup table. It waits for nothing: in
 * place of a batch it gives a promise, and the task asks for nothing more until that has settled.
 */
export interface AsyncOperator extends Omit<Operator, "onBatch"> {
  onBatch(batch: RecordBatch, input: number): Iterable<RecordBatch | Promise<void>>;
  /** Frees what it has asked for; called once. */
  close?(): Promise<void>;
}

export interface OperatorContext {
  /** Stable name in metrics, errors and snapshots. */
  readonly operatorId: string;
  readonly state: StateBackend;
  readonly metrics: MetricGroup;
  /** Absent where nobody tells the time, as in tests of operators that go by event time. */
  readonly processingTime?: ProcessingTime;
  /** Has `onWake` called soon; may be called at any time, while the task sleeps too. Absent where nobody would hear it. */
  readonly wake?: () => void;
  /** Told of each record that is left out because code of the program failed on it. */
  readonly onSkipped?: OnSkipped;
}

/** Makes one instance of an operator; called once per subtask, and again after a restore. */
export type OperatorFactory = (context: OperatorContext) => Operator;
