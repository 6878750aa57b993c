/**
 * Aggregates per key and session: rows of a key at most `gapMs` apart. Emitted once, when the watermark passes the session's
 * end, `last time + gap`.
 *
 * Time is cut into cells as long as the gap. Rows of a key in one cell are of one session, so a row is one update of its cell's
 * table, whatever comes before or after it: bridging rows need no merge. When the watermark reaches what a fragment (the rows of a
 * key in a cell) waits for, `last + gap - 1`, the fragment is merged into that of the next cell if they touch, and else is a
 * complete session.
 *
 * Invariant  after `onWatermark(w)` every fragment has `last + gap - 1 > w`. A fragment's `start` is that of the earliest row of its session
 *            merged into it so far. As fragments wait for at least their own cell's end, one of cell c can touch only one of c + 1
 *            when it is due. A row is late if the session that it would be in, with all fragments it touches, is already due.
 * State      a table per cell: start, last, accumulators; the watermark. The order of a cell in which fragments get due is rebuilt.
 * Cost       O(1) per row and per fragment; late rows, O(cells not yet due). Per watermark at most the fragments due and one
 *            slice, of SLICES, of the one cell that is partly due.
 */
import type { AggregateSpec } from "../aggregate/aggregate-spec.ts";
import { createPaneAggregates, type Pane, type PaneAggregates } from "../aggregate/pane-aggregates.ts";
import { type WindowProperty, windowColumns } from "../aggregate/window-output.ts";
import type { Column, Float64Column } from "../batch/column.ts";
import type { Field } from "../batch/data-type.ts";
import { selectRows } from "../batch/gather.ts";
import { MAX_BATCH_ROWS, NO_BATCHES, type RecordBatch, recordBatch } from "../batch/record-batch.ts";
import { MillraceError } from "../errors.ts";
import type { Counter } from "../metrics.ts";
import { slotsInUse } from "../state/slots-in-use.ts";
import type { OperatorValue } from "../state/state-backend.ts";
import { sessionIsComplete, sessionTakes } from "../window/session.ts";
import { rowtimeIsNull } from "../window/time-windows.ts";
import { tumblingStart } from "../window/tumbling.ts";
import { MAX_TIMESTAMP, MIN_TIMESTAMP, type Operator, type OperatorContext } from "./operator.ts";

export interface SessionWindowAggregateSpec {
  readonly kind: "session-window-aggregate";
  readonly inputFields: readonly Field[];
  /** What sessions are told apart by, and what is grouped by. */
  readonly keys: readonly number[];
  readonly gapMs: number;
  readonly timeColumn: number;
  readonly aggregates: readonly AggregateSpec[];
  readonly properties: readonly WindowProperty[];
}

/** Input: inserts only. Output: keys, aggregates, properties. */
export function createSessionWindowAggregate(spec: SessionWindowAggregateSpec, context: OperatorContext): Operator {
  return new SessionWindowAggregate(spec, context);
}

/** Parts a cell is ordered by: within one, fragments are looked at one by one. */
const SLICES = 256;
const START = 0;
const LAST = 1;
const EXTRA: readonly Field[] = ["start", "last"].map((name) => ({ name, type: { kind: "double", nullable: true } }));

/** The fragments of the cell that is partly due, by the slice of the cell that their last row is in. */
interface DueOrder {
  readonly cell: number;
  readonly slices: number[][];
  /** Slices below have been emptied. */
  done: number;
}

class SessionWindowAggregate implements Operator {
  readonly #spec: SessionWindowAggregateSpec;
  readonly #operatorId: string;
  readonly #gapMs: number;
  readonly #aggregates: PaneAggregates;
  readonly #late: Counter;
  readonly #watermark: OperatorValue<number>;
  readonly #usedColumns: readonly number[];
  #order: DueOrder | null = null;
  readonly #one = new Int32Array(1);

  constructor(spec: SessionWindowAggregateSpec, context: OperatorContext) {
    this.#spec = spec;
    this.#operatorId = context.operatorId;
    this.#gapMs = spec.gapMs;
    if (spec.aggregates.some(({ distinct, function: name }) => distinct && name !== "min" && name !== "max")) {
      throw new MillraceError({
        code: "SQL_UNSUPPORTED",
        operatorId: context.operatorId,
        message:
          "DISTINCT aggregates over session windows are not available yet: leave DISTINCT out, or use a tumbling window",
      });
    }
    this.#aggregates = createPaneAggregates({
      name: "cells",
      inputFields: spec.inputFields,
      keys: spec.keys,
      aggregates: spec.aggregates,
      subtracts: false,
      extra: EXTRA,
      state: context.state,
    });
    this.#usedColumns = [...new Set([...spec.keys, spec.timeColumn, ...this.#aggregates.inputColumns])];
    this.#late = context.metrics.counter("numLateRecordsDropped");
    this.#watermark = context.state.operatorValue<number>("watermark", MIN_TIMESTAMP, (a, b) => Math.min(a, b));
  }

  get dueAt(): number {
    for (const cell of this.#aggregates.namespaces()) {
      const pane = this.#aggregates.at(cell);
      if (pane.table.size > 0) return this.#firstDue(this.#orderOf(cell, pane), pane);
    }
    return MAX_TIMESTAMP;
  }

  /** What the first fragment of a cell waits for; there is one. */
  #firstDue({ cell, slices, done }: DueOrder, pane: Pane): number {
    const lasts = pane.extra[LAST].float64!;
    const isFree = pane.extra[LAST].nulls;
    let first = Number.POSITIVE_INFINITY;
    for (let at = done; at < SLICES && first === Number.POSITIVE_INFINITY; at++) {
      for (const slot of slices[at] ?? []) {
        if (isFree[slot] !== 1 && this.#sliceOf(cell, lasts[slot]) === at) first = Math.min(first, lasts[slot]);
      }
    }
    return first + this.#gapMs - 1;
  }

  onBatch(batch: RecordBatch): Iterable<RecordBatch> {
    const { values: times, nulls } = batch.columns[this.#spec.timeColumn] as Float64Column;
    const { length } = batch;
    if (length === 0) return NO_BATCHES;
    const gap = this.#gapMs;
    const onTime = this.#watermark.get() - gap + 1;
    const cell = tumblingStart(times[0], gap, 0);
    let row = 0;
    if (nulls === null)
      while (row < length && times[row] >= cell && times[row] < cell + gap && times[row] > onTime) row++;
    if (row === length) this.#add(cell, batch);
    else this.#addByCell(batch, times, nulls, onTime);
    return NO_BATCHES;
  }

  #addByCell(batch: RecordBatch, times: Float64Array, nulls: Uint8Array | null, onTime: number): void {
    // A late row may belong to a session that rows just before it keep open: rows count in the order in which they came.
    let from = 0;
    for (let row = 0; row < batch.length; row++) {
      if (nulls !== null && nulls[row] === 1) throw rowtimeIsNull(this.#operatorId);
      if (times[row] > onTime) continue;
      this.#addRange(batch, times, from, row);
      this.#one[0] = row;
      this.#addLate(tumblingStart(times[row], this.#gapMs, 0), this.#pick(batch, this.#one), times[row]);
      from = row + 1;
    }
    this.#addRange(batch, times, from, batch.length);
  }

  /** Rows [from, to), none of them late. */
  #addRange(batch: RecordBatch, times: Float64Array, from: number, to: number): void {
    const gap = this.#gapMs;
    const rowsOf = new Map<number, number[]>();
    let cell = Number.NaN;
    let rows: number[] = [];
    for (let row = from; row < to; row++) {
      const time = times[row];
      if (!(time >= cell && time < cell + gap)) {
        cell = tumblingStart(time, gap, 0);
        const known = rowsOf.get(cell);
        if (known === undefined) {
          rows = [];
          rowsOf.set(cell, rows);
        } else rows = known;
      }
      rows.push(row);
    }
    for (const [cell, list] of rowsOf) this.#add(cell, this.#pick(batch, Int32Array.from(list)));
  }

  #pick(batch: RecordBatch, rows: Int32Array): RecordBatch {
    const columns: Column[] = [...batch.columns];
    for (const column of this.#usedColumns) columns[column] = selectRows(columns[column], rows, rows.length);
    return recordBatch(rows.length, columns);
  }

  #keysOf(batch: RecordBatch): Column[] {
    return this.#spec.keys.map((column) => batch.columns[column]);
  }

  #add(cell: number, batch: RecordBatch): void {
    const pane = this.#aggregates.at(cell);
    const slots = this.#aggregates.update(pane, this.#keysOf(batch), batch);
    const { values: times } = batch.columns[this.#spec.timeColumn] as Float64Column;
    const starts = pane.extra[START].float64!;
    const lasts = pane.extra[LAST].float64!;
    const isUnset = pane.extra[LAST].nulls;
    const startIsUnset = pane.extra[START].nulls;
    for (let i = 0; i < batch.length; i++) {
      const slot = slots[i];
      const time = times[i];
      if (isUnset[slot] === 1) {
        isUnset[slot] = 0;
        startIsUnset[slot] = 0;
        starts[slot] = time;
        lasts[slot] = time;
        continue;
      }
      if (time < starts[slot]) starts[slot] = time;
      if (time > lasts[slot]) lasts[slot] = time;
    }
    if (this.#order?.cell === cell) for (let i = 0; i < batch.length; i++) this.#enlist(this.#order, pane, slots[i]);
  }

  /** A row that alone would be a session already due: it counts if it touches a fragment, which is not. */
  #addLate(cell: number, batch: RecordBatch, time: number): void {
    const keys = this.#keysOf(batch);
    const found = new Int32Array(1);
    for (const candidate of this.#aggregates.namespaces()) {
      if (candidate < cell) continue;
      const pane = this.#aggregates.at(candidate);
      pane.table.find(keys, 1, found);
      const slot = found[0];
      if (slot < 0) continue;
      const starts = pane.extra[START].float64!;
      const lasts = pane.extra[LAST].float64!;
      if (!sessionTakes(starts[slot], lasts[slot], time, this.#gapMs)) continue;
      this.#aggregates.update(pane, keys, batch);
      starts[slot] = Math.min(starts[slot], time);
      return;
    }
    this.#late.value++;
  }

  *onWatermark(watermark: number): Generator<RecordBatch> {
    const gap = this.#gapMs;
    for (const cell of this.#aggregates.namespaces()) {
      if (cell + gap - 1 > watermark) break;
      const pane = this.#aggregates.at(cell);
      // The last time in a cell is below its end.
      const isWhole = cell + gap + gap - 1 <= watermark;
      const slots = isWhole ? slotsInUse(pane.table) : this.#takeDue(cell, pane, watermark);
      if (slots.length > 0) yield* this.#complete(cell, pane, slots);
      if (isWhole || pane.table.size === 0) {
        this.#aggregates.drop(cell);
        if (this.#order?.cell === cell) this.#order = null;
      }
    }
    this.#watermark.set(watermark);
  }

  /** Slots of the fragments that are due in a cell where others are not. */
  #takeDue(cell: number, pane: Pane, watermark: number): Int32Array {
    const order = this.#orderOf(cell, pane);
    const lasts = pane.extra[LAST].float64!;
    const isFree = pane.extra[LAST].nulls;
    const due: number[] = [];
    const dueUntil = watermark - this.#gapMs + 1;
    const lastSlice = this.#sliceOf(cell, dueUntil);
    for (let at = order.done; at <= lastSlice; at++) {
      const slice = order.slices[at];
      if (slice === undefined) continue;
      const waiting: number[] = [];
      for (const slot of slice) {
        // A slot may stand here twice, or in a slice that its last row has left: its present state decides.
        if (isFree[slot] === 1) continue;
        if (!sessionIsComplete(lasts[slot], this.#gapMs, watermark)) {
          if (this.#sliceOf(cell, lasts[slot]) === at) waiting.push(slot);
          continue;
        }
        due.push(slot);
        isFree[slot] = 1;
      }
      order.slices[at] = waiting;
    }
    order.done = lastSlice;
    for (const slot of due) isFree[slot] = 0;
    return Int32Array.from(due);
  }

  #orderOf(cell: number, pane: Pane): DueOrder {
    if (this.#order?.cell === cell) return this.#order;
    const order: DueOrder = { cell, slices: [], done: 0 };
    this.#order = order;
    for (const slot of slotsInUse(pane.table)) this.#enlist(order, pane, slot);
    return order;
  }

  #sliceOf(cell: number, time: number): number {
    return Math.min(SLICES - 1, Math.floor(((time - cell) / this.#gapMs) * SLICES));
  }

  #enlist(order: DueOrder, pane: Pane, slot: number): void {
    const slice = this.#sliceOf(order.cell, pane.extra[LAST].float64![slot]);
    const slots = order.slices[slice];
    if (slots === undefined) order.slices[slice] = [slot];
    else if (slots[slots.length - 1] !== slot) slots.push(slot);
    order.done = Math.min(order.done, slice);
  }

  /** Merges fragments that are due into those of the next cell that they touch; emits and removes the others. */
  *#complete(cell: number, pane: Pane, slots: Int32Array): Generator<RecordBatch> {
    const lasts = pane.extra[LAST].float64!;
    slots.sort((a, b) => lasts[a] - lasts[b]);
    const done = this.#mergeOn(cell, pane, slots);
    for (let from = 0; from < done.length; from += MAX_BATCH_ROWS) {
      const piece = done.subarray(from, from + MAX_BATCH_ROWS);
      const { length } = piece;
      const starts = new Float64Array(length);
      const ends = new Float64Array(length);
      const startOf = pane.extra[START].float64!;
      for (let i = 0; i < length; i++) {
        starts[i] = startOf[piece[i]];
        ends[i] = lasts[piece[i]] + this.#gapMs;
      }
      yield recordBatch(length, [
        ...pane.table.keysOf(piece, length),
        ...this.#aggregates.results(pane, piece, length),
        ...windowColumns(this.#spec.properties, starts, ends),
      ]);
    }
    for (const slot of done) pane.table.remove(slot);
  }

  /** The slots that touch nothing in the next cell. */
  #mergeOn(cell: number, pane: Pane, slots: Int32Array): Int32Array {
    const next = this.#aggregates.peek(cell + this.#gapMs);
    if (next === undefined || slots.length === 0) return slots;
    const found = new Int32Array(slots.length);
    next.table.find(pane.table.keysOf(slots, slots.length), slots.length, found);
    const starts = pane.extra[START].float64!;
    const lasts = pane.extra[LAST].float64!;
    const nextStarts = next.extra[START].float64!;
    const from: number[] = [];
    const to: number[] = [];
    const done: number[] = [];
    for (let i = 0; i < slots.length; i++) {
      const slot = slots[i];
      const target = found[i];
      if (target < 0 || nextStarts[target] > lasts[slot] + this.#gapMs) {
        done.push(slot);
        continue;
      }
      from.push(slot);
      to.push(target);
      if (starts[slot] < nextStarts[target]) nextStarts[target] = starts[slot];
    }
    this.#aggregates.merge(next, Int32Array.from(to), pane, Int32Array.from(from), from.length, true);
    for (const slot of from) pane.table.remove(slot);
    return Int32Array.from(done);
  }
}
