/**
 * Aggregates per key and tumbling, hopping or cumulating window, emitted once, when the watermark passes the window's end.
 *
 * A row goes into the table of its pane, once, however many windows it is in. Windows are put together from panes by a
 * RunningWindow while the watermark passes their ends.
 *
 * Invariant  a window is emitted when watermark >= end - 1, in the order of ends, never empty and never again: a row counts
 *            in those of its windows that are still open, and is late, and only counted, when none is. Every stored pane
 *            lies in an open window. `#pending` are the panes at or after `#runningEnd`, `#inside` those in the running window.
 * State      a table per pane, and the watermark. The running window is put together anew after a restore.
 * Cost       O(1) per row; per window O(its results) and amortised O(1) per entry of a pane, whatever size / slide is. Time
 *            without rows costs nothing.
 */
import type { AggregateSpec } from "../aggregate/aggregate-spec.ts";
import { createPaneAggregates, type Pane, type PaneAggregates } from "../aggregate/pane-aggregates.ts";
import {
  GrowingWindow,
  RecomputedWindow,
  type RunningWindow,
  SubtractingWindow,
  TwoStacksWindow,
} from "../aggregate/running-window.ts";
import { type WindowProperty, windowResults } from "../aggregate/window-output.ts";
import type { Column, Float64Column } from "../batch/column.ts";
import type { Field } from "../batch/data-type.ts";
import { selectRows } from "../batch/gather.ts";
import { NO_BATCHES, type RecordBatch, recordBatch } from "../batch/record-batch.ts";
import type { Counter } from "../metrics.ts";
import { slotsInUse } from "../state/slots-in-use.ts";
import type { OperatorValue } from "../state/state-backend.ts";
import { rowtimeIsNull, type TimeWindowSpec, type TimeWindows, timeWindows } from "../window/time-windows.ts";
import { MAX_TIMESTAMP, MIN_TIMESTAMP, type Operator, type OperatorContext } from "./operator.ts";

export interface WindowAggregateSpec {
  readonly kind: "window-aggregate";
  readonly inputFields: readonly Field[];
  readonly keys: readonly number[];
  readonly window: TimeWindowSpec;
  readonly timeColumn: number;
  readonly aggregates: readonly AggregateSpec[];
  readonly properties: readonly WindowProperty[];
}

/** Input: inserts only. Output: keys, aggregates, properties. */
export function createWindowAggregate(spec: WindowAggregateSpec, context: OperatorContext): Operator {
  return new WindowAggregate(spec, context);
}

class WindowAggregate implements Operator {
  readonly #spec: WindowAggregateSpec;
  readonly #operatorId: string;
  readonly #windows: TimeWindows;
  readonly #aggregates: PaneAggregates;
  /** Null where a window is one pane. */
  readonly #running: RunningWindow | null;
  readonly #late: Counter;
  readonly #watermark: OperatorValue<number>;
  /** The columns that keys and aggregates read: what is picked where a batch falls apart into panes. */
  readonly #usedColumns: readonly number[];
  readonly #pending: number[];
  #inside: number[] = [];
  /** End of the window that the running one stands at; -Infinity if it holds nothing. */
  #runningEnd = Number.NEGATIVE_INFINITY;
  #paneStart = Number.NaN;
  #pane: Pane | null = null;

  constructor(spec: WindowAggregateSpec, context: OperatorContext) {
    this.#spec = spec;
    this.#operatorId = context.operatorId;
    this.#windows = timeWindows(spec.window);
    this.#watermark = context.state.operatorValue<number>("watermark", MIN_TIMESTAMP, (a, b) => Math.min(a, b));
    const isGrowing = spec.window.kind === "cumulate";
    const isOnePane = spec.window.kind !== "cumulate" && this.#windows.paneMs === spec.window.sizeMs;
    this.#aggregates = createPaneAggregates({
      name: "panes",
      inputFields: spec.inputFields,
      keys: spec.keys,
      aggregates: spec.aggregates,
      subtracts: !isGrowing && !isOnePane,
      state: context.state,
    });
    if (isOnePane) this.#running = null;
    else if (isGrowing) this.#running = new GrowingWindow(this.#aggregates);
    else if (this.#aggregates.isInvertible) this.#running = new SubtractingWindow(this.#aggregates);
    else {
      const Window = this.#aggregates.hasDistinct || this.#aggregates.isOrdered ? RecomputedWindow : TwoStacksWindow;
      this.#running = new Window(this.#aggregates, (start) => this.#aggregates.at(start));
    }
    this.#late = context.metrics.counter("numLateRecordsDropped");
    this.#usedColumns = [...new Set([...spec.keys, ...this.#aggregates.inputColumns])];
    this.#pending = [...this.#aggregates.namespaces()];
  }

  get dueAt(): number {
    const oldest = this.#oldestPane();
    return oldest === undefined ? MAX_TIMESTAMP : this.#firstEnd(oldest) - 1;
  }

  onBatch(batch: RecordBatch): Iterable<RecordBatch> {
    const { length } = batch;
    const { values: times, nulls } = batch.columns[this.#spec.timeColumn] as Float64Column;
    const windows = this.#windows;
    if (length === 0) return NO_BATCHES;
    const first = windows.paneOf(times[0]);
    const end = first + windows.paneMs;
    let row = 0;
    if (nulls === null) while (row < length && times[row] >= first && times[row] < end) row++;
    if (row === length) this.#add(first, batch);
    else this.#addByPane(batch, times, nulls);
    return NO_BATCHES;
  }

  /** Rows of several panes: those of each are picked out and go as a batch of their own. */
  #addByPane(batch: RecordBatch, times: Float64Array, nulls: Uint8Array | null): void {
    const windows = this.#windows;
    const rowsOf = new Map<number, number[]>();
    let start = Number.NaN;
    let rows: number[] = [];
    for (let row = 0; row < batch.length; row++) {
      if (nulls !== null && nulls[row] === 1) throw rowtimeIsNull(this.#operatorId);
      const time = times[row];
      if (!(time >= start && time < start + windows.paneMs)) {
        start = windows.paneOf(time);
        const known = rowsOf.get(start);
        if (known === undefined) {
          rows = [];
          rowsOf.set(start, rows);
        } else rows = known;
      }
      rows.push(row);
    }
    for (const [start, list] of rowsOf) {
      const picked = Int32Array.from(list);
      const columns: Column[] = [...batch.columns];
      for (const column of this.#usedColumns) columns[column] = selectRows(columns[column], picked, picked.length);
      this.#add(start, recordBatch(picked.length, columns));
    }
  }

  #add(start: number, batch: RecordBatch): void {
    const lastEnd = this.#windows.lastEndOf(start);
    if (lastEnd === Number.NEGATIVE_INFINITY) return;
    if (lastEnd - 1 <= this.#watermark.get()) {
      this.#late.value += batch.length;
      return;
    }
    const keys = this.#spec.keys.map((column) => batch.columns[column]);
    const isInside = start < this.#runningEnd;
    if (start !== this.#paneStart || this.#pane === null) {
      const known = this.#aggregates.peek(start);
      if (known === undefined) insertSorted(isInside ? this.#inside : this.#pending, start);
      this.#pane = known ?? this.#aggregates.at(start);
      this.#paneStart = start;
    }
    this.#aggregates.update(this.#pane, keys, batch);
    // Late for some of its windows: the others are partly put together already.
    if (isInside) this.#running!.update(start, keys, batch);
  }

  #oldestPane(): number | undefined {
    return this.#inside.length > 0 ? this.#inside[0] : this.#pending[0];
  }

  /** The end of the first window that is still open and holds, or comes after, a pane. */
  #firstEnd(pane: number): number {
    const watermark = this.#watermark.get();
    const end = this.#windows.firstEndAfter(pane);
    return watermark === MIN_TIMESTAMP ? end : Math.max(end, this.#windows.firstEndAfter(watermark + 1));
  }

  *onWatermark(watermark: number): Generator<RecordBatch> {
    const windows = this.#windows;
    const last = watermark + 1;
    let next = MIN_TIMESTAMP;
    for (;;) {
      const oldest = this.#oldestPane();
      if (oldest === undefined) break;
      const end = Math.max(next, this.#firstEnd(oldest));
      if (!(end <= last)) break;
      yield* this.#emit(end);
      next = end + windows.everyMs;
      this.#evictBefore(windows.startOf(next));
    }
    this.#watermark.set(watermark);
  }

  *#emit(end: number): Generator<RecordBatch> {
    const start = this.#windows.startOf(end);
    const { properties } = this.#spec;
    if (this.#running === null) {
      const pane = this.#aggregates.at(start);
      yield* windowResults(this.#aggregates, pane, slotsInUse(pane.table), properties, start, end);
      return;
    }
    let entered = 0;
    while (entered < this.#pending.length && this.#pending[entered] < end) {
      const pane = this.#pending[entered++];
      this.#running.add(pane, this.#aggregates.at(pane));
      this.#inside.push(pane);
    }
    if (entered > 0) this.#pending.splice(0, entered);
    this.#runningEnd = end;
    const pane = this.#running.entries();
    yield* windowResults(this.#aggregates, pane, slotsInUse(pane.table), properties, start, end);
  }

  /** Frees the panes that no window from `start` on holds. */
  #evictBefore(start: number): void {
    const running = this.#running;
    const inside = this.#inside;
    let left = 0;
    while (left < inside.length && inside[left] < start) left++;
    if (left > 0 && left === inside.length) {
      running?.clear();
      this.#runningEnd = Number.NEGATIVE_INFINITY;
    } else {
      for (let i = 0; i < left; i++) running?.evict(inside[i], this.#aggregates.at(inside[i]));
    }
    for (let i = 0; i < left; i++) this.#aggregates.drop(inside[i]);
    inside.splice(0, left);
    let passed = 0;
    while (passed < this.#pending.length && this.#pending[passed] < start)
      this.#aggregates.drop(this.#pending[passed++]);
    if (passed > 0) this.#pending.splice(0, passed);
    this.#paneStart = Number.NaN;
    this.#pane = null;
  }
}

function insertSorted(list: number[], value: number): void {
  let at = list.length;
  while (at > 0 && list[at - 1] > value) at--;
  list.splice(at, 0, value);
}
