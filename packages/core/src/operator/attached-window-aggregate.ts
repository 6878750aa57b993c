/**
 * Aggregates per key and window of rows that carry their window: of the results of a window aggregate or a window table
 * function. Emitted once, when the watermark passes the window's end.
 *
 * Invariant  as of window-aggregate: emitted when watermark >= end - 1, in the order of ends; a row of an emitted window is late.
 * State      a table per window end, keyed by keys and window start; the watermark.
 * Cost       O(1) per row, O(results) per window.
 */
import type { AttachedAggregation } from "../aggregate/attached-aggregation.ts";
import { createPaneAggregates, type PaneAggregates } from "../aggregate/pane-aggregates.ts";
import { windowColumns } from "../aggregate/window-output.ts";
import type { Column, Float64Column } from "../batch/column.ts";
import { selectRows } from "../batch/gather.ts";
import { MAX_BATCH_ROWS, NO_BATCHES, type RecordBatch, recordBatch } from "../batch/record-batch.ts";
import { rowsByValue } from "../batch/rows-by-value.ts";
import type { Counter } from "../metrics.ts";
import { slotsInUse } from "../state/slots-in-use.ts";
import type { OperatorValue } from "../state/state-backend.ts";
import { MIN_TIMESTAMP, type Operator, type OperatorContext } from "./operator.ts";

export interface AttachedWindowAggregateSpec extends AttachedAggregation {
  readonly kind: "attached-window-aggregate";
}

/** Input: inserts only. */
export function createAttachedWindowAggregate(spec: AttachedWindowAggregateSpec, context: OperatorContext): Operator {
  return new AttachedWindowAggregate(spec, context);
}

class AttachedWindowAggregate implements Operator {
  readonly #spec: AttachedWindowAggregateSpec;
  readonly #aggregates: PaneAggregates;
  readonly #late: Counter;
  readonly #watermark: OperatorValue<number>;
  readonly #keys: readonly number[];
  readonly #usedColumns: readonly number[];

  constructor(spec: AttachedWindowAggregateSpec, context: OperatorContext) {
    this.#spec = spec;
    this.#keys = [...spec.keys, spec.startColumn];
    this.#aggregates = createPaneAggregates({
      name: "windows",
      inputFields: spec.inputFields,
      keys: this.#keys,
      keyGroupColumns: spec.keys.length,
      aggregates: spec.aggregates,
      subtracts: false,
      state: context.state,
    });
    this.#usedColumns = [...new Set([...this.#keys, ...this.#aggregates.inputColumns])];
    this.#late = context.metrics.counter("numLateRecordsDropped");
    this.#watermark = context.state.operatorValue<number>("watermark", MIN_TIMESTAMP, (a, b) => Math.min(a, b));
  }

  onBatch(batch: RecordBatch): Iterable<RecordBatch> {
    const { values: ends } = batch.columns[this.#spec.endColumn] as Float64Column;
    const { length } = batch;
    const rowsOf = rowsByValue(ends, length);
    if (rowsOf === null) {
      if (length > 0) this.#add(ends[0], batch);
      return NO_BATCHES;
    }
    for (const [end, rows] of rowsOf) {
      const columns: Column[] = [...batch.columns];
      for (const column of this.#usedColumns) columns[column] = selectRows(columns[column], rows, rows.length);
      this.#add(end, recordBatch(rows.length, columns));
    }
    return NO_BATCHES;
  }

  #add(end: number, batch: RecordBatch): void {
    if (end - 1 <= this.#watermark.get()) {
      this.#late.value += batch.length;
      return;
    }
    const keys = this.#keys.map((column) => batch.columns[column]);
    this.#aggregates.update(this.#aggregates.at(end), keys, batch);
  }

  *onWatermark(watermark: number): Generator<RecordBatch> {
    // The list is another one after a drop, so this walk over it is undisturbed.
    for (const end of this.#aggregates.namespaces()) {
      if (end - 1 > watermark) break;
      const pane = this.#aggregates.at(end);
      const slots = slotsInUse(pane.table);
      for (let from = 0; from < slots.length; from += MAX_BATCH_ROWS) {
        const piece = slots.subarray(from, from + MAX_BATCH_ROWS);
        const { length } = piece;
        const keys = pane.table.keysOf(piece, length);
        const starts = keys[keys.length - 1] as Float64Column;
        yield recordBatch(length, [
          ...keys.slice(0, -1),
          ...this.#aggregates.results(pane, piece, length),
          ...windowColumns(this.#spec.properties, starts.values, new Float64Array(length).fill(end)),
        ]);
      }
      this.#aggregates.drop(end);
    }
    this.#watermark.set(watermark);
  }
}
