/**
 * ORDER BY of bounded input: keeps all rows, and emits them in order when the input ends.
 *
 * Invariant  runs as one instance. A changelog is consolidated while it comes in: rows that were taken away are not kept.
 * State      a table of the different rows, with how often each is there.
 * Cost       a look-up per row; O(n log n) at the end. Rows that compare equal come out in the order of arrival.
 */
import type { Column } from "../batch/column.ts";
import type { Field } from "../batch/data-type.ts";
import { selectRows } from "../batch/gather.ts";
import { MAX_BATCH_ROWS, NO_BATCHES, type RecordBatch, recordBatch } from "../batch/record-batch.ts";
import { rowKindSign } from "../batch/row-kind.ts";
import { compileRowOrder, type RowComparator, type SortKey } from "../batch/row-order.ts";
import type { OperatorValue, StateTable } from "../state/state-backend.ts";
import type { Operator, OperatorContext } from "./operator.ts";

export interface SortSpec {
  readonly kind: "sort";
  readonly fields: readonly Field[];
  readonly keys: readonly SortKey[];
}

export function createSort(spec: SortSpec, context: OperatorContext): Operator {
  return new Sort(spec, context);
}

class Sort implements Operator {
  readonly #compare: RowComparator;
  readonly #rows: StateTable;
  /** Arrivals so far: what the rows are numbered by. */
  readonly #arrivals: OperatorValue<number>;
  readonly #slots = new Int32Array(MAX_BATCH_ROWS);

  constructor(spec: SortSpec, { state }: OperatorContext) {
    this.#compare = compileRowOrder(spec.keys);
    this.#rows = state.table({
      name: "rows",
      key: spec.fields,
      values: [
        { name: "count", type: { kind: "double", nullable: false } },
        { name: "arrival", type: { kind: "double", nullable: false } },
      ],
    });
    this.#arrivals = state.operatorValue("arrivals", 0, Math.max);
  }

  onBatch({ columns, kinds, length }: RecordBatch): Iterable<RecordBatch> {
    const slots = this.#slots;
    this.#rows.slotsOf(columns, length, slots);
    const counts = this.#rows.columns[0].float64!;
    const arrivals = this.#rows.columns[1].float64!;
    let arrival = this.#arrivals.get();
    for (let i = 0; i < length; i++) {
      if (counts[slots[i]] === 0) arrivals[slots[i]] = ++arrival;
      counts[slots[i]] += kinds === null ? 1 : rowKindSign[kinds[i]];
    }
    this.#arrivals.set(arrival);
    if (kinds !== null) this.#removeVanished(length);
    return NO_BATCHES;
  }

  #removeVanished(length: number): void {
    const vanished = new Set<number>();
    const counts = this.#rows.columns[0].float64!;
    for (let i = 0; i < length; i++) if (counts[this.#slots[i]] === 0) vanished.add(this.#slots[i]);
    for (const slot of vanished) this.#rows.remove(slot);
  }

  onWatermark(): Iterable<RecordBatch> {
    return NO_BATCHES;
  }

  *onEnd(): Generator<RecordBatch> {
    const slots = new Int32Array(this.#rows.size);
    let size = 0;
    this.#rows.forEachSlot((slot) => {
      slots[size++] = slot;
    });
    const columns = this.#rows.keysOf(slots, size);
    const counts = this.#rows.columns[0].float64!;
    const arrivals = this.#rows.columns[1].float64!;
    const compare = this.#compare;
    const order = Int32Array.from({ length: size }, (_, row) => row).sort(
      (a, b) => compare(columns, a, columns, b) || arrivals[slots[a]] - arrivals[slots[b]],
    );
    let out = new Int32Array(MAX_BATCH_ROWS);
    let length = 0;
    for (const row of order) {
      for (let copies = counts[slots[row]]; copies > 0; copies--) {
        out[length++] = row;
        if (length < MAX_BATCH_ROWS) continue;
        yield select(columns, out, length);
        out = new Int32Array(MAX_BATCH_ROWS);
        length = 0;
      }
    }
    if (length > 0) yield select(columns, out, length);
    this.#rows.clear();
  }
}

function select(columns: readonly Column[], rows: Int32Array, length: number): RecordBatch {
  return recordBatch(
    length,
    columns.map((column) => selectRows(column, rows, length)),
  );
}
