/**
 * ORDER BY time in a stream: rows come out in the order of their times as the watermark reaches them, those of one time by
 * the further keys, and then as they came.
 *
 * Invariant  runs as one instance. Kept rows are later than the watermark; a row that is not, when it comes, is late and only counted.
 * State      the rows, numbered as they came; the watermark.
 * Cost       O(1) per row in, O(log n) comparisons per row out for n rows that come out together.
 */
import type { Column, Float64Column } from "../batch/column.ts";
import type { Field } from "../batch/data-type.ts";
import { selectRows } from "../batch/gather.ts";
import { MAX_BATCH_ROWS, NO_BATCHES, type RecordBatch, recordBatch } from "../batch/record-batch.ts";
import { compileRowOrder, type RowComparator, type SortKey } from "../batch/row-order.ts";
import type { Counter } from "../metrics.ts";
import { PendingRows } from "../state/pending-rows.ts";
import type { OperatorValue, StateTable } from "../state/state-backend.ts";
import { onTime } from "../window/on-time.ts";
import { MAX_TIMESTAMP, MIN_TIMESTAMP, type Operator, type OperatorContext } from "./operator.ts";

export interface TemporalSortSpec {
  readonly kind: "temporal-sort";
  readonly fields: readonly Field[];
  readonly timeColumn: number;
  /** The keys behind the time. */
  readonly keys: readonly SortKey[];
}

/** Input: inserts only. Output: inserts only, in order. */
export function createTemporalSort(spec: TemporalSortSpec, context: OperatorContext): Operator {
  return new TemporalSort(spec, context);
}

class TemporalSort implements Operator {
  readonly #timeColumn: number;
  readonly #operatorId: string;
  readonly #compare: RowComparator;
  readonly #rows: StateTable;
  readonly #arrivals: OperatorValue<number>;
  readonly #watermark: OperatorValue<number>;
  readonly #late: Counter;
  readonly #pending = new PendingRows();
  readonly #slots = new Int32Array(MAX_BATCH_ROWS);
  readonly #arrival = new Float64Array(MAX_BATCH_ROWS);

  constructor({ fields, keys, timeColumn }: TemporalSortSpec, { metrics, operatorId, state }: OperatorContext) {
    this.#timeColumn = timeColumn;
    this.#operatorId = operatorId;
    this.#compare = compileRowOrder([{ column: timeColumn, descending: false, nullsFirst: true }, ...keys]);
    this.#rows = state.table({
      name: "rows",
      key: [{ name: "$arrival", type: { kind: "double", nullable: false } }],
      isList: true,
      values: fields,
    });
    this.#arrivals = state.operatorValue("arrivals", 0, Math.max);
    this.#watermark = state.operatorValue<number>("watermark", MIN_TIMESTAMP, Math.min);
    this.#late = metrics.counter("numLateRecordsDropped");
    this.#queueRestored();
  }

  get dueAt(): number {
    return this.#pending.earliest ?? MAX_TIMESTAMP;
  }

  onBatch(batch: RecordBatch): Iterable<RecordBatch> {
    const { columns, length } = onTime(batch, this.#timeColumn, this.#watermark.get(), this.#late, this.#operatorId);
    if (length > 0) this.#keep(columns, length);
    return NO_BATCHES;
  }

  #keep(columns: readonly Column[], length: number): void {
    const arrivals = this.#arrivals.get();
    for (let row = 0; row < length; row++) this.#arrival[row] = arrivals + row;
    this.#arrivals.set(arrivals + length);
    this.#rows.slotsOf([{ kind: "float64", values: this.#arrival, nulls: null }], length, this.#slots);
    for (const [c, column] of this.#rows.columns.entries()) column.write(this.#slots, columns[c], length);
    const { values: times } = columns[this.#timeColumn] as Float64Column;
    for (let row = 0; row < length; row++) this.#pending.add(this.#slots[row], 0, times[row]);
  }

  *onWatermark(watermark: number): Generator<RecordBatch> {
    this.#watermark.set(watermark);
    const due = this.#pending.takeDue(watermark);
    const slots = due.slots.slice(0, due.length);
    const columns = this.#rows.columns.map((column) => column.columnOf(slots, slots.length));
    const compare = this.#compare;
    // Due rows stand as they came, and sorting keeps equal ones so.
    const order = Int32Array.from(slots, (_, i) => i).sort((a, b) => compare(columns, a, columns, b));
    for (let from = 0; from < order.length; from += MAX_BATCH_ROWS) {
      const part = order.subarray(from, from + MAX_BATCH_ROWS);
      yield recordBatch(
        part.length,
        columns.map((column) => selectRows(column, part, part.length)),
      );
    }
    for (const slot of slots) this.#rows.remove(slot);
  }

  #queueRestored(): void {
    const slots: number[] = [];
    this.#rows.forEachSlot((slot) => slots.push(slot));
    const ids = Int32Array.from(slots);
    const [{ values: arrivals }] = this.#rows.keysOf(ids, ids.length) as readonly Float64Column[];
    const times = this.#rows.columns[this.#timeColumn].float64;
    const order = Int32Array.from(ids, (_, i) => i).sort((a, b) => arrivals[a] - arrivals[b]);
    for (const i of order) this.#pending.add(ids[i], 0, times![ids[i]]);
  }
}
