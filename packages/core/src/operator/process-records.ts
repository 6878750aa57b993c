/**
 * Process function: code of the program, called for each record and timer, with state and timers by key.
 *
 * Invariant  a record is processed with the state of its key and no other. Event-time timers ring in the order of time, after the
 *            watermark has reached them and, of one input, in front of the next record; those set while others ring too; each once. What a call that threw has emitted is taken
 *            back; what it did to state stays.
 * State      a table from the key to the declared states and its timers: see keyed-state.ts, key-timers.ts; a table for each
 *            broadcast state.
 * Cost       per record: the key function, one look-up, the call.
 */
import type { Field } from "../batch/data-type.ts";
import { type RecordBatch, valuesOf } from "../batch/record-batch.ts";
import { BroadcastState } from "../record/broadcast-state.ts";
import { KeyTimers } from "../record/key-timers.ts";
import { KeyedState, VALUE_TYPE } from "../record/keyed-state.ts";
import type { ProcessContext } from "../record/process-context.ts";
import { RecordOutputs } from "../record/record-outputs.ts";
import type { StateDeclaration } from "../record/state-declaration.ts";
import { codeError, type ErrorPolicy, UserCode } from "../record/user-code.ts";
import { processingTimeOf } from "../state/state-ttl.ts";
import type { ProcessingTime } from "../time/processing-time.ts";
import { SharedTimer } from "../time/shared-timer.ts";
import { MIN_TIMESTAMP, type Operator, type OperatorContext, type TimeDomain, type Timestamp } from "./operator.ts";

/** Records to emit, in addition to those emitted through the context. */
export type Emitted = Iterable<unknown> | undefined;

export interface ProcessRecordsSpec {
  readonly kind: "process-records";
  readonly inputs: readonly {
    /** Null: records have no key, and there is neither state nor a timer for them. */
    readonly keyOf: ((record: unknown) => unknown) | null;
    readonly onRecord: (record: unknown, context: ProcessContext) => Emitted;
    /** Each instance gets all records of this input; it may change broadcast state. */
    readonly isBroadcast?: boolean;
  }[];
  readonly onTimer: ((at: Timestamp, context: ProcessContext) => Emitted) | null;
  /** Called once, without a key, when all inputs have ended. */
  readonly onEnd: ((context: ProcessContext) => Emitted) | null;
  readonly states: { readonly [name: string]: StateDeclaration };
  /** Names of the maps that are the same on each instance. */
  readonly broadcast?: readonly string[];
  /** Side outputs, numbered from 1. */
  readonly outputs: readonly string[];
  readonly onError: ErrorPolicy;
  /** The side output for dead letters. */
  readonly deadLetters: number;
}

export function createProcessRecords(spec: ProcessRecordsSpec, context: OperatorContext): Operator {
  return new ProcessRecords(spec, context);
}

const TIMER_FIELDS: readonly Field[] = [
  { name: "$timers:event", type: VALUE_TYPE },
  { name: "$timers:processing", type: VALUE_TYPE },
];

class ProcessRecords implements Operator, ProcessContext {
  readonly #spec: ProcessRecordsSpec;
  readonly #operatorId: string;
  readonly #time: ProcessingTime | null;
  readonly #shared: SharedTimer | null;
  readonly #alarm: ProcessingTime | null;
  readonly #keyed: KeyedState;
  readonly #timers: { readonly [domain in TimeDomain]: KeyTimers } | null;
  readonly #outputs: RecordOutputs;
  readonly #code: UserCode;
  #isKeyed = false;
  #timestamp = Number.NaN;
  #isProcessingTimersDue = false;
  watermark: Timestamp = MIN_TIMESTAMP;
  readonly state: { readonly [name: string]: unknown };
  readonly broadcast: { readonly [name: string]: BroadcastState };
  #isBroadcasting = false;

  constructor(spec: ProcessRecordsSpec, context: OperatorContext) {
    this.#spec = spec;
    this.#operatorId = context.operatorId;
    this.#outputs = new RecordOutputs(spec.outputs);
    this.#code = new UserCode(spec.onError, context, this.#outputs.side(spec.deadLetters));
    const hasTtl = Object.values(spec.states).some(({ ttl }) => ttl !== null);
    this.#time = context.processingTime ?? (hasTtl ? processingTimeOf(context) : null);
    this.#shared = this.#time === null ? null : new SharedTimer(this.#time);
    const sweepTime = hasTtl ? (this.#shared?.part(() => this.#keyed.onTimer()) ?? null) : null;
    const extra = spec.onTimer === null ? [] : TIMER_FIELDS;
    this.#keyed = new KeyedState(spec.states, context.state, sweepTime, extra);
    this.state = this.#keyed.handles;
    const broadcast = (spec.broadcast ?? []).map((name) => [name, new BroadcastState(name, context.state)] as const);
    this.broadcast = Object.fromEntries(broadcast);
    this.#alarm =
      this.#shared?.part(() => {
        this.#isProcessingTimersDue = true;
      }) ?? null;
    const { table } = this.#keyed;
    const first = table.columns.length - TIMER_FIELDS.length;
    this.#timers =
      spec.onTimer === null
        ? null
        : {
            event: new KeyTimers(table, table.columns[first]),
            processing: new KeyTimers(table, table.columns[first + 1]),
          };
    this.#setAlarm();
  }

  onBatch(batch: RecordBatch, input: number): Iterable<RecordBatch> {
    const { keyOf, onRecord, isBroadcast = false } = this.#spec.inputs[input];
    const { length, timestamps, origin } = batch;
    // Of one input alone the rows say themselves how far event time has come.
    const watermarks = this.#spec.inputs.length === 1 ? batch.watermarks : undefined;
    const records = valuesOf(batch);
    this.#setBroadcasting(isBroadcast);
    for (let row = 0; row < length; row++) {
      if (watermarks !== undefined && watermarks[row] > this.watermark) this.#reach(watermarks[row]);
      const record = records[row];
      this.#isKeyed = keyOf !== null;
      this.#timestamp = timestamps === null ? Number.NaN : timestamps[row];
      this.#outputs.at(origin, row);
      this.#outputs.mark();
      try {
        if (keyOf !== null) this.#keyed.use(keyOf(record));
        const emitted = onRecord(record, this);
        if (emitted !== undefined) this.#emitAll(emitted);
      } catch (error) {
        this.#recordFailed(error, batch, input, row);
      }
    }
    this.#setBroadcasting(false);
    this.#setAlarm();
    return this.#outputs.takeAll();
  }

  /** Event time has come to `watermark` in front of a row: rings the timers that are due. */
  #reach(watermark: Timestamp): void {
    this.watermark = watermark;
    const timers = this.#timers?.event;
    if (timers !== undefined && timers.first <= watermark) {
      this.#outputs.at(undefined, -1);
      for (let slot = timers.pop(watermark); slot >= 0; slot = timers.pop(watermark)) {
        this.#timestamp = timers.time;
        this.#ring(slot, timers.time);
      }
    }
    // What timers have emitted is older: it stands in front of the watermark.
    this.#outputs.reach(watermark);
  }

  #setBroadcasting(isBroadcasting: boolean): void {
    if (isBroadcasting === this.#isBroadcasting) return;
    this.#isBroadcasting = isBroadcasting;
    for (const state of Object.values(this.broadcast)) state.isWritable = isBroadcasting;
  }

  #recordFailed(error: unknown, batch: RecordBatch, input: number, row: number): void {
    const { keyOf, onRecord } = this.#spec.inputs[input];
    const record = valuesOf(batch)[row];
    const giveUp = () => this.#outputs.rollBack();
    const again = () => {
      giveUp();
      if (keyOf !== null) this.#keyed.use(keyOf(record));
      const emitted = onRecord(record, this);
      if (emitted !== undefined) this.#emitAll(emitted);
    };
    this.#code.failed(error, batch, row, again, giveUp);
  }

  *onWatermark(watermark: Timestamp): Generator<RecordBatch> {
    this.watermark = watermark;
    const timers = this.#timers?.event;
    if (timers !== undefined) {
      this.#outputs.at(undefined, -1);
      for (let slot = timers.pop(watermark); slot >= 0; slot = timers.pop(watermark)) {
        this.#timestamp = timers.time;
        this.#ring(slot, timers.time);
        if (this.#outputs.isFull) yield* this.#outputs.takeAll();
      }
    }
    this.#setAlarm();
    yield* this.#outputs.takeAll();
  }

  *onTimer(): Generator<RecordBatch> {
    this.#shared?.onTimer();
    const timers = this.#timers?.processing;
    if (timers !== undefined && this.#isProcessingTimersDue) {
      this.#isProcessingTimersDue = false;
      this.#outputs.at(undefined, -1);
      const now = this.now();
      for (let slot = timers.pop(now); slot >= 0; slot = timers.pop(now)) {
        this.#timestamp = Number.NaN;
        this.timeDomain = "processing";
        this.#ring(slot, timers.time);
        this.timeDomain = "event";
        if (this.#outputs.isFull) yield* this.#outputs.takeAll();
      }
    }
    this.#setAlarm();
    yield* this.#outputs.takeAll();
  }

  *onEnd(): Generator<RecordBatch> {
    const { onEnd } = this.#spec;
    if (onEnd === null) return;
    this.#isKeyed = false;
    this.#outputs.at(undefined, -1);
    this.#timestamp = Number.NaN;
    try {
      const emitted = onEnd(this);
      if (emitted !== undefined) this.#emitAll(emitted);
    } catch (error) {
      throw codeError(error, this.#operatorId, "at the end");
    }
    yield* this.#outputs.takeAll();
  }

  #ring(slot: number, at: Timestamp): void {
    this.#isKeyed = true;
    this.#keyed.useSlot(slot);
    this.#outputs.mark();
    try {
      const emitted = this.#spec.onTimer?.(at, this);
      if (emitted !== undefined) this.#emitAll(emitted);
    } catch (error) {
      this.#outputs.rollBack();
      const record = { key: this.#keyed.key, timer: at };
      this.#code.giveUp(error, record, this.#timestamp, null);
    }
    this.#keyed.release();
  }

  #emitAll(emitted: Iterable<unknown>): void {
    const { main } = this.#outputs;
    const time = this.#timestamp;
    if (Array.isArray(emitted)) for (let i = 0; i < emitted.length; i++) main.emit(emitted[i], time);
    else for (const record of emitted) main.emit(record, time);
  }

  #setAlarm(): void {
    if (this.#timers !== null) this.#alarm?.setTimer(this.#timers.processing.first);
  }

  // ProcessContext

  /** Which time the timer at hand was set in. */
  timeDomain: TimeDomain = "event";

  get key(): unknown {
    return this.#isKeyed ? this.#keyed.key : null;
  }

  get timestamp(): Timestamp | undefined {
    return Number.isNaN(this.#timestamp) ? undefined : this.#timestamp;
  }

  now(): Timestamp {
    if (this.#time === null) throw new Error("nobody tells this operator the processing time");
    return this.#time.now();
  }

  forEachKey(visit: (key: unknown, state: ProcessContext["state"]) => void): void {
    if (!this.#isBroadcasting) throw new TypeError("forEachKey is there in onBroadcast only");
    this.#keyed.table.forEachSlot((slot) => {
      this.#isKeyed = true;
      this.#keyed.useSlot(slot);
      try {
        visit(this.#keyed.key, this.state);
      } finally {
        this.#isKeyed = false;
      }
    });
  }

  emit(record: unknown): void {
    this.#outputs.main.emit(record, this.#timestamp);
  }

  emitAt(record: unknown, timestamp: Timestamp): void {
    this.#outputs.main.emit(record, timestamp);
  }

  output(name: string, record: unknown): void {
    this.#outputs.emitTo(name, record, this.#timestamp);
  }

  setTimer(at: Timestamp, domain: TimeDomain = "event"): void {
    if (this.#timers === null) throw new TypeError("setTimer needs onTimer");
    if (!this.#isKeyed) throw new TypeError("setTimer needs a key: use keyBy first");
    if (Number.isNaN(at)) throw new TypeError("setTimer: the time is NaN; does the record have an event time?");
    this.#timers[domain].set(this.#keyed.ensureSlot(), at);
  }

  clearTimer(at: Timestamp, domain: TimeDomain = "event"): boolean {
    if (this.#timers === null || !this.#isKeyed || this.#keyed.slot < 0) return false;
    const wasSet = this.#timers[domain].delete(this.#keyed.slot, at);
    this.#keyed.release();
    return wasSet;
  }
}
