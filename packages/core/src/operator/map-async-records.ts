/**
 * Async map: each record through a function that waits for something outside, many at a time, across batches.
 *
 * Invariant  at most `capacity` records have been asked for and are not out yet; those answered at once do not count. Ordered: records come out in their order. Else as
 *            they are answered, but never behind a watermark that they came before: `outputWatermark` holds it back. A record may
 *            come out before a watermark it came behind only where one batch is larger than what may wait.
 * State      the records that are not out: a list, asked for anew after a restore.
 * Cost       a call and an entry per record; state only for those that are not answered at once.
 */
import { columnOf } from "../batch/column-builder.ts";
import { BIGINT, type Field } from "../batch/data-type.ts";
import {
  MAX_BATCH_ROWS,
  NO_BATCHES,
  type RecordBatch,
  type RowOrigin,
  valueBatch,
  valuesOf,
} from "../batch/record-batch.ts";
import { VALUE_TYPE } from "../record/keyed-state.ts";
import { positionOf, RecordOutput } from "../record/record-output.ts";
import { type ErrorPolicy, UserCode } from "../record/user-code.ts";
import type { StateTable } from "../state/state-backend.ts";
import { type AsyncOperator, MIN_TIMESTAMP, type OperatorContext, type Timestamp } from "./operator.ts";

export interface MapAsyncRecordsSpec {
  readonly kind: "map-async-records";
  /** Records that may be asked for at a time. */
  readonly capacity: number;
  readonly isOrdered: boolean;
  readonly onError: ErrorPolicy;
  /** The side output for dead letters. */
  readonly deadLetters: number;
}

/** The answer that says that nothing comes of a record. */
export const NO_RECORD = Symbol("no record");

/** Answers records; further tries and time limits are its own. */
export interface RecordQuestion {
  /** What is no promise is an answer at once. */
  ask(record: unknown): unknown;
  /** Gives up on what is still asked for. */
  close(): void;
}

export function createMapAsyncRecords(
  spec: MapAsyncRecordsSpec,
  question: RecordQuestion,
  context: OperatorContext,
): AsyncOperator {
  return new MapAsyncRecords(spec, question, context);
}

interface Entry {
  readonly record: unknown;
  readonly timestamp: Timestamp;
  readonly segment: Segment;
  /** Where it was read. */
  readonly origin: RowOrigin | null;
  /** In the table; -1 while it need not be there. */
  slot: number;
  /** Answered by a promise, or about to be. */
  isAsked: boolean;
  isAnswered: boolean;
  value: unknown;
  failure: { readonly error: unknown } | null;
}

/** The records between two watermarks. */
class Segment {
  /** Ordered: all that are not out, from `next` on. Else those that are answered. */
  readonly entries: Entry[] = [];
  next = 0;
  /** How many are not out. */
  left = 0;
  /** The watermark behind them; null while it has not come. */
  watermark: Timestamp | null = null;

  /** Whether one may come out. */
  get isReady(): boolean {
    return this.next < this.entries.length && this.entries[this.next].isAnswered;
  }

  /** The next one that may come out, undefined if there is none. */
  take(): Entry | undefined {
    if (!this.isReady) return undefined;
    this.left--;
    return this.entries[this.next++];
  }
}

const TIME_FIELD: Field = { name: "time", type: { kind: "double", nullable: true } };
const RECORD_FIELD: Field = { name: "record", type: VALUE_TYPE };

class MapAsyncRecords implements AsyncOperator {
  readonly #spec: MapAsyncRecordsSpec;
  readonly #question: RecordQuestion;
  readonly #code: UserCode;
  readonly #deadLetters: RecordOutput;
  readonly #table: StateTable;
  readonly #wakeTask: () => void;
  /** At least one; all but the last have their watermark. */
  readonly #segments: Segment[] = [new Segment()];
  /** Not asked yet, from `#nextUnasked` on. */
  #unasked: Entry[] = [];
  #nextUnasked = 0;
  /** Not out; of them those that were asked for outside. */
  #held = 0;
  #asked = 0;
  #sequence = 0;
  #isWoken = false;
  #isClosed = false;
  /** Settles with the next answer. */
  #answer = Promise.withResolvers<void>();
  outputWatermark: Timestamp = MIN_TIMESTAMP;
  readonly #slots = new Int32Array(1);

  constructor(spec: MapAsyncRecordsSpec, question: RecordQuestion, context: OperatorContext) {
    this.#spec = spec;
    this.#question = question;
    this.#deadLetters = new RecordOutput(spec.deadLetters);
    this.#code = new UserCode(spec.onError, context, this.#deadLetters);
    this.#wakeTask = context.wake ?? (() => undefined);
    this.#table = context.state.table({
      name: "waiting",
      key: [{ name: "sequence", type: BIGINT }],
      values: [RECORD_FIELD, TIME_FIELD],
      isList: true,
    });
    this.#takeUp();
  }

  /** The records that were on their way when the snapshot was taken. */
  #takeUp(): void {
    const found: { readonly slot: number; readonly sequence: number }[] = [];
    this.#table.forEachSlot((slot) => {
      this.#slots[0] = slot;
      const [keys] = this.#table.keysOf(this.#slots, 1);
      found.push({ slot, sequence: keys.kind === "float64" ? keys.values[0] : 0 });
    });
    if (found.length === 0) return;
    found.sort((a, b) => a.sequence - b.sequence);
    const [records, times] = this.#table.columns;
    for (const { slot, sequence } of found) {
      const entry = this.#add(records.get(slot), (times.get(slot) as number | null) ?? Number.NaN, null);
      entry.slot = slot;
      this.#sequence = sequence + 1;
    }
    this.#wake();
  }

  get isFull(): boolean {
    return this.#held >= this.#spec.capacity;
  }

  get isWaiting(): boolean {
    return this.#held > 0 || this.#segments.length > 1;
  }

  *onBatch(batch: RecordBatch): Generator<RecordBatch | Promise<void>> {
    const { length, timestamps, origin } = batch;
    const records = valuesOf(batch);
    for (let row = 0; row < length; row++) {
      while (this.#held >= this.#spec.capacity + MAX_BATCH_ROWS) {
        this.#askMore();
        if (!this.#segments[0].isReady) yield this.#answer.promise;
        yield* this.#emitHead();
      }
      this.#add(records[row], timestamps === null ? Number.NaN : timestamps[row], originOf(origin, row));
    }
    this.#askMore();
    yield* this.#emitHead();
    // What is still here outlives the batch.
    for (let at = this.#nextUnasked; at < this.#unasked.length; at++) this.#keep(this.#unasked[at]);
  }

  #add(record: unknown, timestamp: Timestamp, origin: RowOrigin | null): Entry {
    const segment = this.#segments[this.#segments.length - 1];
    const entry: Entry = {
      record,
      timestamp,
      segment,
      origin,
      slot: -1,
      isAsked: false,
      isAnswered: false,
      value: undefined,
      failure: null,
    };
    segment.left++;
    this.#held++;
    if (this.#spec.isOrdered) segment.entries.push(entry);
    this.#unasked.push(entry);
    return entry;
  }

  #keep(entry: Entry): void {
    if (entry.slot >= 0) return;
    this.#table.slotsOf([columnOf(BIGINT, [this.#sequence++])], 1, this.#slots);
    entry.slot = this.#slots[0];
    const [records, times] = this.#table.columns;
    records.set(entry.slot, entry.record ?? null);
    times.set(entry.slot, Number.isNaN(entry.timestamp) ? null : entry.timestamp);
  }

  #askMore(): void {
    const { capacity } = this.#spec;
    while (this.#asked < capacity && this.#nextUnasked < this.#unasked.length) {
      this.#ask(this.#unasked[this.#nextUnasked++]);
    }
    if (this.#nextUnasked < this.#unasked.length || this.#nextUnasked === 0) return;
    this.#unasked = [];
    this.#nextUnasked = 0;
  }

  #ask(entry: Entry): void {
    let answer: unknown;
    try {
      answer = this.#question.ask(entry.record);
    } catch (error) {
      this.#settle(entry, undefined, { error });
      return;
    }
    if (!isPromise(answer)) {
      this.#settle(entry, answer, null);
      return;
    }
    this.#keep(entry);
    entry.isAsked = true;
    this.#asked++;
    answer.then(
      (value) => this.#answered(entry, value, null),
      (error: unknown) => this.#answered(entry, undefined, { error }),
    );
  }

  #settle(entry: Entry, value: unknown, failure: Entry["failure"]): void {
    entry.value = value;
    entry.failure = failure;
    entry.isAnswered = true;
    if (!this.#spec.isOrdered) entry.segment.entries.push(entry);
  }

  #answered(entry: Entry, value: unknown, failure: Entry["failure"]): void {
    if (this.#isClosed) return;
    this.#settle(entry, value, failure);
    this.#answer.resolve();
    this.#answer = Promise.withResolvers();
    if (entry.segment === this.#segments[0]) this.#wake();
  }

  #wake(): void {
    if (this.#isWoken) return;
    this.#isWoken = true;
    this.#wakeTask();
  }

  *onWake(): Generator<RecordBatch> {
    this.#isWoken = false;
    this.#askMore();
    yield* this.#emitHead();
  }

  /** What may come out of the first segment; then its watermark, if it is done. The next one comes with the next call. */
  *#emitHead(): Generator<RecordBatch> {
    const [head] = this.#segments;
    const values: unknown[] = [];
    const times: number[] = [];
    const origins: (RowOrigin | null)[] = [];
    for (let entry = head.take(); entry !== undefined; entry = head.take()) {
      this.#held--;
      if (entry.isAsked) this.#asked--;
      if (entry.slot >= 0) this.#table.remove(entry.slot);
      if (entry.failure !== null) {
        const position = entry.origin === null ? null : positionOf(entry.origin, 0);
        this.#code.giveUp(entry.failure.error, entry.record, entry.timestamp, position);
        continue;
      }
      if (entry.value === NO_RECORD) continue;
      values.push(entry.value);
      times.push(entry.timestamp);
      origins.push(entry.origin);
    }
    head.entries.splice(0, head.next);
    head.next = 0;
    this.#askMore();
    for (let from = 0; from < values.length; from += MAX_BATCH_ROWS) {
      const to = Math.min(values.length, from + MAX_BATCH_ROWS);
      const origin = originsOf(origins.slice(from, to));
      yield valueBatch(to - from, values.slice(from, to), Float64Array.from(times.slice(from, to)), origin);
    }
    yield* this.#deadLetters.takeAll();
    if (head.left > 0) {
      if (head.isReady) this.#wake();
      return;
    }
    if (head.watermark === null) return;
    this.#segments.shift();
    this.outputWatermark = head.watermark;
    this.#wake();
  }

  onWatermark(watermark: Timestamp): Iterable<RecordBatch> {
    const last = this.#segments[this.#segments.length - 1];
    if (last.left > 0) {
      last.watermark = watermark;
      this.#segments.push(new Segment());
    } else if (this.#segments.length > 1) this.#segments[this.#segments.length - 2].watermark = watermark;
    else this.outputWatermark = watermark;
    return NO_BATCHES;
  }

  close(): Promise<void> {
    this.#isClosed = true;
    this.#question.close();
    this.#answer.resolve();
    return Promise.resolve();
  }
}

/** The origin of one row: that of a batch is only borrowed. */
function originOf(origin: RowOrigin | undefined, row: number): RowOrigin | null {
  if (origin === undefined) return null;
  const record = origin.records === null ? row : origin.records[row];
  return record < 0 ? null : { describe: () => origin.describe(record), records: null };
}

function originsOf(origins: readonly (RowOrigin | null)[]): RowOrigin {
  return {
    describe: (row) => origins[row]?.describe(0) ?? "",
    records: Int32Array.from(origins, (origin, row) => (origin === null ? -1 : row)),
  };
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}
