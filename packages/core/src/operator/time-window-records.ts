/**
 * Tumbling and sliding windows of records, aggregated as the records come and emitted when their time is over; in event time once
 * more for each record that is late, but within the allowed lateness.
 *
 * Where all aggregates say that parts can be put together in any order, a record of sliding windows goes into the one pane that it is in,
 * and windows are put together of panes; else it goes into each of its windows.
 *
 * Invariant  `#reached` is the time (the watermark, or the clock less 1 ms) up to which windows have been emitted. A table is there
 *            exactly while the last window that it is part of ends after `#reached` less the allowed lateness.
 * State      a table per pane, or per window, from the key to the accumulators; the time reached.
 * Cost       one look-up per record (without panes: per window of the record) and a call per aggregate; per window with panes, a
 *            merge per key and pane.
 */
import { type RecordBatch, type RowOrigin, valuesOf } from "../batch/record-batch.ts";
import { Accumulators, type AnyAggregate } from "../record/accumulators.ts";
import { eventTimeOf } from "../record/record-windows.ts";
import { WindowFiring, type WindowResultSpec } from "../record/window-firing.ts";
import { MemoryStateTable } from "../state/memory-state-table.ts";
import { slotsInUse } from "../state/slots-in-use.ts";
import type { NamespacedStateTable, OperatorValue, StateTable, StateTableDescriptor } from "../state/state-backend.ts";
import { processingTimeOf } from "../state/state-ttl.ts";
import type { ProcessingTime } from "../time/processing-time.ts";
import { type TimeWindowSpec, type TimeWindows, timeWindows } from "../window/time-windows.ts";
import { MAX_TIMESTAMP, MIN_TIMESTAMP, type Operator, type OperatorContext, type TimeDomain } from "./operator.ts";

export interface TimeWindowRecordsSpec extends WindowResultSpec {
  readonly kind: "time-window-records";
  /** Null: all records have one key, null. */
  readonly keyOf: ((record: unknown) => unknown) | null;
  readonly window: TimeWindowSpec;
  readonly domain: TimeDomain;
  /** Of event time; 0 in processing time, where nothing is late. */
  readonly allowedLatenessMs: number;
  readonly aggregates: readonly AnyAggregate[];
}

/** Code is called with the results of the aggregates. Per-window state is not for this operator. */
export function createTimeWindowRecords(spec: TimeWindowRecordsSpec, context: OperatorContext): Operator {
  return new TimeWindowRecords(spec, context);
}

class TimeWindowRecords implements Operator {
  readonly #keyOf: (record: unknown) => unknown;
  readonly #windows: TimeWindows;
  readonly #latenessMs: number;
  readonly #accumulators: Accumulators;
  readonly #firing: WindowFiring;
  readonly #descriptor: StateTableDescriptor;
  /** By the start of the pane, or of the window. */
  readonly #tables: NamespacedStateTable;
  readonly #hasPanes: boolean;
  readonly #stored: OperatorValue<number>;
  #reached: number;
  readonly #clock: ProcessingTime | null;
  readonly #alarm: ProcessingTime | null;
  /** When something is to be emitted or freed next. */
  #dueAt = MAX_TIMESTAMP;
  /** The pane of the record at hand, and the tables that its records go to. */
  #paneStart = Number.NaN;
  #paneEnd = Number.NaN;
  #targets: StateTable[] = [];
  /** Ends of the windows of the pane; the first one is later than the last one where there is no window. */
  #firstEnd = 0;
  #lastEnd = 0;
  /** None of its windows has been emitted. */
  #isOnTime = false;

  constructor(spec: TimeWindowRecordsSpec, context: OperatorContext) {
    this.#keyOf = spec.keyOf ?? noKey;
    this.#windows = timeWindows(spec.window);
    this.#latenessMs = spec.allowedLatenessMs;
    this.#accumulators = new Accumulators(spec.aggregates);
    this.#firing = new WindowFiring(spec, context);
    this.#hasPanes =
      spec.window.kind === "tumble" ||
      spec.aggregates.every(({ sharesPanes, merge }) => sharesPanes === true && merge !== undefined);
    const key = [{ name: "key", type: { kind: "value", nullable: true } }] as const;
    this.#descriptor = { name: "windows", key, values: this.#accumulators.fields };
    this.#tables = context.state.namespacedTable(this.#descriptor);
    this.#stored = context.state.operatorValue<number>("reached", MIN_TIMESTAMP, Math.min);
    this.#reached = this.#stored.get();
    this.#clock = spec.domain === "event" ? null : processingTimeOf(context);
    this.#alarm = this.#clock === null ? null : this.#firing.alarm(() => undefined);
    this.#setDue();
  }

  *onBatch(batch: RecordBatch): Generator<RecordBatch> {
    const { length, timestamps, origin } = batch;
    const records = valuesOf(batch);
    const keyOf = this.#keyOf;
    const accumulators = this.#accumulators;
    const watermarks = this.#clock === null ? batch.watermarks : undefined;
    // Of processing time: should the clock have gone back, no window is opened again.
    const now = this.#clock === null ? Number.NaN : Math.max(this.#clock.now(), this.#reached + 1);
    for (let row = 0; row < length; row++) {
      if (watermarks !== undefined && watermarks[row] > this.#reached) {
        if (this.#dueAt <= watermarks[row]) yield* this.#advance(watermarks[row]);
        this.#reached = watermarks[row];
        this.#firing.reach(watermarks[row]);
      }
      const record = records[row];
      try {
        const time = this.#clock === null ? eventTimeOf(timestamps, row) : now;
        const key = keyOf(record);
        accumulators.read(record);
        if (!(time >= this.#paneStart && time < this.#paneEnd)) this.#turnTo(time);
        if (this.#isOnTime && this.#targets.length === 1) accumulators.addTo(this.#targets[0], key, time);
        else this.#addToAll(record, key, time, origin, row);
      } catch (error) {
        this.#recordFailed(error, batch, row, now);
      }
    }
    this.#stored.set(this.#reached);
    this.#alarm?.setTimer(this.#dueAt + 1);
    yield* this.#firing.takeAll();
  }

  #recordFailed(error: unknown, batch: RecordBatch, row: number, now: number): void {
    const record = valuesOf(batch)[row];
    this.#firing.failed(error, batch, row, () => {
      const time = this.#clock === null ? eventTimeOf(batch.timestamps, row) : now;
      const key = this.#keyOf(record);
      this.#accumulators.read(record);
      this.#turnTo(time);
      this.#addToAll(record, key, time, batch.origin, row);
    });
  }

  #turnTo(time: number): void {
    const { paneMs, paneOf, firstEndAfter, lastEndOf } = this.#windows;
    this.#paneStart = paneOf(time);
    this.#paneEnd = this.#paneStart + paneMs;
    this.#firstEnd = firstEndAfter(this.#paneStart);
    this.#lastEnd = lastEndOf(this.#paneStart);
    const reached = this.#reached;
    this.#isOnTime = this.#firstEnd <= this.#lastEnd && this.#firstEnd - 1 > reached;
    this.#targets = [];
    if (this.#isGone(this.#lastEnd)) return;
    if (this.#hasPanes) this.#targets.push(this.#tables.at(this.#paneStart));
    else {
      for (let end = this.#firstEnd; end <= this.#lastEnd; end += this.#windows.everyMs)
        if (!this.#isGone(end)) this.#targets.push(this.#tables.at(this.#windows.startOf(end)));
    }
    this.#dueAt = Math.min(this.#dueAt, this.#dueOf(this.#firstEnd, this.#lastEnd));
  }

  /** Whether a window has been emitted for the last time. */
  #isGone(end: number): boolean {
    return end - 1 + this.#latenessMs <= this.#reached;
  }

  /** Adds to several windows, or to some that have been emitted: those are, once more. */
  #addToAll(record: unknown, key: unknown, time: number, origin: RowOrigin | undefined, row: number): void {
    if (this.#targets.length === 0) {
      if (time + this.#latenessMs <= this.#reached) this.#firing.addLate(record, time, origin, row);
      return;
    }
    for (const table of this.#targets) this.#accumulators.addTo(table, key, time);
    if (this.#isOnTime) return;
    const reached = this.#reached;
    for (let end = this.#firstEnd; end <= this.#lastEnd && end - 1 <= reached; end += this.#windows.everyMs)
      if (!this.#isGone(end)) this.#fireKey(key, end);
  }

  *onWatermark(watermark: number): Generator<RecordBatch> {
    this.#firing.watermark = watermark;
    // At the end of all input no clock will ring any more.
    if (this.#clock === null || watermark === MAX_TIMESTAMP) yield* this.#advance(watermark);
  }

  *onTimer(): Generator<RecordBatch> {
    this.#firing.onTimer();
    if (this.#clock !== null) yield* this.#advance(this.#clock.now() - 1);
  }

  /** Time has come to `to`: emits the windows that it has passed the end of. */
  *#advance(to: number): Generator<RecordBatch> {
    const from = this.#reached;
    if (to > from) {
      this.#reached = to;
      this.#stored.set(to);
    }
    if (this.#dueAt <= to) {
      this.#paneStart = Number.NaN;
      this.#firing.watermark = this.#clock === null ? to : this.#firing.watermark;
      for (const end of this.#endsBetween(from, to)) yield* this.#fire(end);
      for (const start of this.#tables.namespaces())
        if (this.#isGone(this.#windows.lastEndOf(start))) this.#tables.drop(start);
      this.#setDue();
    }
    yield* this.#firing.takeAll();
    this.#alarm?.setTimer(this.#dueAt + 1);
  }

  /** The first window that a table is part of; the last one is `lastEndOf` its start. */
  #firstEndIn(start: number): number {
    return this.#hasPanes ? this.#windows.firstEndAfter(start) : this.#windows.lastEndOf(start);
  }

  /** The ends of windows with records whose last moment is later than `from`, up to `to`. */
  #endsBetween(from: number, to: number): number[] {
    const ends = new Set<number>();
    for (const start of this.#tables.namespaces()) {
      const last = this.#windows.lastEndOf(start);
      for (let end = this.#firstEndIn(start); end <= last && end - 1 <= to; end += this.#windows.everyMs)
        if (end - 1 > from) ends.add(end);
    }
    return [...ends].sort((a, b) => a - b);
  }

  #setDue(): void {
    this.#dueAt = MAX_TIMESTAMP;
    for (const start of this.#tables.namespaces())
      this.#dueAt = Math.min(this.#dueAt, this.#dueOf(this.#firstEndIn(start), this.#windows.lastEndOf(start)));
    this.#alarm?.setTimer(this.#dueAt + 1);
  }

  /** When the first window that is to be emitted is, or the last one freed. */
  #dueOf(firstEnd: number, lastEnd: number): number {
    const reached = this.#reached;
    for (let end = firstEnd; end <= lastEnd; end += this.#windows.everyMs) if (end - 1 > reached) return end - 1;
    return lastEnd - 1 + this.#latenessMs;
  }

  /** The tables a window is made of. */
  #partsOf(end: number): StateTable[] {
    const start = this.#windows.startOf(end);
    if (!this.#hasPanes) return [this.#tables.peek(start)].filter((table) => table !== undefined);
    const parts: StateTable[] = [];
    for (let pane = start; pane < end; pane += this.#windows.paneMs) {
      const table = this.#tables.peek(pane);
      if (table !== undefined) parts.push(table);
    }
    return parts;
  }

  *#fire(end: number): Generator<RecordBatch> {
    const parts = this.#partsOf(end);
    const window = { start: this.#windows.startOf(end), end };
    const table = parts.length === 1 ? parts[0] : this.#merged(parts);
    for (const slot of slotsInUse(table)) {
      const results = this.#accumulators.resultsAt(table.columns, slot);
      this.#firing.fire(table.keyAt(slot), window, results, null, Number.NaN);
      if (this.#firing.isFull) yield* this.#firing.takeAll();
    }
  }

  #merged(parts: readonly StateTable[]): StateTable {
    const merged = new MemoryStateTable(this.#descriptor, Math.max(0, ...parts.map((part) => part.size)));
    for (const part of parts) {
      part.forEachSlot((slot) => {
        const into = merged.slotOf(part.keyAt(slot));
        this.#accumulators.mergeAt(merged.columns, into, part.columns, slot);
      });
    }
    return merged;
  }

  #fireKey(key: unknown, end: number): void {
    const parts = this.#partsOf(end).filter((part) => part.findKey(key) >= 0);
    let [table] = parts;
    let slot = table.findKey(key);
    if (parts.length > 1) {
      table = new MemoryStateTable(this.#descriptor);
      slot = table.slotOf(key);
      for (const part of parts) this.#accumulators.mergeAt(table.columns, slot, part.columns, part.findKey(key));
    }
    const results = this.#accumulators.resultsAt(table.columns, slot);
    this.#firing.fire(key, { start: this.#windows.startOf(end), end }, results, null, Number.NaN);
  }
}

function noKey(): null {
  return null;
}
