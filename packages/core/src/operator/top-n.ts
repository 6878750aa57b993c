/**
 * Top-N: of each key the rows that stand at places `start` to `end` in an order, with or without their place.
 *
 * A key emits once per batch that changes what is shown of it. With the place: -U and +U of each place whose row is another
 * now, +I and -D of places that appear and vanish. Without: -D of rows that left, +I of rows that came.
 *
 * Invariant  a key's list holds its rows in order, equal ones as they came; of rows that are only added just the first `end`.
 *            During a batch an id below 0 in a list stands for row `~id` of the batch: rows that are added are stored at the
 *            end of it, if they are still wanted; rows taken away are shown as they stood in the batch.
 * State      `rows`, each with the number of its arrival; `keys`. The lists are made from them after a restore.
 * Cost       added only: O(log end) comparisons per row that enters, one per row that does not. Else O(log n) per row for n
 *            rows of the key. Places below the first change of a batch are not touched, with the place all behind it are emitted.
 */
import type { Column } from "../batch/column.ts";
import { BIGINT, type Field } from "../batch/data-type.ts";
import { hashRows } from "../batch/hash-rows.ts";
import { MAX_BATCH_ROWS, NO_BATCHES, type RecordBatch } from "../batch/record-batch.ts";
import { RowKind, rowKindSign } from "../batch/row-kind.ts";
import { compileRowOrder, type RowComparator, type SortKey } from "../batch/row-order.ts";
import { listRestoredRows } from "../state/restored-lists.ts";
import { RowChanges } from "../state/row-changes.ts";
import { CHUNK_MASK } from "../state/row-id.ts";
import { RowLists } from "../state/row-lists.ts";
import type { RowStore } from "../state/row-store.ts";
import type { OperatorValue, StateTable } from "../state/state-backend.ts";
import { processingTimeOf, StateTtl, TableTtl, TtlSweep, WRITTEN_FIELD } from "../state/state-ttl.ts";
import { TouchedSlots } from "../state/touched-slots.ts";
import type { Operator, OperatorContext } from "./operator.ts";

export interface TopNSpec {
  readonly kind: "top-n";
  readonly fields: readonly Field[];
  readonly keys: readonly number[];
  readonly order: readonly SortKey[];
  /** The first and the last place that is shown, counted from 1. */
  readonly start: number;
  readonly end: number;
  /** The columns that come out; the others are only ordered or keyed by. */
  readonly outputs: readonly number[];
  /** Whether the place comes out too, as a last column. */
  readonly withPlace: boolean;
  readonly inputIsAppendOnly: boolean;
  /** False leaves out -U, for consumers that know the row by its key and place. Default true. */
  readonly emitUpdateBefore?: boolean;
  /** Processing time that the rows of a key live from the last change of its list on; for ever if absent. */
  readonly ttlMs?: number;
}

export function createTopN(spec: TopNSpec, context: OperatorContext): Operator {
  return new TopN(spec, context);
}

class TopN implements Operator {
  readonly #spec: TopNSpec;
  readonly #order: readonly SortKey[];
  readonly #compare: RowComparator;
  readonly #sequenceColumn: number;
  readonly #keys: StateTable;
  readonly #rows: RowStore;
  readonly #sequence: OperatorValue<number>;
  readonly #lists = new RowLists();
  readonly #slots = new Int32Array(MAX_BATCH_ROWS);
  readonly #inserted = new Uint8Array(MAX_BATCH_ROWS);
  readonly #hashes = new Int32Array(MAX_BATCH_ROWS);
  readonly #sequences = new Float64Array(MAX_BATCH_ROWS);
  readonly #touched = new TouchedSlots();
  /** Per touched slot: its first change, the rows that were shown before the batch and where they stand in `#before`. */
  readonly #firstChange = new Int32Array(MAX_BATCH_ROWS);
  readonly #beforeLength = new Int32Array(MAX_BATCH_ROWS);
  readonly #beforeStart = new Int32Array(MAX_BATCH_ROWS);
  /** Per touched slot: rows of the store that fell off the end. */
  readonly #evicted = new Int32Array(MAX_BATCH_ROWS);
  #before = new Int32Array(MAX_BATCH_ROWS);
  #beforeSize = 0;
  readonly #out: RowChanges;

  readonly #ttl: TableTtl | null = null;
  readonly #sweep: TtlSweep | null = null;

  constructor(spec: TopNSpec, context: OperatorContext) {
    const { state } = context;
    const { fields, keys, ttlMs } = spec;
    this.#spec = spec;
    // Within a key its own columns are all equal.
    this.#order = spec.order.filter(({ column }) => !keys.includes(column));
    this.#compare = compileRowOrder(this.#order);
    this.#sequenceColumn = fields.length;
    this.#keys = state.table({
      name: "keys",
      key: keys.map((key) => fields[key]),
      values: ttlMs === undefined ? [] : [WRITTEN_FIELD],
    });
    this.#rows = state.rowStore({
      name: "rows",
      fields: [...fields, { name: "$arrival", type: { kind: "double", nullable: false } }],
      key: keys,
      identityColumns: fields.length,
      ...(ttlMs === undefined ? {} : { isIndexed: true }),
    });
    this.#sequence = state.operatorValue("arrivals", 0, Math.max);
    this.#out = new RowChanges(this.#rows, spec.outputs, spec.withPlace, spec.emitUpdateBefore ?? true);
    listRestoredRows(this.#lists, this.#keys, this.#rows, (id, other) =>
      this.#compareStored(id, other, this.#rows.batchOf(other).columns),
    );
    if (ttlMs === undefined) return;
    const time = processingTimeOf(context);
    const forget = (slot: number): void => {
      this.#forgetRows(slot);
      this.#keys.remove(slot);
    };
    this.#ttl = new TableTtl(new StateTtl(ttlMs, time), this.#keys, 0, forget);
    this.#sweep = new TtlSweep(time, [this.#ttl]);
  }

  *onBatch(batch: RecordBatch): Generator<RecordBatch> {
    const { columns, length } = batch;
    const keys = this.#spec.keys.map((key) => columns[key]);
    this.#keys.slotsOf(keys, length, this.#slots, this.#inserted);
    if (this.#ttl !== null) this.#forgetPassed(length, this.#ttl);
    hashRows(keys, length, this.#hashes);
    this.#lists.reserve(this.#keys.capacity);
    this.#touched.start();
    this.#beforeSize = 0;
    const arrival = this.#sequence.get();
    for (let row = 0; row < length; row++) this.#sequences[row] = arrival + row;
    this.#sequence.set(arrival + length);
    const stored = [...columns, { kind: "float64", values: this.#sequences, nulls: null } as const];
    if (this.#spec.inputIsAppendOnly) this.#addAll(columns, length);
    else this.#changeAll(stored, batch);
    this.#out.columns = columns;
    for (let number = 0; number < this.#touched.count; number++) {
      const changes = this.#spec.withPlace ? this.#placeChanges(number) : this.#rowChanges(number);
      yield* changes;
    }
    if (this.#out.length > 0) yield this.#out.take();
    this.#ttl?.touchAll(this.#touched.slots, this.#touched.count);
    if (this.#spec.inputIsAppendOnly) this.#storeAdded(stored);
    else this.#removeEmptyKeys();
  }

  onWatermark(): Iterable<RecordBatch> {
    return NO_BATCHES;
  }

  onTimer(): Iterable<RecordBatch> {
    this.#sweep?.onTimer();
    return NO_BATCHES;
  }

  /** Keys whose time to live has passed have no rows any more. */
  #forgetPassed(length: number, ttl: TableTtl): void {
    ttl.ttl.begin();
    this.#lists.reserve(this.#keys.capacity);
    for (let row = 0; row < length; row++) {
      const slot = this.#slots[row];
      if (this.#inserted[row] === 0 && ttl.hasPassed(slot)) this.#forgetRows(slot);
      else if (this.#inserted[row] === 0) continue;
      ttl.touch(slot);
    }
  }

  #forgetRows(slot: number): void {
    for (let at = this.#lists.lengthOf(slot) - 1; at >= 0; at--) this.#rows.remove(0, this.#lists.at(slot, at));
    this.#lists.clear(slot);
  }

  /** The number of a slot in this batch. Takes down what is shown of it from place `position` on, before it changes. */
  #touch(slot: number, position: number): number {
    let number = this.#touched.find(slot);
    if (number < 0) {
      number = this.#touched.add(slot);
      const length = Math.min(this.#lists.lengthOf(slot), this.#spec.end);
      this.#beforeLength[number] = length;
      this.#firstChange[number] = length;
      this.#beforeStart[number] = this.#beforeSize;
      this.#evicted[number] = 0;
      this.#beforeSize += length;
      if (this.#beforeSize > this.#before.length) {
        const before = new Int32Array(this.#beforeSize * 2);
        before.set(this.#before);
        this.#before = before;
      }
    }
    const first = this.#firstChange[number];
    if (position < first) {
      this.#lists.copy(slot, position, first, this.#before, this.#beforeStart[number] + position);
      this.#firstChange[number] = position;
    }
    return number;
  }

  /** Rows that are only added: keeps the first `end` of each key. */
  #addAll(columns: readonly Column[], length: number): void {
    const lists = this.#lists;
    const { end } = this.#spec;
    let row = 0;
    const isBefore = (id: number) => this.#compareWith(columns, row, id) >= 0;
    for (; row < length; row++) {
      const slot = this.#slots[row];
      const isFull = lists.lengthOf(slot) === end;
      if (isFull && isBefore(lists.at(slot, end - 1))) continue;
      const position = lists.search(slot, isBefore);
      const number = this.#touch(slot, position);
      if (isFull) {
        if (lists.at(slot, end - 1) >= 0) this.#evicted[number]++;
        lists.remove(slot, end - 1);
      }
      lists.insert(slot, position, ~row);
    }
  }

  /** Row `row` of the batch against the row that an id stands for. */
  #compareWith(columns: readonly Column[], row: number, id: number): number {
    if (id < 0) return this.#compare(columns, row, columns, ~id);
    return this.#compare(columns, row, this.#rows.batchOf(id).columns, id & CHUNK_MASK);
  }

  /** Rows that are added and taken away: keeps all. `columns` are those of the store. */
  #changeAll(columns: readonly Column[], { kinds, length }: RecordBatch): void {
    const rows = new Int32Array(length);
    const ids = new Int32Array(length);
    for (let row = 0; row < length; row++) rows[row] = row;
    for (let from = 0; from < length; ) {
      let to = from;
      while (to < length && (kinds === null || rowKindSign[kinds[to]] > 0)) to++;
      if (to > from) {
        this.#rows.append(0, columns, rows, from, to, this.#hashes, ids);
        for (let row = from; row < to; row++) this.#insert(this.#slots[row], ids[row]);
      } else this.#remove(this.#slots[to], columns, to++);
      from = to;
    }
  }

  #insert(slot: number, id: number): void {
    const position = this.#positionOf(slot, id);
    if (position < this.#spec.end) this.#touch(slot, position);
    this.#lists.insert(slot, position, id);
  }

  #remove(slot: number, columns: readonly Column[], row: number): void {
    const id = this.#oldestSame(columns, row);
    // A row that is not there, as after a part of the input was lost: there is nothing to take away.
    if (id < 0) {
      this.#touch(slot, this.#lists.lengthOf(slot));
      return;
    }
    const position = this.#positionOf(slot, id);
    const number = this.#touch(slot, Math.min(position, this.#spec.end));
    // The place in memory may be taken by another row before this one is emitted: it is shown as it stands in the batch.
    const start = this.#beforeStart[number];
    const end = start + this.#beforeLength[number];
    for (let at = start + this.#firstChange[number]; at < end; at++) {
      if (this.#before[at] !== id) continue;
      this.#before[at] = ~row;
      break;
    }
    this.#lists.remove(slot, position);
    this.#rows.remove(0, id);
  }

  /** Of stored rows that are the same as a row of the batch the one that came first; -1 = none. */
  #oldestSame(columns: readonly Column[], row: number): number {
    let oldest = this.#rows.findRow(0, columns, row);
    if (oldest < 0) return -1;
    for (let id = oldest; id >= 0; id = this.#rows.findNextRow(id, columns, row)) {
      if (this.#arrivalOf(id) < this.#arrivalOf(oldest)) oldest = id;
    }
    return oldest;
  }

  /** How many rows of a list come before a stored row. */
  #positionOf(slot: number, id: number): number {
    const { columns } = this.#rows.batchOf(id);
    return this.#lists.search(slot, (other) => this.#compareStored(other, id, columns) < 0);
  }

  #compareStored(a: number, b: number, columnsOfB: readonly Column[]): number {
    const columnsOfA = this.#rows.batchOf(a).columns;
    const order = this.#compare(columnsOfA, a & CHUNK_MASK, columnsOfB, b & CHUNK_MASK);
    return order !== 0 ? order : this.#arrivalOf(a) - this.#arrivalOf(b);
  }

  #arrivalOf(id: number): number {
    const { columns } = this.#rows.batchOf(id);
    return (columns[this.#sequenceColumn] as Column & { kind: "float64" }).values[id & CHUNK_MASK];
  }

  /** Each place whose row is another than before. */
  *#placeChanges(number: number): Generator<RecordBatch> {
    const { start, end } = this.#spec;
    const slot = this.#touched.slots[number];
    const out = this.#out;
    const beforeStart = this.#beforeStart[number];
    const beforeLength = this.#beforeLength[number];
    const afterLength = Math.min(this.#lists.lengthOf(slot), end);
    const last = Math.max(beforeLength, afterLength);
    for (let position = Math.max(this.#firstChange[number], start - 1); position < last; position++) {
      const wasShown = position < beforeLength;
      const isShown = position < afterLength;
      const before = wasShown ? this.#before[beforeStart + position] : 0;
      const after = isShown ? this.#lists.at(slot, position) : 0;
      if (wasShown && isShown) {
        if (before === after) continue;
        if (out.needsRoom(2)) yield out.take();
        out.update(before, after, position + 1);
      } else {
        if (out.needsRoom(1)) yield out.take();
        out.add(isShown ? after : before, isShown ? RowKind.insert : RowKind.delete, position + 1);
      }
    }
  }

  /** Rows that are shown and were not, and the other way round. */
  *#rowChanges(number: number): Generator<RecordBatch> {
    const { start, end } = this.#spec;
    const slot = this.#touched.slots[number];
    const out = this.#out;
    const first = Math.max(this.#firstChange[number], start - 1);
    const beforeStart = this.#beforeStart[number];
    const before = this.#before.subarray(beforeStart + first, beforeStart + this.#beforeLength[number]);
    const after = new Int32Array(Math.max(0, Math.min(this.#lists.lengthOf(slot), end) - first));
    this.#lists.copy(slot, first, first + after.length, after, 0);
    const left = without(before, after);
    const came = without(after, before);
    if (start === end && left.length === 1 && came.length === 1) {
      if (out.needsRoom(2)) yield out.take();
      out.update(left[0], came[0], start);
      return;
    }
    for (const id of left) {
      if (out.needsRoom(1)) yield out.take();
      out.add(id, RowKind.delete, 0);
    }
    for (const id of came) {
      if (out.needsRoom(1)) yield out.take();
      out.add(id, RowKind.insert, 0);
    }
  }

  /** Rows of the batch that are still in a list go to the store: into the places of rows that fell off, as far as there are. */
  #storeAdded(columns: readonly Column[]): void {
    const replacedIds: number[] = [];
    const replacing: number[] = [];
    const added: number[] = [];
    const places: number[] = [];
    for (let number = 0; number < this.#touched.count; number++) {
      const slot = this.#touched.slots[number];
      const length = this.#lists.lengthOf(slot);
      let free = this.#evicted[number];
      const beforeEnd = this.#beforeStart[number] + this.#beforeLength[number];
      for (let position = this.#firstChange[number]; position < length; position++) {
        const id = this.#lists.at(slot, position);
        if (id >= 0) continue;
        if (free > 0) {
          const place = this.#before[beforeEnd - free--];
          replacedIds.push(place);
          replacing.push(~id);
          this.#lists.set(slot, position, place);
        } else {
          added.push(~id);
          places.push(slot, position);
        }
      }
    }
    this.#rows.replace(0, Int32Array.from(replacedIds), columns, Int32Array.from(replacing), 0, replacing.length);
    if (added.length === 0) return;
    const ids = new Int32Array(added.length);
    this.#rows.append(0, columns, Int32Array.from(added), 0, added.length, this.#hashes, ids);
    for (let i = 0; i < ids.length; i++) this.#lists.set(places[2 * i], places[2 * i + 1], ids[i]);
  }

  #removeEmptyKeys(): void {
    for (let number = 0; number < this.#touched.count; number++) {
      const slot = this.#touched.slots[number];
      if (this.#lists.lengthOf(slot) === 0) this.#keys.remove(slot);
    }
  }
}

const LIST_IS_SHORT = 16;

/** The ids that are not among others. */
function without(ids: Int32Array, others: Int32Array): readonly number[] {
  const isIn = others.length <= LIST_IS_SHORT ? (id: number) => others.includes(id) : inSet(new Set(others));
  const rest: number[] = [];
  for (const id of ids) if (!isIn(id)) rest.push(id);
  return rest;
}

function inSet(set: ReadonlySet<number>): (id: number) => boolean {
  return (id) => set.has(id);
}

/** The type of the place. */
export const PLACE_TYPE = { ...BIGINT, nullable: false } as const;
