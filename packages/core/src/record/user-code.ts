import { type RecordBatch, valuesOf } from "../batch/record-batch.ts";
import { MillraceError } from "../errors.ts";
import type { Counter, MetricGroup } from "../metrics.ts";
import type { Timestamp } from "../time/time-domain.ts";
import { positionOf, type RecordOutput } from "./record-output.ts";

/** What happens when code of the program throws on a record. */
export interface ErrorPolicy {
  /** So many further tries, at once. */
  readonly retries: number;
  readonly otherwise: "fail" | "skip" | "dead-letter";
}

export const FAIL: ErrorPolicy = { retries: 0, otherwise: "fail" };

/** A record that code of the program failed on, with its provenance. */
export interface DeadLetter<T = unknown> {
  /** The record as the operator got it. */
  readonly record: T;
  readonly error: { readonly name: string; readonly message: string; readonly stack: string | null };
  readonly operatorId: string;
  /** Event time, ms; null if it has none. */
  readonly timestamp: number | null;
  /** Where the record was read: `orders.jsonl:17`; null if that is not known. */
  readonly position: string | null;
}

/** What the runtime is told of a record that was left out; it decides what to log. */
export type OnSkipped = (failure: DeadLetter) => void;

export interface UserCodeContext {
  readonly operatorId: string;
  readonly metrics: MetricGroup;
  readonly onSkipped?: OnSkipped;
}

/** Applies an error policy. Used in the `catch` around a loop over records, so that a loop that goes well pays nothing. */
export class UserCode {
  readonly #policy: ErrorPolicy;
  readonly #context: UserCodeContext;
  readonly #deadLetters: RecordOutput | null;
  readonly #skipped: Counter;

  /** `deadLetters`: the output for records under the policy `dead-letter`. */
  constructor(policy: ErrorPolicy, context: UserCodeContext, deadLetters: RecordOutput | null) {
    this.#policy = policy;
    this.#context = context;
    this.#deadLetters = deadLetters;
    this.#skipped = context.metrics.counter("numRecordsFailed");
  }

  /** Calls `take` for each record of a batch, with its event time (NaN if it has none); for one that it throws on see `failed`. */
  each(batch: RecordBatch, take: (record: unknown, timestamp: Timestamp, row: number) => void): void {
    const { length } = batch;
    const records = valuesOf(batch);
    for (let row = 0; row < length; row++) {
      const timestamp = timestampAt(batch, row);
      try {
        take(records[row], timestamp, row);
      } catch (error) {
        this.failed(error, batch, row, () => take(records[row], timestamp, row));
      }
    }
  }

  /**
   * A record of a batch failed: tries it again, then applies the policy. `again` runs the code once more and takes back first what
   * the failed try has emitted; `giveUp` only takes that back. Returns if the job goes on behind the record.
   *
   * Errors: USER_CODE with operator, record and position.
   */
  failed(error: unknown, batch: RecordBatch, row: number, again: () => void, giveUp: () => void = doNothing): void {
    this.#deadLetters?.at(batch.origin, row);
    this.#failed(
      error,
      valuesOf(batch)[row],
      timestampAt(batch, row),
      () => positionOf(batch.origin, row),
      again,
      giveUp,
    );
  }

  /** As `failed`, of something that is no record of a batch: what a window holds, a pair, a match. */
  failedOn(
    error: unknown,
    what: unknown,
    timestamp: Timestamp,
    again: () => void,
    giveUp: () => void = doNothing,
  ): void {
    this.#deadLetters?.at(undefined, -1);
    this.#failed(error, what, timestamp, () => null, again, giveUp);
  }

  #failed(
    error: unknown,
    what: unknown,
    timestamp: Timestamp,
    position: () => string | null,
    again: () => void,
    giveUp: () => void,
  ): void {
    let last = error;
    for (let left = this.#policy.retries; left > 0; left--) {
      rethrowBug(last);
      try {
        again();
        return;
      } catch (next) {
        last = next;
      }
    }
    rethrowBug(last);
    giveUp();
    this.giveUp(last, what, timestamp, position());
  }

  /** As `failed`, when there is nothing more to try. */
  giveUp(error: unknown, record: unknown, timestamp: number, position: string | null): void {
    const { operatorId, onSkipped } = this.#context;
    const failure: DeadLetter = {
      record,
      error: describeError(error),
      operatorId,
      timestamp: Number.isNaN(timestamp) ? null : timestamp,
      position,
    };
    if (this.#policy.otherwise === "fail") throw userError(failure, error);
    this.#skipped.value++;
    if (this.#policy.otherwise === "dead-letter" && this.#deadLetters !== null)
      this.#deadLetters.emit(failure, timestamp);
    else onSkipped?.(failure);
  }
}

/** An error of code that no record is to blame for: a timer, the end. */
export function codeError(error: unknown, operatorId: string, where: string): MillraceError {
  if (isOwn(error)) return error;
  const { message } = describeError(error);
  return new MillraceError({
    code: "USER_CODE",
    operatorId,
    cause: error,
    message: `${operatorId}, ${where}: ${message}`,
  });
}

/** One line: operator, record, position, and what was thrown. */
export function failureText({ operatorId, record, position, error }: DeadLetter): string {
  return `${operatorId} failed on ${shortText(record)}${position === null ? "" : ` (${position})`}: ${error.message}`;
}

function timestampAt({ timestamps }: RecordBatch, row: number): Timestamp {
  return timestamps === null ? Number.NaN : timestamps[row];
}

function doNothing(): void {
  // Nothing was emitted.
}

function userError(failure: DeadLetter, cause: unknown): MillraceError {
  const { operatorId } = failure;
  return new MillraceError({ code: "USER_CODE", operatorId, cause, message: failureText(failure) });
}

function rethrowBug(error: unknown): void {
  if (isOwn(error)) throw error;
}

/** Errors of the engine are no fault of the record. */
function isOwn(error: unknown): error is MillraceError {
  return error instanceof MillraceError && error.domain === "internal";
}

function describeError(error: unknown): DeadLetter["error"] {
  if (!(error instanceof Error)) return { name: "Error", message: String(error), stack: null };
  return { name: error.name, message: error.message, stack: error.stack ?? null };
}

const SHOWN_CHARACTERS = 200;

/** A value for people: JSON as far as it goes, cut. */
export function shortText(value: unknown): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(value, (_, each: unknown) => (typeof each === "bigint" ? `${each}n` : each));
  } catch {
    // Circular: its own text has to do.
  }
  text ??= String(value);
  return text.length <= SHOWN_CHARACTERS ? text : `${text.slice(0, SHOWN_CHARACTERS)}…`;
}
