/**
 * Patterns of events: all matches of a pattern in the records of each key, in the order of event time.
 *
 * Invariant  records wait until the watermark has reached their time; those of one key are looked at in the order of their times,
 *            of equal ones as they came. A late one goes to a side output. A partial match whose time is over goes to another one.
 * State      by key the records that wait, and what the matcher knows (event-matcher.ts), under a name that tells the pattern.
 * Cost       O(log n) per record, and the matcher's.
 */
import { VALUE } from "../batch/data-type.ts";
import type { RecordBatch } from "../batch/record-batch.ts";
import { compileEventPattern } from "../pattern/event-automaton.ts";
import { createEventRun, EventMatcher, type EventRun, isEmptyRun } from "../pattern/event-matcher.ts";
import { type EventPattern, type MatchedEvents, patternText } from "../pattern/event-pattern.ts";
import { checkEventTime } from "../record/event-time.ts";
import { LateRecords } from "../record/late-records.ts";
import { RecordOutput } from "../record/record-output.ts";
import { type ErrorPolicy, UserCode } from "../record/user-code.ts";
import type { OperatorValue, StateTable } from "../state/state-backend.ts";
import { TimeQueue } from "../state/time-queue.ts";
import { MIN_TIMESTAMP, type Operator, type OperatorContext, type Timestamp } from "./operator.ts";

export interface MatchRecordsSpec {
  readonly kind: "match-records";
  readonly keyOf: (record: unknown) => unknown;
  readonly pattern: EventPattern;
  /** What comes of a match; `key` is that of its records. */
  readonly select: (matched: MatchedEvents, key: unknown) => Iterable<unknown>;
  /** What comes of a partial match whose time is over; null: nothing. */
  readonly onTimeout: ((matched: MatchedEvents, key: unknown, at: Timestamp) => Iterable<unknown>) | null;
  readonly onError: ErrorPolicy;
  /** Numbers of the side outputs. */
  readonly timedOut: number;
  readonly late: number;
  readonly deadLetters: number;
}

/** Errors: OPTION_INVALID for a pattern that makes no sense. */
export function createMatchRecords(spec: MatchRecordsSpec, context: OperatorContext): Operator {
  return new MatchRecords(spec, context);
}

/** Records that wait for their time. */
interface Waiting {
  readonly records: unknown[];
  readonly times: number[];
}

interface Found {
  readonly matched: MatchedEvents;
  readonly at: Timestamp;
  readonly isTimeout: boolean;
}

class MatchRecords implements Operator {
  readonly #spec: MatchRecordsSpec;
  readonly #matcher: EventMatcher;
  readonly #table: StateTable;
  readonly #watermark: OperatorValue<number>;
  /** When to look at a key again, by slot; what is there too often, or for a key that is gone, does no harm. */
  readonly #queue = new TimeQueue();
  readonly #code: UserCode;
  readonly #main = new RecordOutput();
  readonly #timedOut: RecordOutput;
  readonly #late: LateRecords;
  readonly #deadLetters: RecordOutput;
  readonly #found: Found[] = [];
  readonly #result = {
    onMatch: (matched: MatchedEvents, at: number) => void this.#found.push({ matched, at, isTimeout: false }),
    onTimeout: (matched: MatchedEvents, at: number) => {
      if (this.#spec.onTimeout !== null) this.#found.push({ matched, at, isTimeout: true });
    },
  };

  constructor(spec: MatchRecordsSpec, context: OperatorContext) {
    this.#spec = spec;
    this.#matcher = new EventMatcher(compileEventPattern(spec.pattern), spec.pattern);
    this.#timedOut = new RecordOutput(spec.timedOut);
    this.#late = new LateRecords(spec.late, context.metrics);
    this.#deadLetters = new RecordOutput(spec.deadLetters);
    this.#code = new UserCode(spec.onError, context, this.#deadLetters);
    this.#watermark = context.state.operatorValue<number>("watermark", MIN_TIMESTAMP, Math.min);
    this.#table = context.state.table({
      name: "matches",
      key: [{ name: "key", type: VALUE }],
      values: [
        { name: "waiting", type: VALUE },
        { name: patternText(spec.pattern), type: VALUE },
      ],
    });
    this.#table.forEachSlot((slot) => this.#watch(slot));
  }

  #waitingOf(slot: number): Waiting | null {
    return this.#table.columns[0].get(slot) as Waiting | null;
  }

  #runOf(slot: number): EventRun | null {
    return this.#table.columns[1].get(slot) as EventRun | null;
  }

  /** Sees to it that a key is looked at when its next record or deadline is due. */
  #watch(slot: number): void {
    const run = this.#runOf(slot);
    let next = run === null ? Number.POSITIVE_INFINITY : this.#matcher.deadlineOf(run);
    for (const time of this.#waitingOf(slot)?.times ?? []) if (time < next) next = time;
    if (next !== Number.POSITIVE_INFINITY) this.#queue.push(next, slot);
  }

  onBatch(batch: RecordBatch): Iterable<RecordBatch> {
    this.#code.each(batch, (record, time, row) => {
      if (!this.#take(record, time)) this.#late.add(batch, row, time);
    });
    return this.#takeAll();
  }

  /** Keeps a record until its time; false if it is late. */
  #take(record: unknown, time: Timestamp): boolean {
    checkEventTime(time, "patterns go by");
    if (time <= this.#watermark.get()) return false;
    const slot = this.#table.slotOf(this.#spec.keyOf(record));
    let waiting = this.#waitingOf(slot);
    if (waiting === null) {
      waiting = { records: [], times: [] };
      this.#table.columns[0].set(slot, waiting);
    }
    // The last one stands for most of those before it: the key is looked at again when they are taken.
    const last = waiting.times[waiting.times.length - 1];
    if (last === undefined || time < last) this.#queue.push(time, slot);
    waiting.records.push(record);
    waiting.times.push(time);
    return true;
  }

  *onWatermark(watermark: Timestamp): Generator<RecordBatch> {
    while (this.#queue.first <= watermark) {
      // Infinity, when none waits, is due at the last watermark.
      if (this.#queue.first === Number.POSITIVE_INFINITY) break;
      const slot = this.#queue.pop();
      if (slot >= this.#table.capacity) continue;
      this.#process(slot, watermark);
      if (this.#main.isFull) yield* this.#takeAll();
    }
    this.#watermark.set(watermark);
    yield* this.#takeAll();
  }

  #process(slot: number, watermark: Timestamp): void {
    const waiting = this.#waitingOf(slot);
    const known = this.#runOf(slot);
    if (waiting === null && known === null) return;
    const run = known ?? createEventRun();
    const key = this.#table.keyAt(slot);
    const { due, left } = split(waiting, watermark);
    for (let i = 0; i < due.records.length; i++) this.#look(run, key, due.records[i], due.times[i]);
    this.#matcher.advance(run, watermark, this.#result);
    this.#emit(key);
    if (left === null && isEmptyRun(run)) {
      this.#table.remove(slot);
      return;
    }
    this.#table.columns[0].set(slot, left);
    this.#table.columns[1].set(slot, isEmptyRun(run) ? null : run);
    this.#watch(slot);
  }

  #look(run: EventRun, key: unknown, record: unknown, time: Timestamp): void {
    this.#matcher.advance(run, time, this.#result);
    const take = () => this.#matcher.take(run, record, time, this.#result);
    try {
      take();
    } catch (error) {
      this.#code.failedOn(error, record, time, take);
    }
    this.#emit(key);
  }

  #emit(key: unknown): void {
    if (this.#found.length === 0) return;
    const { select, onTimeout } = this.#spec;
    for (const { matched, at, isTimeout } of this.#found) {
      const output = isTimeout ? this.#timedOut : this.#main;
      const before = output.length;
      const call = () => {
        output.rollBack(before);
        const emitted = isTimeout ? (onTimeout?.(matched, key, at) ?? []) : select(matched, key);
        for (const record of emitted) output.emit(record, at);
      };
      try {
        call();
      } catch (error) {
        this.#code.failedOn(error, matched, at, call, () => output.rollBack(before));
      }
    }
    this.#found.length = 0;
  }

  *#takeAll(): Generator<RecordBatch> {
    for (const output of [this.#main, this.#timedOut, this.#late, this.#deadLetters]) yield* output.takeAll();
  }
}

/** What is due, in the order of time, and what is not: null if nothing is left. */
function split(
  waiting: Waiting | null,
  watermark: Timestamp,
): { readonly due: Waiting; readonly left: Waiting | null } {
  const due: Waiting = { records: [], times: [] };
  if (waiting === null) return { due, left: null };
  const { records, times } = waiting;
  const order = times.map((_, i) => i).sort((a, b) => times[a] - times[b]);
  const left: Waiting = { records: [], times: [] };
  for (const i of order) {
    const part = times[i] <= watermark ? due : left;
    part.records.push(records[i]);
    part.times.push(times[i]);
  }
  return { due, left: left.records.length === 0 ? null : left };
}
