/**
 * Window Top-N: of each window and key the rows that stand at places `start` to `end` in an order, once, when the watermark passes
 * the window's end. Of one place, by time, it is the deduplication of each window.
 *
 * Invariant  stored rows belong to windows with `end - 1 > watermark`, a later one is late and only counted; of each key they
 *            are the first `end`. Windows come out in the order of their ends, the rows of a key in theirs.
 *            During a batch an id below 0 in a list stands for row `~id` of it: what is still wanted at its end is stored.
 * State      the rows, bucket = window end, each with the number of its arrival; the watermark. The lists are made from them
 *            after a restore.
 * Cost       O(log end) comparisons per row that enters, one per row that does not. Freeing a window is O(its chunks).
 */
import type { Column, Float64Column } from "../batch/column.ts";
import type { Field } from "../batch/data-type.ts";
import { selectBatch } from "../batch/gather.ts";
import { hashRows } from "../batch/hash-rows.ts";
import { MAX_BATCH_ROWS, NO_BATCHES, type RecordBatch, recordBatch } from "../batch/record-batch.ts";
import { compileRowOrder, type RowComparator, type SortKey } from "../batch/row-order.ts";
import { rowsByValue } from "../batch/rows-by-value.ts";
import type { Counter } from "../metrics.ts";
import { MemoryStateTable } from "../state/memory-state-table.ts";
import { CHUNK_MASK } from "../state/row-id.ts";
import { RowLists } from "../state/row-lists.ts";
import type { RowStore } from "../state/row-store.ts";
import type { OperatorValue } from "../state/state-backend.ts";
import { TouchedSlots } from "../state/touched-slots.ts";
import { MIN_TIMESTAMP, type Operator, type OperatorContext } from "./operator.ts";

export interface WindowTopNSpec {
  readonly kind: "window-top-n";
  readonly fields: readonly Field[];
  /** What rows of a window are told apart by; without its bounds. */
  readonly keys: readonly number[];
  readonly startColumn: number;
  readonly endColumn: number;
  readonly order: readonly SortKey[];
  /** The first and the last place, counted from 1. */
  readonly start: number;
  readonly end: number;
  /** Of rows that are equal in the order the last comes first. For one place only. */
  readonly keepsLast: boolean;
  /** The columns that come out; the others are only ordered or keyed by. */
  readonly outputs: readonly number[];
  /** Whether the place comes out too, as a last column. */
  readonly withPlace: boolean;
}

/** Input: inserts only. Output: inserts only. */
export function createWindowTopN(spec: WindowTopNSpec, context: OperatorContext): Operator {
  return new WindowTopN(spec, context);
}

/** The keys of a window, and the ids of their rows in order. */
class WindowRows {
  readonly keys: MemoryStateTable;
  readonly lists = new RowLists();

  constructor(keyFields: readonly Field[]) {
    this.keys = new MemoryStateTable({ name: "window", key: keyFields, values: [] });
  }
}

class WindowTopN implements Operator {
  readonly #spec: WindowTopNSpec;
  /** Windows may end together and begin apart: the start is a key too. */
  readonly #keys: readonly number[];
  readonly #order: readonly SortKey[];
  readonly #compare: RowComparator;
  readonly #arrivalColumn: number;
  readonly #rows: RowStore;
  readonly #arrivals: OperatorValue<number>;
  readonly #watermark: OperatorValue<number>;
  readonly #late: Counter;
  readonly #windows = new Map<number, WindowRows>();
  readonly #slots = new Int32Array(MAX_BATCH_ROWS);
  readonly #hashes = new Int32Array(MAX_BATCH_ROWS);
  readonly #arrival = new Float64Array(MAX_BATCH_ROWS);
  readonly #touched = new TouchedSlots();
  /** Per touched slot: stored rows that fell off the end, as a chain through `#nextEvicted`; -1 = none. */
  readonly #firstEvicted = new Int32Array(MAX_BATCH_ROWS);
  readonly #evicted = new Int32Array(MAX_BATCH_ROWS);
  readonly #nextEvicted = new Int32Array(MAX_BATCH_ROWS);

  constructor(spec: WindowTopNSpec, { metrics, state }: OperatorContext) {
    this.#spec = spec;
    this.#keys = [...spec.keys, spec.startColumn];
    // Within a key its own columns are all equal.
    this.#order = spec.order.filter(({ column }) => !this.#keys.includes(column));
    this.#compare = compileRowOrder(this.#order);
    this.#arrivalColumn = spec.fields.length;
    this.#rows = state.rowStore({
      name: "rows",
      fields: [...spec.fields, { name: "$arrival", type: { kind: "double", nullable: false } }],
      key: spec.keys,
    });
    this.#arrivals = state.operatorValue("arrivals", 0, Math.max);
    this.#watermark = state.operatorValue<number>("watermark", MIN_TIMESTAMP, Math.min);
    this.#late = metrics.counter("numLateRecordsDropped");
    for (const end of this.#rows.bucketNumbers()) this.#buildWindow(end);
  }

  get dueAt(): number {
    return this.#rows.firstBucket() - 1;
  }

  onBatch(batch: RecordBatch): Iterable<RecordBatch> {
    const { values: ends } = batch.columns[this.#spec.endColumn] as Float64Column;
    const { length } = batch;
    const rowsOf = rowsByValue(ends, length);
    if (rowsOf === null) {
      if (length > 0) this.#add(ends[0], batch);
      return NO_BATCHES;
    }
    for (const [end, rows] of rowsOf) this.#add(end, selectBatch(batch, rows, rows.length));
    return NO_BATCHES;
  }

  /** Rows of windows with one end. */
  #add(windowEnd: number, { columns, length }: RecordBatch): void {
    if (windowEnd - 1 <= this.#watermark.get()) {
      this.#late.value += length;
      return;
    }
    const { keys, lists } = this.#windowAt(windowEnd);
    keys.slotsOf(
      this.#keys.map((key) => columns[key]),
      length,
      this.#slots,
    );
    lists.reserve(keys.capacity);
    this.#touched.start();
    const { end, keepsLast } = this.#spec;
    let evicted = 0;
    for (let row = 0; row < length; row++) {
      const slot = this.#slots[row];
      const isBefore = (id: number) => {
        const order = this.#compareWith(columns, row, id);
        return keepsLast ? order > 0 : order >= 0;
      };
      const isFull = lists.lengthOf(slot) === end;
      if (isFull && isBefore(lists.at(slot, end - 1))) continue;
      const position = lists.search(slot, isBefore);
      let number = this.#touched.find(slot);
      if (number < 0) {
        number = this.#touched.add(slot);
        this.#firstEvicted[number] = -1;
      }
      if (isFull) {
        const last = lists.at(slot, end - 1);
        if (last >= 0) {
          this.#evicted[evicted] = last;
          this.#nextEvicted[evicted] = this.#firstEvicted[number];
          this.#firstEvicted[number] = evicted++;
        }
        lists.remove(slot, end - 1);
      }
      lists.insert(slot, position, ~row);
    }
    this.#store(windowEnd, lists, columns, length);
  }

  #windowAt(end: number): WindowRows {
    let window = this.#windows.get(end);
    if (window === undefined) {
      window = new WindowRows(this.#keys.map((key) => this.#spec.fields[key]));
      this.#windows.set(end, window);
    }
    return window;
  }

  /** Row `row` of the batch against the row that an id stands for. */
  #compareWith(columns: readonly Column[], row: number, id: number): number {
    if (id < 0) return this.#compare(columns, row, columns, ~id);
    return this.#compare(columns, row, this.#rows.batchOf(id).columns, id & CHUNK_MASK);
  }

  /** Rows of the batch that are still in a list go to the store: into the places of rows that fell off, as far as there are. */
  #store(windowEnd: number, lists: RowLists, columns: readonly Column[], length: number): void {
    const arrivals = this.#arrivals.get();
    for (let row = 0; row < length; row++) this.#arrival[row] = arrivals + row;
    this.#arrivals.set(arrivals + length);
    const stored = [...columns, { kind: "float64", values: this.#arrival, nulls: null } as const];
    const replaced: number[] = [];
    const replacing: number[] = [];
    const added: number[] = [];
    const places: number[] = [];
    for (let number = 0; number < this.#touched.count; number++) {
      const slot = this.#touched.slots[number];
      for (let position = 0; position < lists.lengthOf(slot); position++) {
        const id = lists.at(slot, position);
        if (id >= 0) continue;
        const free = this.#firstEvicted[number];
        if (free >= 0) {
          this.#firstEvicted[number] = this.#nextEvicted[free];
          replaced.push(this.#evicted[free]);
          replacing.push(~id);
          lists.set(slot, position, this.#evicted[free]);
        } else {
          added.push(~id);
          places.push(slot, position);
        }
      }
    }
    this.#rows.replace(windowEnd, Int32Array.from(replaced), stored, Int32Array.from(replacing), 0, replacing.length);
    if (added.length === 0) return;
    hashRows(
      this.#spec.keys.map((key) => columns[key]),
      length,
      this.#hashes,
    );
    const ids = new Int32Array(added.length);
    this.#rows.append(windowEnd, stored, Int32Array.from(added), 0, added.length, this.#hashes, ids);
    for (let i = 0; i < ids.length; i++) lists.set(places[2 * i], places[2 * i + 1], ids[i]);
  }

  *onWatermark(watermark: number): Generator<RecordBatch> {
    while (this.#rows.size > 0 && this.#rows.firstBucket() - 1 <= watermark) {
      const end = this.#rows.firstBucket();
      yield* this.#results(this.#windowAt(end));
      this.#rows.drop(end);
      this.#windows.delete(end);
    }
    this.#watermark.set(watermark);
  }

  *#results({ keys, lists }: WindowRows): Generator<RecordBatch> {
    const { start } = this.#spec;
    let ids = new Int32Array(MAX_BATCH_ROWS);
    let places = new Float64Array(MAX_BATCH_ROWS);
    let count = 0;
    for (let slot = 0; slot < keys.capacity; slot++) {
      const length = lists.lengthOf(slot);
      for (let position = start - 1; position < length; position++) {
        ids[count] = lists.at(slot, position);
        places[count++] = position + 1;
        if (count < MAX_BATCH_ROWS) continue;
        yield this.#gather(ids, places, count);
        ids = new Int32Array(MAX_BATCH_ROWS);
        places = new Float64Array(MAX_BATCH_ROWS);
        count = 0;
      }
    }
    if (count > 0) yield this.#gather(ids, places, count);
  }

  #gather(ids: Int32Array, places: Float64Array, count: number): RecordBatch {
    const { fields, outputs, withPlace } = this.#spec;
    const rows = this.#rows.gather(ids, count, fields.length);
    const columns = outputs.map((output) => rows[output]);
    if (withPlace) columns.push({ kind: "float64", values: places, nulls: null });
    return recordBatch(count, columns);
  }

  /** Orders the rows of a window that a restore brought. */
  #buildWindow(end: number): void {
    const bucket = this.#rows.bucket(end);
    if (bucket === undefined) return;
    const { keys, lists } = this.#windowAt(end);
    const ids = new Int32Array(bucket.size);
    bucket.idsInto(ids);
    for (let from = 0; from < ids.length; from += MAX_BATCH_ROWS) {
      const part = ids.subarray(from, from + MAX_BATCH_ROWS);
      const columns = this.#rows.gather(part, part.length);
      keys.slotsOf(
        this.#keys.map((key) => columns[key]),
        part.length,
        this.#slots,
      );
      lists.reserve(keys.capacity);
      for (let i = 0; i < part.length; i++) {
        const position = lists.search(this.#slots[i], (id) => this.#compareStored(part[i], id) > 0);
        lists.insert(this.#slots[i], position, part[i]);
      }
    }
  }

  #compareStored(a: number, b: number): number {
    const columnsOfA = this.#rows.batchOf(a).columns;
    const columnsOfB = this.#rows.batchOf(b).columns;
    const order = this.#compare(columnsOfA, a & CHUNK_MASK, columnsOfB, b & CHUNK_MASK);
    return order !== 0 ? order : this.#arrivalOf(columnsOfA, a) - this.#arrivalOf(columnsOfB, b);
  }

  #arrivalOf(columns: readonly Column[], id: number): number {
    return (columns[this.#arrivalColumn] as Float64Column).values[id & CHUNK_MASK];
  }
}
