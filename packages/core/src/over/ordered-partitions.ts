/**
 * Rows that come and go, in the order of their partitions.
 *
 * Rows that are equal in the order stand as they came if rows are only added; else by what is in them, so that the order does not
 * depend on when a row was last updated.
 *
 * Invariant  rows taken away leave their list at once, and their place in memory when `forget` is called.
 * State      `rows`, each with the number of its arrival; `keys`, with a time to live when each was last changed: its rows live as
 *            long. The lists are made from them after a restore.
 * Cost       O(log n) comparisons per row added, taken away or looked for, and the moves of row-lists.ts.
 */
import type { Column } from "../batch/column.ts";
import type { Field } from "../batch/data-type.ts";
import { hashRows } from "../batch/hash-rows.ts";
import { MAX_BATCH_ROWS, type RecordBatch } from "../batch/record-batch.ts";
import { rowKindSign } from "../batch/row-kind.ts";
import { compileRowOrder, type RowComparator, type SortKey } from "../batch/row-order.ts";
import { listRestoredRows } from "../state/restored-lists.ts";
import { CHUNK_MASK } from "../state/row-id.ts";
import { RowLists } from "../state/row-lists.ts";
import type { RowStore } from "../state/row-store.ts";
import type { OperatorValue, StateBackend, StateTable } from "../state/state-backend.ts";
import { type StateTtl, TableTtl, WRITTEN_FIELD } from "../state/state-ttl.ts";
import { isBoundByValue, orderValue } from "./frame-bounds.ts";
import type { OverFrame } from "./over-call.ts";

export interface OrderedPartitionsSpec {
  readonly fields: readonly Field[];
  /** Columns of the partition. */
  readonly keys: readonly number[];
  readonly order: readonly SortKey[];
  readonly inputIsAppendOnly: boolean;
  readonly ttl: StateTtl | null;
}

/** Marks by row id, in arrays that grow. */
export class RowMarks {
  #marks = new Uint8Array(256);

  has(id: number): boolean {
    return this.#marks[id] === 1;
  }

  set(id: number, value: 0 | 1): void {
    if (id >= this.#marks.length) {
      const marks = new Uint8Array(Math.max(id + 1, this.#marks.length * 2));
      marks.set(this.#marks);
      this.#marks = marks;
    }
    this.#marks[id] = value;
  }
}

export class OrderedPartitions {
  readonly lists: RowLists = new RowLists();
  readonly rows: RowStore;
  /** More than every id in use. */
  idLimit = 0;
  readonly ttl: TableTtl | null;
  readonly #spec: OrderedPartitionsSpec;
  readonly #order: readonly SortKey[];
  readonly #compareOrder: RowComparator;
  readonly #compareAll: RowComparator;
  readonly #keys: StateTable;
  readonly #arrivals: OperatorValue<number>;
  readonly #slots = new Int32Array(MAX_BATCH_ROWS);
  readonly #inserted = new Uint8Array(MAX_BATCH_ROWS);
  readonly #hashes = new Int32Array(MAX_BATCH_ROWS);
  readonly #gone = new RowMarks();

  constructor(spec: OrderedPartitionsSpec, state: StateBackend) {
    const { fields, keys, inputIsAppendOnly } = spec;
    this.#spec = spec;
    // Within a partition its own columns are all equal.
    this.#order = spec.order.filter(({ column }) => !keys.includes(column));
    this.#compareOrder = compileRowOrder(this.#order);
    const ties = inputIsAppendOnly ? [fields.length] : [...fields.keys()].filter((column) => !keys.includes(column));
    const known = new Set(this.#order.map(({ column }) => column));
    this.#compareAll = compileRowOrder([
      ...this.#order,
      ...ties.filter((column) => !known.has(column)).map((column) => ({ column, descending: false, nullsFirst: true })),
    ]);
    this.#keys = state.table({
      name: "keys",
      key: keys.map((key) => fields[key]),
      values: spec.ttl === null ? [] : [WRITTEN_FIELD],
    });
    this.ttl =
      spec.ttl === null
        ? null
        : new TableTtl(spec.ttl, this.#keys, 0, (slot) => {
            this.#forgetRows(slot);
            this.#keys.remove(slot);
          });
    this.rows = state.rowStore({
      name: "rows",
      fields: [...fields, { name: "$arrival", type: { kind: "double", nullable: false } }],
      key: keys,
      identityColumns: fields.length,
    });
    this.#arrivals = state.operatorValue("arrivals", 0, Math.max);
    listRestoredRows(this.lists, this.#keys, this.rows, (id, other) =>
      this.#compareStored(id, this.rows.batchOf(other).columns, other),
    );
    this.idLimit = this.rows.idLimit;
  }

  /** Slots that may be in use are below. */
  get capacity(): number {
    return this.#keys.capacity;
  }

  /** The columns of a batch with the numbers of its rows. */
  numbered({ columns, length }: RecordBatch): readonly Column[] {
    const arrival = this.#arrivals.get();
    const values = Float64Array.from({ length }, (_, row) => arrival + row);
    this.#arrivals.set(arrival + length);
    return [...columns, { kind: "float64", values, nulls: null }];
  }

  /**
   * Makes the changes of a batch, whose columns are `numbered`. Per row: `slots[row]` its partition, `ids[row]` the row that
   * came or, as `~id`, went; slot -1: there was nothing to take away.
   */
  change(columns: readonly Column[], { kinds, length }: RecordBatch, slots: Int32Array, ids: Int32Array): void {
    const keys = this.#spec.keys.map((key) => columns[key]);
    this.#keys.slotsOf(keys, length, this.#slots, this.#inserted);
    hashRows(keys, length, this.#hashes);
    this.lists.reserve(this.#keys.capacity);
    this.ttl?.ttl.begin();
    this.ttl?.renew(this.#slots, this.#inserted, length, (slot) => this.#forgetRows(slot));
    slots.set(this.#slots.subarray(0, length));
    const rows = new Int32Array(length);
    for (let row = 0; row < length; row++) rows[row] = row;
    for (let from = 0; from < length; ) {
      let to = from;
      while (to < length && (kinds === null || rowKindSign[kinds[to]] > 0)) to++;
      if (to > from) {
        this.rows.append(0, columns, rows, from, to, this.#hashes, ids);
        for (let row = from; row < to; row++) this.#insert(slots[row], ids[row]);
        from = to;
        continue;
      }
      const id = this.#find(columns, from);
      if (id < 0) slots[from] = -1;
      else {
        this.lists.remove(slots[from], this.positionOf(slots[from], id));
        this.#gone.set(id, 1);
        ids[from] = ~id;
      }
      from++;
    }
  }

  #forgetRows(slot: number): void {
    for (let at = this.lists.lengthOf(slot) - 1; at >= 0; at--) this.rows.remove(0, this.lists.at(slot, at));
    this.lists.clear(slot);
  }

  #insert(slot: number, id: number): void {
    if (id >= this.idLimit) this.idLimit = id + 1;
    const { columns } = this.rows.batchOf(id);
    const length = this.lists.lengthOf(slot);
    // The usual row is the last.
    const isLast = length === 0 || this.#compareStored(this.lists.at(slot, length - 1), columns, id) <= 0;
    const position = isLast ? length : this.lists.search(slot, (other) => this.#compareStored(other, columns, id) <= 0);
    this.lists.insert(slot, position, id);
  }

  #compareStored(id: number, columns: readonly Column[], other: number): number {
    return this.#compareAll(this.rows.batchOf(id).columns, id & CHUNK_MASK, columns, other & CHUNK_MASK);
  }

  /** A row that is the same as one of the columns and has not been taken away. */
  #find(columns: readonly Column[], row: number): number {
    let id = this.rows.findRow(0, columns, row);
    while (id >= 0 && this.#gone.has(id)) id = this.rows.findNextRow(id, columns, row);
    return id;
  }

  /** Where a row stands. */
  positionOf(slot: number, id: number): number {
    const last = this.lists.lengthOf(slot) - 1;
    if (this.lists.at(slot, last) === id) return last;
    const { columns } = this.rows.batchOf(id);
    let position = this.lists.search(slot, (other) => this.#compareStored(other, columns, id) < 0);
    while (this.lists.at(slot, position) !== id) position++;
    return position;
  }

  /** How many rows of a partition are before a row of the columns. */
  rowsBefore(slot: number, columns: readonly Column[], row: number): number {
    return this.lists.search(
      slot,
      (id) => this.#compareAll(this.rows.batchOf(id).columns, id & CHUNK_MASK, columns, row) < 0,
    );
  }

  /** The rows that are equal in the order to a row of the columns: [start, end). */
  peersOf(slot: number, columns: readonly Column[], row: number): { readonly start: number; readonly end: number } {
    const compare = (id: number) => this.#compareOrder(this.rows.batchOf(id).columns, id & CHUNK_MASK, columns, row);
    return {
      start: this.lists.search(slot, (id) => compare(id) < 0),
      end: this.lists.search(slot, (id) => compare(id) <= 0),
    };
  }

  peersAt(slot: number, position: number): { readonly start: number; readonly end: number } {
    const id = this.lists.at(slot, position);
    return this.peersOf(slot, this.rows.batchOf(id).columns, id & CHUNK_MASK);
  }

  /** The value of the first column of the order (orderValue). */
  valueOf(columns: readonly Column[], row: number): number {
    const [key] = this.#spec.order;
    return orderValue(columns[key.column], row, key);
  }

  /** How many rows have a value of at most (or less than) so much. */
  rowsUpTo(slot: number, value: number, isIncluded: boolean): number {
    return this.lists.search(slot, (id) => {
      const own = this.valueOf(this.rows.batchOf(id).columns, id & CHUNK_MASK);
      return isIncluded ? own <= value : own < value;
    });
  }

  /** Where the frame of the row at a position begins. */
  frameStart(slot: number, frame: OverFrame, position: number): number {
    if (frame.start === null) return 0;
    if (frame.mode === "rows") return clip(position + frame.start, this.lists.lengthOf(slot));
    if (!isBoundByValue(frame)) return this.peersAt(slot, position).start;
    const value = this.#valueAt(slot, position);
    // NULLs are peers, but no row behind them is at a distance.
    return this.rowsUpTo(slot, value + frame.start, frame.start > 0 && !Number.isFinite(value));
  }

  /** Where the frame of the row at a position ends. */
  frameEnd(slot: number, frame: OverFrame, position: number): number {
    const length = this.lists.lengthOf(slot);
    if (frame.end === null) return length;
    if (frame.mode === "rows") return clip(position + frame.end + 1, length);
    if (!isBoundByValue(frame)) return this.peersAt(slot, position).end;
    const value = this.#valueAt(slot, position);
    return this.rowsUpTo(slot, value + frame.end, frame.end >= 0 || Number.isFinite(value));
  }

  #valueAt(slot: number, position: number): number {
    const id = this.lists.at(slot, position);
    return this.valueOf(this.rows.batchOf(id).columns, id & CHUNK_MASK);
  }

  /** Gives back the memory of a row that was taken away. */
  forget(id: number): void {
    this.#gone.set(id, 0);
    this.rows.remove(0, id);
  }

  /** Removes partitions that have no row left, of those of the `length` rows that were changed last. */
  removeEmpty(length: number): void {
    const empty = new Set<number>();
    for (let row = 0; row < length; row++) {
      if (this.lists.lengthOf(this.#slots[row]) === 0) empty.add(this.#slots[row]);
    }
    for (const slot of empty) this.#keys.remove(slot);
  }
}

function clip(position: number, length: number): number {
  return Math.max(0, Math.min(position, length));
}
