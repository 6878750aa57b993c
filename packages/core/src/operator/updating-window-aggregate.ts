/**
 * Aggregates per key and window of rows that carry their window and may be taken back. Emitted once, when the watermark passes
 * the window's end: what comes out is only added.
 *
 * Invariant  a window is emitted when watermark >= end - 1, in the order of ends, if it has rows then; a change of an emitted
 *            window is late.
 * State      `groups`, by keys, window start and end, with the kernel's tables for DISTINCT, MIN and MAX; the watermark.
 * Cost       per change a look-up and one loop over all accumulators; when windows close, a walk over all open groups.
 */
import { AggregateKernel, type AggregateTables } from "../aggregate/aggregate-kernel.ts";
import { ROW_COUNT } from "../aggregate/aggregate-spec.ts";
import type { AttachedAggregation } from "../aggregate/attached-aggregation.ts";
import { windowColumns } from "../aggregate/window-output.ts";
import type { Float64Column } from "../batch/column.ts";
import { selectBatch } from "../batch/gather.ts";
import { MAX_BATCH_ROWS, NO_BATCHES, type RecordBatch, recordBatch } from "../batch/record-batch.ts";
import type { Counter } from "../metrics.ts";
import { forEachPiece } from "../state/slots-in-use.ts";
import type { OperatorValue, StateTable } from "../state/state-backend.ts";
import { onTime } from "../window/on-time.ts";
import { MIN_TIMESTAMP, type Operator, type OperatorContext } from "./operator.ts";

export interface UpdatingWindowAggregateSpec extends AttachedAggregation {
  readonly kind: "updating-window-aggregate";
}

export function createUpdatingWindowAggregate(spec: UpdatingWindowAggregateSpec, context: OperatorContext): Operator {
  return new UpdatingWindowAggregate(spec, context);
}

class UpdatingWindowAggregate implements Operator {
  readonly #spec: UpdatingWindowAggregateSpec;
  readonly #kernel: AggregateKernel;
  readonly #tables: AggregateTables;
  readonly #keyColumns: readonly number[];
  readonly #operatorId: string;
  readonly #late: Counter;
  readonly #watermark: OperatorValue<number>;
  readonly #slots = new Int32Array(MAX_BATCH_ROWS);
  /** The least end of a group. */
  #nextEnd = Number.POSITIVE_INFINITY;

  constructor(spec: UpdatingWindowAggregateSpec, context: OperatorContext) {
    const { inputFields, keys, startColumn, endColumn } = spec;
    this.#spec = spec;
    this.#operatorId = context.operatorId;
    this.#keyColumns = [...keys, startColumn, endColumn];
    this.#kernel = new AggregateKernel({
      keys: this.#keyColumns.map((column) => inputFields[column]),
      keyColumns: this.#keyColumns,
      keyGroupColumns: keys.length,
      aggregates: [...spec.aggregates, ROW_COUNT],
      inputIsAppendOnly: false,
    });
    this.#tables = this.#kernel.open(context.state);
    this.#late = context.metrics.counter("numLateRecordsDropped");
    this.#watermark = context.state.operatorValue<number>("watermark", MIN_TIMESTAMP, (a, b) => Math.min(a, b));
    this.#findNextEnd();
  }

  onBatch(batch: RecordBatch): Iterable<RecordBatch> {
    const { endColumn } = this.#spec;
    // An end is a millisecond behind the last time of its window.
    const given = onTime(batch, endColumn, this.#watermark.get() + 1, this.#late, this.#operatorId);
    const { columns, kinds, length } = given;
    if (length === 0) return NO_BATCHES;
    const keys = this.#keyColumns.map((column) => columns[column]);
    this.#tables.groups.slotsOf(keys, length, this.#slots);
    this.#kernel.update(this.#tables, columns, kinds, length, this.#slots);
    const { values: ends } = columns[endColumn] as Float64Column;
    for (let i = 0; i < length; i++) if (ends[i] < this.#nextEnd) this.#nextEnd = ends[i];
    return NO_BATCHES;
  }

  *onWatermark(watermark: number): Generator<RecordBatch> {
    if (this.#nextEnd - 1 <= watermark) {
      const closed = this.#closed(watermark);
      yield* this.#results(closed);
      for (const slot of closed) this.#kernel.remove(this.#tables, slot);
      // Groups whose rows were not all taken back leave distinct values behind.
      for (const table of this.#tables.distinct)
        for (const slot of this.#closedIn(table, watermark)) table.remove(slot);
      this.#findNextEnd();
    }
    this.#watermark.set(watermark);
  }

  /** The groups of closed windows, by window end. */
  #closed(watermark: number): Int32Array {
    const ends = new Map<number, number>();
    const slots = this.#closedIn(this.#tables.groups, watermark, ends);
    return Int32Array.from(slots).sort((a, b) => (ends.get(a) as number) - (ends.get(b) as number) || a - b);
  }

  /** The entries of closed windows in a table whose key begins with that of the groups; their ends go to `endOf`. */
  #closedIn(table: StateTable, watermark: number, endOf?: Map<number, number>): number[] {
    const closed: number[] = [];
    forEachPiece(table, (slots, length) => {
      const { values: ends } = table.keysOf(slots, length)[this.#keyColumns.length - 1] as Float64Column;
      for (let i = 0; i < length; i++) {
        if (ends[i] - 1 > watermark) continue;
        closed.push(slots[i]);
        endOf?.set(slots[i], ends[i]);
      }
    });
    return closed;
  }

  *#results(slots: Int32Array): Generator<RecordBatch> {
    const { aggregates, keys, properties } = this.#spec;
    for (let from = 0; from < slots.length; from += MAX_BATCH_ROWS) {
      const piece = slots.subarray(from, from + MAX_BATCH_ROWS);
      const results = this.#kernel.results(this.#tables, piece, piece.length);
      const { values: rowCounts } = results[aggregates.length] as Float64Column;
      const windows = this.#tables.groups.keysOf(piece, piece.length);
      const [starts, ends] = windows.slice(keys.length) as Float64Column[];
      const output = recordBatch(piece.length, [
        ...windows.slice(0, keys.length),
        ...results.slice(0, aggregates.length),
        ...windowColumns(properties, starts.values, ends.values),
      ]);
      const filled = Int32Array.from(piece.keys()).filter((i) => rowCounts[i] > 0);
      if (filled.length > 0) yield filled.length === piece.length ? output : selectBatch(output, filled, filled.length);
    }
  }

  #findNextEnd(): void {
    this.#nextEnd = Number.POSITIVE_INFINITY;
    forEachPiece(this.#tables.groups, (slots, length) => {
      const { values } = this.#tables.groups.keysOf(slots, length)[this.#keyColumns.length - 1] as Float64Column;
      for (let i = 0; i < length; i++) this.#nextEnd = Math.min(this.#nextEnd, values[i]);
    });
  }
}
