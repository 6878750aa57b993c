/**
 * The first row of each key in an order, of rows that are only added: Top-1, and of equal rows the last for deduplication.
 *
 * A key emits once per batch that changes its row: +I the first time, later -U of the old row and +U of the new one.
 *
 * Invariant  the row held for a key is the first of all its rows so far; of rows that are equal in the order the one that came
 *            first, or last if `keepsLast`.
 * State      one row per key.
 * Cost       O(1) per row. A row is looked up by its key; only the best one of each key in a batch is compared with what is
 *            held, and only if it is better are its values copied.
 */
import type { Column } from "../batch/column.ts";
import type { Field } from "../batch/data-type.ts";
import { alternateRows, selectRows } from "../batch/gather.ts";
import { MAX_BATCH_ROWS, NO_BATCHES, type RecordBatch, recordBatch } from "../batch/record-batch.ts";
import { RowKind } from "../batch/row-kind.ts";
import { compileRowOrder, type RowComparator, type SortKey } from "../batch/row-order.ts";
import type { StateColumn, StateTable } from "../state/state-backend.ts";
import { processingTimeOf, StateTtl, TableTtl, TtlSweep, WRITTEN_FIELD } from "../state/state-ttl.ts";
import { TouchedSlots } from "../state/touched-slots.ts";
import type { Operator, OperatorContext } from "./operator.ts";

export interface TopOneSpec {
  readonly kind: "top-one";
  readonly fields: readonly Field[];
  readonly keys: readonly number[];
  readonly order: readonly SortKey[];
  /** The columns that come out; the others are only ordered or keyed by. */
  readonly outputs: readonly number[];
  /** Of rows that are equal in the order the last counts, not the first. */
  readonly keepsLast: boolean;
  /** False leaves out -U, for consumers that know the row by its key. Default true. */
  readonly emitUpdateBefore?: boolean;
  /** Processing time that a key's row lives from when it was written; for ever if absent. */
  readonly ttlMs?: number;
}

/** Input: inserts only. */
export function createTopOne(spec: TopOneSpec, context: OperatorContext): Operator {
  return new TopOne(spec, context);
}

/** A before and an after take two rows. */
const MAX_UPDATES = MAX_BATCH_ROWS / 2;

class TopOne implements Operator {
  readonly #spec: TopOneSpec;
  readonly #emitsUpdateBefore: boolean;
  readonly #table: StateTable;
  /** For each output its place in the table: key k is k, value v is -1 - v. */
  readonly #places: readonly number[];
  /** Columns that are no keys, in the order of the table's values. */
  readonly #valueColumns: readonly number[];
  readonly #orderColumns: readonly StateColumn[];
  readonly #compareRows: RowComparator;
  readonly #compareWithHeld: RowComparator;
  readonly #slots = new Int32Array(MAX_BATCH_ROWS);
  readonly #inserted = new Uint8Array(MAX_BATCH_ROWS);
  readonly #touched = new TouchedSlots();
  /** Per slot that the batch touches: its best row, whether it is new. */
  readonly #bestRows = new Int32Array(MAX_BATCH_ROWS);
  readonly #isNew = new Uint8Array(MAX_BATCH_ROWS);

  readonly #ttl: TableTtl | null = null;
  readonly #sweep: TtlSweep | null = null;

  constructor(spec: TopOneSpec, context: OperatorContext) {
    const { fields, keys, ttlMs } = spec;
    // Within a key its own columns are all equal.
    const order = spec.order.filter(({ column }) => !keys.includes(column));
    this.#spec = { ...spec, order };
    this.#emitsUpdateBefore = spec.emitUpdateBefore ?? true;
    this.#valueColumns = [...fields.keys()].filter((column) => !keys.includes(column));
    this.#places = spec.outputs.map((column) => {
      const key = keys.indexOf(column);
      return key >= 0 ? key : -1 - this.#valueColumns.indexOf(column);
    });
    const values = this.#valueColumns.map((column) => fields[column]);
    this.#table = context.state.table({
      name: "rows",
      key: keys.map((key) => fields[key]),
      values: ttlMs === undefined ? values : [...values, WRITTEN_FIELD],
    });
    if (ttlMs !== undefined) {
      const time = processingTimeOf(context);
      this.#ttl = new TableTtl(new StateTtl(ttlMs, time), this.#table, values.length);
      this.#sweep = new TtlSweep(time, [this.#ttl]);
    }
    this.#orderColumns = order.map(({ column }) => this.#table.columns[this.#valueColumns.indexOf(column)]);
    this.#compareRows = compileRowOrder(order);
    this.#compareWithHeld = compileRowOrder(
      order,
      order.map((_, k) => k),
    );
  }

  *onBatch(batch: RecordBatch): Generator<RecordBatch> {
    const { columns, length } = batch;
    this.#table.slotsOf(
      this.#spec.keys.map((key) => columns[key]),
      length,
      this.#slots,
      this.#inserted,
    );
    this.#ttl?.ttl.begin();
    const count = this.#findBest(columns, length);
    const { held, added } = this.#byNovelty(count);
    const updated = this.#findBetter(columns, held);
    if (updated.length > 0) yield* this.#update(batch, updated);
    if (added.length === 0) return;
    const { slots, rows } = this.#pick(added);
    this.#write(columns, slots, rows);
    yield recordBatch(rows.length, this.#selectOutputs(columns, rows));
  }

  /** The keys of the batch that hold a row, and those that do not. */
  #byNovelty(count: number): { readonly held: Int32Array; readonly added: Int32Array } {
    const held = new Int32Array(count);
    const added = new Int32Array(count);
    let heldCount = 0;
    let addedCount = 0;
    for (let t = 0; t < count; t++) {
      if (this.#isNew[t] === 1) added[addedCount++] = t;
      else held[heldCount++] = t;
    }
    return { held: held.subarray(0, heldCount), added: added.subarray(0, addedCount) };
  }

  onWatermark(): Iterable<RecordBatch> {
    return NO_BATCHES;
  }

  onTimer(): Iterable<RecordBatch> {
    this.#sweep?.onTimer();
    return NO_BATCHES;
  }

  /** Finds the best row of each key of the batch; returns how many keys there are. */
  #findBest(columns: readonly Column[], length: number): number {
    const touched = this.#touched;
    touched.start();
    const slots = this.#slots;
    const bestRows = this.#bestRows;
    const compare = this.#compareRows;
    const limit = this.#spec.keepsLast ? 1 : 0;
    for (let row = 0; row < length; row++) {
      const number = touched.find(slots[row]);
      if (number < 0) {
        const added = touched.add(slots[row]);
        bestRows[added] = row;
        this.#isNew[added] = this.#inserted[row] === 1 || this.#ttl?.hasPassed(slots[row]) === true ? 1 : 0;
      } else if (compare(columns, row, columns, bestRows[number]) < limit) bestRows[number] = row;
    }
    return touched.count;
  }

  /** Of keys that hold a row, those whose best row of the batch takes its place. */
  #findBetter(columns: readonly Column[], held: Int32Array): Int32Array {
    const { slots, rows } = this.#pick(held);
    const order = this.#orderColumns.map((column) => column.columnOf(slots, held.length));
    const compare = this.#compareWithHeld;
    const limit = this.#spec.keepsLast ? 1 : 0;
    const better = new Int32Array(held.length);
    let count = 0;
    for (let h = 0; h < held.length; h++) {
      if (compare(columns, rows[h], order, h) < limit) better[count++] = held[h];
    }
    return better.subarray(0, count);
  }

  #pick(keys: Int32Array): { readonly slots: Int32Array; readonly rows: Int32Array } {
    const slots = new Int32Array(keys.length);
    const rows = new Int32Array(keys.length);
    for (let k = 0; k < keys.length; k++) {
      slots[k] = this.#touched.slots[keys[k]];
      rows[k] = this.#bestRows[keys[k]];
    }
    return { slots, rows };
  }

  *#update(batch: RecordBatch, keys: Int32Array): Generator<RecordBatch> {
    const { slots, rows } = this.#pick(keys);
    const { length } = slots;
    const before = this.#emitsUpdateBefore ? this.#held(slots) : null;
    this.#write(batch.columns, slots, rows);
    if (before === null) {
      const columns = this.#selectOutputs(batch.columns, rows);
      yield recordBatch(length, columns, new Uint8Array(length).fill(RowKind.updateAfter));
      return;
    }
    // Read back, so that before and after point into the same bytes.
    const after = this.#held(slots);
    for (let from = 0; from < length; from += MAX_UPDATES) {
      const to = Math.min(length, from + MAX_UPDATES);
      const columns = this.#spec.outputs.map((output, c) =>
        alternateRows(before[c], after[c], from, to, this.#spec.fields[output].type),
      );
      yield recordBatch((to - from) * 2, columns, UPDATE_KINDS);
    }
  }

  #selectOutputs(columns: readonly Column[], rows: Int32Array): Column[] {
    return this.#spec.outputs.map((output) => selectRows(columns[output], rows, rows.length));
  }

  /** The outputs of the rows held. */
  #held(slots: Int32Array): readonly Column[] {
    const { length } = slots;
    const keys = this.#table.keysOf(slots, length);
    return this.#places.map((place) =>
      place >= 0 ? keys[place] : this.#table.columns[-1 - place].columnOf(slots, length),
    );
  }

  #write(columns: readonly Column[], slots: Int32Array, rows: Int32Array): void {
    const { length } = slots;
    this.#ttl?.touchAll(slots, length);
    for (const [v, column] of this.#valueColumns.entries()) {
      this.#table.columns[v].write(slots, selectRows(columns[column], rows, length), length);
    }
  }
}

const UPDATE_KINDS = Uint8Array.from({ length: MAX_BATCH_ROWS }, (_, row) =>
  row % 2 === 0 ? RowKind.updateBefore : RowKind.updateAfter,
);
