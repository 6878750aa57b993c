/**
 * Windows of records under any trigger, with or without an evictor: time windows, sessions, which merge, and windows without bounds.
 * Works as Flink's WindowOperator and EvictingWindowOperator do.
 *
 * Invariant  a key stands in the table while one of its windows holds something: records, a timer, state of the trigger or of the program, or,
 *            for sessions, until its time is over. Sessions of a key neither overlap nor touch. Timers of windows are the truth;
 *            the queues may hold times that nobody waits for any more.
 * State      one table from the key to its windows, which are plain objects; the watermark.
 * Cost       one look-up per record, O(windows of the key), a call of the trigger and of each aggregate; O(log timers) per timer.
 */
import { NO_BATCHES, type RecordBatch, valuesOf } from "../batch/record-batch.ts";
import { Accumulators, type AnyAggregate } from "../record/accumulators.ts";
import { VALUE_TYPE } from "../record/keyed-state.ts";
import { type AssignWindows, eventTimeOf, type RecordWindows, windowAssigner } from "../record/record-windows.ts";
import type { WindowElement, WindowEvictor } from "../record/window-evictor.ts";
import { WindowFiring, type WindowResultSpec } from "../record/window-firing.ts";
import type { AnyTrigger, TriggerContext, TriggerResult } from "../record/window-trigger.ts";
import type { OperatorValue, StateColumn, StateTable } from "../state/state-backend.ts";
import { processingTimeOf } from "../state/state-ttl.ts";
import { TimeQueue } from "../state/time-queue.ts";
import type { ProcessingTime } from "../time/processing-time.ts";
import {
  MAX_TIMESTAMP,
  MIN_TIMESTAMP,
  type Operator,
  type OperatorContext,
  type TimeDomain,
  type Timestamp,
} from "./operator.ts";

export interface WindowRecordsSpec extends WindowResultSpec {
  readonly kind: "window-records";
  /** Null: all records have one key, null. */
  readonly keyOf: ((record: unknown) => unknown) | null;
  readonly windows: RecordWindows;
  /** Of windows in event time. */
  readonly allowedLatenessMs: number;
  readonly trigger: AnyTrigger;
  readonly evictor: WindowEvictor<unknown> | null;
  /** Null: code is called with the records themselves. Where windows are sessions, all can merge. */
  readonly aggregates: readonly AnyAggregate[] | null;
}

export function createWindowRecords(spec: WindowRecordsSpec, context: OperatorContext): Operator {
  return new WindowRecords(spec, context);
}

/** A window of a key. */
interface OpenWindow {
  start: Timestamp;
  end: Timestamp;
  /** Records, or an accumulator per aggregate; null if there is nothing. */
  held: unknown[] | null;
  /** The event time of each record where an evictor asks for it. */
  times: number[];
  /** State of the trigger. */
  trigger: unknown;
  event: number[];
  processing: number[];
  /** The time at which each queue tells of the window next: not later than its timers and its end. NaN: it does not. */
  eventQueued: number;
  processingQueued: number;
  /** Declared state of the program; null if there is none. */
  state: Map<string, unknown> | null;
}

class WindowRecords implements Operator, TriggerContext<unknown> {
  readonly #spec: WindowRecordsSpec;
  readonly #assign: AssignWindows;
  readonly #isMerging: boolean;
  /** What the windows go by; null: they have no bounds. */
  readonly #domain: TimeDomain | null;
  readonly #accumulators: Accumulators | null;
  /** Windows have declared state. */
  readonly #hasState: boolean;
  /** Records are kept, not accumulators. */
  readonly #keepsRecords: boolean;
  readonly #firing: WindowFiring;
  readonly #table: StateTable;
  readonly #column: StateColumn;
  readonly #stored: OperatorValue<number>;
  watermark: Timestamp;
  readonly #time: ProcessingTime | null;
  readonly #alarm: ProcessingTime | null;
  readonly #queues = { event: new TimeQueue(), processing: new TimeQueue() };
  /** Bounds of the windows of the record at hand. */
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];
  /** What the trigger is called for. */
  #window: OpenWindow = newWindow(0, 0, null);
  #slot = -1;
  #timestamp = Number.NaN;
  key: unknown = null;
  readonly timeDomain: TimeDomain;

  constructor(spec: WindowRecordsSpec, context: OperatorContext) {
    this.#spec = spec;
    this.#assign = windowAssigner(spec.windows);
    this.#isMerging = spec.windows.kind === "session";
    this.#domain = spec.windows.kind === "global" ? null : spec.windows.domain;
    this.timeDomain = this.#domain ?? "event";
    this.#accumulators = spec.aggregates === null ? null : new Accumulators(spec.aggregates);
    this.#keepsRecords = spec.aggregates === null || spec.evictor !== null;
    this.#hasState = Object.keys(spec.windowStates).length > 0;
    this.#firing = new WindowFiring(spec, context);
    this.#table = context.state.table({
      name: "windows",
      key: [{ name: "key", type: VALUE_TYPE }],
      values: [{ name: "windows", type: VALUE_TYPE }],
    });
    [this.#column] = this.#table.columns;
    this.#stored = context.state.operatorValue<number>("watermark", MIN_TIMESTAMP, Math.min);
    this.watermark = this.#stored.get();
    this.#firing.watermark = this.watermark;
    this.#time = this.#domain === "processing" ? processingTimeOf(context) : (context.processingTime ?? null);
    this.#alarm = this.#firing.alarm(() => undefined);
    this.#table.forEachSlot((slot) => {
      for (const window of this.#windowsAt(slot)) {
        window.eventQueued = Number.NaN;
        window.processingQueued = Number.NaN;
        this.#queueNext(window, slot, "event");
        this.#queueNext(window, slot, "processing");
      }
    });
    this.#setAlarm();
  }

  #windowsAt(slot: number): OpenWindow[] {
    return (this.#column.get(slot) as OpenWindow[] | null) ?? [];
  }

  *onBatch(batch: RecordBatch): Generator<RecordBatch> {
    const { length, watermarks } = batch;
    const records = valuesOf(batch);
    // Of processing time, asked once per batch.
    const now = this.#domain === "processing" ? this.now() : Number.NaN;
    for (let row = 0; row < length; row++) {
      if (watermarks !== undefined && watermarks[row] > this.watermark) {
        this.watermark = watermarks[row];
        this.#firing.watermark = this.watermark;
        if (this.#queues.event.first <= this.watermark) yield* this.#ringAll("event", this.watermark);
        this.#firing.reach(this.watermark);
      }
      const record = records[row];
      try {
        this.#take(record, batch, row, now);
      } catch (error) {
        this.#firing.failed(error, batch, row, () => this.#take(record, batch, row, now));
      }
    }
    this.#stored.set(this.watermark);
    this.#setAlarm();
    yield* this.#firing.takeAll();
  }

  #take(record: unknown, { timestamps, origin }: RecordBatch, row: number, now: number): void {
    const isEventTime = this.#domain === "event";
    const timestamp = isEventTime ? eventTimeOf(timestamps, row) : (timestamps?.[row] ?? Number.NaN);
    this.key = this.#spec.keyOf === null ? null : this.#spec.keyOf(record);
    this.#timestamp = timestamp;
    if (!this.#keepsRecords) this.#accumulators?.read(record);
    this.#starts.length = 0;
    this.#ends.length = 0;
    this.#assign(record, isEventTime ? timestamp : now, this.#visit);
    this.#slot = this.#table.findKey(this.key);
    let isInNone = true;
    for (let i = 0; i < this.#starts.length; i++) {
      const window = this.#isMerging
        ? this.#session(this.#starts[i], this.#ends[i])
        : this.#windowOf(this.#starts[i], this.#ends[i]);
      if (window === null) continue;
      isInNone = false;
      this.#add(window, record, timestamp);
    }
    if (isInNone && isEventTime && timestamp + this.#spec.allowedLatenessMs <= this.watermark)
      this.#firing.addLate(record, timestamp, origin, row);
    if (this.#slot >= 0) this.#release(this.#slot);
  }

  readonly #visit = (start: number, end: number): void => {
    this.#starts.push(start);
    this.#ends.push(end);
  };

  /** When the window is forgotten; Infinity: never. */
  #cleanupOf({ end }: { readonly end: number }): number {
    return this.#domain === "event" ? end - 1 + this.#spec.allowedLatenessMs : end - 1;
  }

  #isLate(end: number): boolean {
    return this.#domain === "event" && this.#cleanupOf({ end }) <= this.watermark;
  }

  /** The window with these bounds, a new one if there is none; null if it is late. */
  #windowOf(start: number, end: number): OpenWindow | null {
    if (this.#isLate(end)) return null;
    if (this.#slot >= 0) {
      for (const window of this.#windowsAt(this.#slot)) if (window.start === start && window.end === end) return window;
    }
    return this.#newWindow(start, end);
  }

  #newWindow(start: number, end: number): OpenWindow {
    const window = newWindow(start, end, this.#spec.trigger.create());
    if (this.#hasState) window.state = new Map();
    return window;
  }

  /** The session that takes in [start, end), made of those that it brings together; null if it is late. */
  #session(start: number, end: number): OpenWindow | null {
    const windows = this.#slot < 0 ? NO_WINDOWS : this.#windowsAt(this.#slot);
    if (windows.length === 1) {
      // What happens nearly always.
      const [only] = windows;
      if (start <= only.end && end >= only.start) return this.#widened(only, start, end);
      return this.#isLate(end) ? null : this.#newWindow(start, end);
    }
    const joined = windows.filter((window) => start <= window.end && end >= window.start);
    if (joined.length === 0) return this.#isLate(end) ? null : this.#newWindow(start, end);
    const [first, ...others] = joined.sort((a, b) => a.start - b.start);
    for (const other of others) {
      this.#merge(first, other);
      windows.splice(windows.indexOf(other), 1);
    }
    if (others.length === 0) return this.#widened(first, start, end);
    return this.#widened(first, start, Math.max(end, ...others.map((other) => other.end)), true);
  }

  /** The session, which takes in [start, end) now. */
  #widened(window: OpenWindow, start: number, end: number, isMerged = false): OpenWindow {
    if (!isMerged && window.start <= start && window.end >= end) return window;
    window.start = Math.min(window.start, start);
    window.end = Math.max(window.end, end);
    window.event.length = 0;
    window.processing.length = 0;
    this.#queueCleanup(window, this.#slot);
    this.#window = window;
    this.#spec.trigger.onMerge?.(this);
    return window;
  }

  #merge(into: OpenWindow, from: OpenWindow): void {
    into.trigger = this.#spec.trigger.merge!(into.trigger, from.trigger);
    if (into.held === null || from.held === null) {
      into.held ??= from.held;
      if (from.times.length > 0) into.times = from.times;
    } else if (this.#keepsRecords) {
      for (const record of from.held) into.held.push(record);
      for (const time of from.times) into.times.push(time);
    } else this.#accumulators?.merge(into.held, from.held);
  }

  #add(window: OpenWindow, record: unknown, timestamp: number): void {
    if (this.#keepsRecords) {
      window.held ??= [];
      window.held.push(record);
      if (this.#spec.evictor !== null) {
        if (window.times.length === 0) window.times = [timestamp];
        else window.times.push(timestamp);
      }
    } else {
      const held = window.held ?? this.#accumulators!.create();
      this.#accumulators!.addToHeld(held, timestamp);
      window.held = held;
    }
    if (this.#slot < 0) this.#slot = this.#table.slotOf(this.key);
    const windows = this.#column.get(this.#slot) as OpenWindow[] | null;
    if (windows === null) this.#column.set(this.#slot, [window]);
    if (windows === null || !windows.includes(window)) {
      windows?.push(window);
      this.#queueCleanup(window, this.#slot);
    }
    this.#window = window;
    let result: TriggerResult;
    try {
      result = this.#spec.trigger.onRecord(record, timestamp, this);
    } catch (error) {
      result = this.#callTriggerAgain(error, record, timestamp);
    }
    this.#follow(result, window);
  }

  /** The trigger has failed on a record that is in the window by now: only the trigger is tried again. */
  #callTriggerAgain(error: unknown, record: unknown, timestamp: Timestamp): TriggerResult {
    let result: TriggerResult = "continue";
    let isFirst = true;
    this.#firing.guard(record, doNothing, () => {
      const failed = isFirst;
      isFirst = false;
      if (failed) throw error;
      result = this.#spec.trigger.onRecord(record, timestamp, this);
    });
    return result;
  }

  #queueCleanup(window: OpenWindow, slot: number): void {
    if (this.#domain !== null) this.#queueAt(this.#cleanupOf(window), window, slot, this.#domain);
  }

  /** Has the queue tell of a window at a time, unless it does so anyway before. */
  #queueAt(at: number, window: OpenWindow, slot: number, domain: TimeDomain): void {
    if (domain === "event") {
      if (at >= window.eventQueued) return;
      window.eventQueued = at;
    } else {
      if (at >= window.processingQueued) return;
      window.processingQueued = at;
    }
    this.#queues[domain].push(at, slot);
  }

  #queueNext(window: OpenWindow, slot: number, domain: TimeDomain): void {
    for (const at of window[domain]) this.#queueAt(at, window, slot, domain);
    if (domain === this.#domain) this.#queueCleanup(window, slot);
  }

  /** Does what a trigger has said. */
  #follow(result: TriggerResult, window: OpenWindow): void {
    if (result === "continue") return;
    if (result !== "purge" && window.held !== null) this.#fire(window, window.held);
    if (result !== "fire") {
      window.held = null;
      window.times = NO_TIMES;
    }
  }

  #fire(window: OpenWindow, held: unknown[]): void {
    const { evictor } = this.#spec;
    const { key } = this;
    const emit = (contents: readonly unknown[]) =>
      this.#firing.fire(key, window, contents, window.state, this.#timestamp);
    if (evictor === null) {
      emit(this.#keepsRecords ? [...held] : this.#accumulators!.resultsOf(held));
      return;
    }
    let elements: readonly WindowElement<unknown>[] = held.map((record, i) => ({ record, timestamp: window.times[i] }));
    const what = { key, window: { start: window.start, end: window.end } };
    const evict = (side: "before" | "after") => {
      const keep = evictor[side];
      if (keep === undefined) return;
      this.#firing.guard(what, doNothing, () => {
        elements = keep.call(evictor, elements, this);
      });
    };
    evict("before");
    if (this.#accumulators === null) emit(elements.map(({ record }) => record));
    else {
      let results: readonly unknown[] | null = null;
      this.#firing.guard(what, doNothing, () => {
        results = this.#resultsOf(elements);
      });
      if (results !== null) emit(results);
    }
    evict("after");
    window.held = elements.length === 0 ? null : elements.map(({ record }) => record);
    window.times = elements.map(({ timestamp }) => timestamp);
  }

  #resultsOf(elements: readonly WindowElement<unknown>[]): unknown[] {
    const accumulators = this.#accumulators!;
    const held = accumulators.create();
    for (const { record, timestamp } of elements) accumulators.take(held, record, timestamp);
    return accumulators.resultsOf(held);
  }

  /** Forgets the windows of a key that hold nothing, and the key when none is left. */
  #release(slot: number): void {
    const windows = this.#windowsAt(slot);
    for (let i = windows.length - 1; i >= 0; i--) if (this.#isIdle(windows[i])) windows.splice(i, 1);
    if (windows.length === 0) this.#table.remove(slot);
  }

  #isIdle({ held, event, processing, state, trigger }: OpenWindow): boolean {
    if (held !== null || this.#isMerging) return false;
    const holdsNothing = event.length === 0 && processing.length === 0 && (state === null || state.size === 0);
    return holdsNothing && trigger === this.#spec.trigger.create();
  }

  *onWatermark(watermark: Timestamp): Generator<RecordBatch> {
    this.watermark = watermark;
    this.#stored.set(watermark);
    this.#firing.watermark = watermark;
    yield* this.#ringAll("event", watermark);
    // At the end of all input no clock will ring any more.
    if (watermark === MAX_TIMESTAMP && this.#domain === "processing") yield* this.#ringAll("processing", watermark);
  }

  *onTimer(): Generator<RecordBatch> {
    this.#firing.onTimer();
    yield* this.#time === null ? NO_BATCHES : this.#ringAll("processing", this.#time.now() - 1);
  }

  *#ringAll(domain: TimeDomain, until: Timestamp): Generator<RecordBatch> {
    const queue = this.#queues[domain];
    while (queue.length > 0 && queue.first <= until) {
      const at = queue.first;
      this.#ring(queue.pop(), at, domain);
      if (this.#firing.isFull) yield* this.#firing.takeAll();
    }
    this.#setAlarm();
    yield* this.#firing.takeAll();
  }

  #ring(slot: number, at: Timestamp, domain: TimeDomain): void {
    if (slot >= this.#table.capacity || this.#column.nulls[slot] === 1) return;
    this.#slot = slot;
    this.key = this.#table.keyAt(slot);
    this.#timestamp = domain === "event" ? at : Number.NaN;
    const windows = this.#windowsAt(slot);
    for (let i = windows.length - 1; i >= 0; i--) {
      const window = windows[i];
      if ((domain === "event" ? window.eventQueued : window.processingQueued) !== at) continue;
      if (domain === "event") window.eventQueued = Number.NaN;
      else window.processingQueued = Number.NaN;
      const timers = window[domain];
      const index = timers.indexOf(at);
      const isOver = domain === this.#domain && this.#cleanupOf(window) === at;
      if (index >= 0) timers.splice(index, 1);
      this.#window = window;
      if (index >= 0 || isOver) this.#follow(this.#callTrigger(at, domain), window);
      if (isOver) windows.splice(i, 1);
      else this.#queueNext(window, slot, domain);
    }
    this.#release(slot);
  }

  #callTrigger(at: Timestamp, domain: TimeDomain): TriggerResult {
    const { trigger } = this.#spec;
    const { start, end } = this.#window;
    let result: TriggerResult = "continue";
    this.#firing.guard({ key: this.key, window: { start, end }, timer: at }, doNothing, () => {
      result = domain === "event" ? trigger.onEventTime(at, this) : trigger.onProcessingTime(at, this);
    });
    return result;
  }

  #setAlarm(): void {
    this.#alarm?.setTimer(this.#queues.processing.first + 1);
  }

  // TriggerContext

  get window(): OpenWindow {
    return this.#window;
  }

  get state(): unknown {
    return this.#window.trigger;
  }

  set state(state: unknown) {
    this.#window.trigger = state ?? null;
  }

  now(): Timestamp {
    return this.#firing.now();
  }

  setTimer(at: Timestamp, domain: TimeDomain = "event"): void {
    if (Number.isNaN(at)) throw new TypeError("setTimer: the time is NaN; does the record have an event time?");
    const timers = this.#window[domain];
    if (timers.includes(at)) return;
    timers.push(at);
    this.#queueAt(at, this.#window, this.#slot, domain);
  }

  clearTimer(at: Timestamp, domain: TimeDomain = "event"): void {
    const timers = this.#window[domain];
    const index = timers.indexOf(at);
    if (index >= 0) timers.splice(index, 1);
  }
}

const NO_WINDOWS: OpenWindow[] = [];
const NO_TIMES: number[] = [];

function newWindow(start: Timestamp, end: Timestamp, trigger: unknown): OpenWindow {
  return {
    start,
    end,
    held: null,
    times: NO_TIMES,
    trigger: trigger ?? null,
    event: [],
    processing: [],
    eventQueued: Number.NaN,
    processingQueued: Number.NaN,
    state: null,
  };
}

function doNothing(): void {
  // What has failed has changed nothing.
}
