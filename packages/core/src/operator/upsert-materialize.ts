/**
 * What a changelog leaves at each key of its target, where rows are told apart by other columns than that key.
 *
 * Two rows of the changelog may meet at one key of the target, and one of them going must not take the other along. Of the rows
 * that stand at a key the one that came last counts; if it goes, the one before it does again.
 *
 * A key emits once per batch that changes its row: +I the first time, later +U, -D when no row is left.
 *
 * Invariant  a key whose last row is number n of all rows that came has n in `#last`, one without rows has no slot.
 * State      all rows, each with its number; the number of the last one by key; how many rows came so far.
 * Cost       O(1) per row, O(rows of the key) if the last row of a key goes.
 */
import type { Column } from "../batch/column.ts";
import type { Field } from "../batch/data-type.ts";
import { selectRows } from "../batch/gather.ts";
import { hashRows } from "../batch/hash-rows.ts";
import { MAX_BATCH_ROWS, NO_BATCHES, type RecordBatch, recordBatch } from "../batch/record-batch.ts";
import { sameKeys } from "../batch/row-keys.ts";
import { RowKind, rowKindSign } from "../batch/row-kind.ts";
import { CHUNK_MASK } from "../state/row-id.ts";
import type { RowStore } from "../state/row-store.ts";
import type { OperatorValue, StateTable } from "../state/state-backend.ts";
import { TouchedSlots } from "../state/touched-slots.ts";
import type { Operator, OperatorContext } from "./operator.ts";

export interface UpsertMaterializeSpec {
  readonly kind: "upsert-materialize";
  /** The columns of the input and of the output. */
  readonly fields: readonly Field[];
  /** The key of the target. */
  readonly keys: readonly number[];
}

/** Input: changes of all kinds. Output: +I, +U and -D by key. */
export function createUpsertMaterialize(spec: UpsertMaterializeSpec, context: OperatorContext): Operator {
  return new UpsertMaterialize(spec, context);
}

/** All rows stand in one bucket. */
const ROWS = 0;
const NUMBER = { kind: "double", nullable: false } as const;
const NO_ROW = 0;

class UpsertMaterialize implements Operator {
  readonly #fields: readonly Field[];
  readonly #keys: readonly number[];
  readonly #rows: RowStore;
  readonly #last: StateTable;
  readonly #rowsSoFar: OperatorValue<number>;
  readonly #touched = new TouchedSlots();
  readonly #slots = new Int32Array(MAX_BATCH_ROWS);
  readonly #hashes = new Int32Array(MAX_BATCH_ROWS);
  readonly #numbers = new Float64Array(MAX_BATCH_ROWS);
  readonly #each = Int32Array.from({ length: MAX_BATCH_ROWS }, (_, row) => row);
  readonly #ids = new Int32Array(MAX_BATCH_ROWS);
  /** Per key that the batch touches: the number of its row before, the id of its row now, the row that went last. */
  readonly #before = new Float64Array(MAX_BATCH_ROWS);
  readonly #newest = new Int32Array(MAX_BATCH_ROWS);
  readonly #gone = new Int32Array(MAX_BATCH_ROWS);

  constructor({ fields, keys }: UpsertMaterializeSpec, { state }: OperatorContext) {
    this.#fields = fields;
    this.#keys = keys;
    this.#rows = state.rowStore({
      name: "rows",
      fields: [...fields, { name: "$number", type: NUMBER }],
      key: keys,
      identityColumns: fields.length,
    });
    this.#last = state.table({
      name: "last",
      key: keys.map((key) => fields[key]),
      values: [{ name: "number", type: NUMBER }],
    });
    this.#rowsSoFar = state.operatorValue<number>("rowsSoFar", 0, Math.max);
  }

  *onBatch(batch: RecordBatch): Generator<RecordBatch> {
    const { columns, length } = batch;
    const keys = this.#keys.map((key) => columns[key]);
    this.#last.slotsOf(keys, length, this.#slots);
    hashRows(keys, length, this.#hashes);
    this.#touched.start();
    this.#apply(batch);
    const removed: number[] = [];
    const upserted: number[] = [];
    const empty: number[] = [];
    const last = this.#lastNumbers();
    for (let t = 0; t < this.#touched.count; t++) {
      const now = last[this.#touched.slots[t]];
      if (now === NO_ROW) empty.push(this.#touched.slots[t]);
      if (now === this.#before[t]) continue;
      if (now === NO_ROW) removed.push(t);
      else upserted.push(t);
    }
    if (removed.length > 0) {
      const rows = Int32Array.from(removed, (t) => this.#gone[t]);
      const selected = columns.map((column) => selectRows(column, rows, rows.length));
      yield recordBatch(rows.length, selected, new Uint8Array(rows.length).fill(RowKind.delete));
    }
    if (upserted.length > 0) {
      const ids = Int32Array.from(upserted, (t) => this.#newest[t]);
      const kinds = Uint8Array.from(upserted, (t) =>
        this.#before[t] === NO_ROW ? RowKind.insert : RowKind.updateAfter,
      );
      yield recordBatch(ids.length, this.#rows.gather(ids, ids.length, this.#fields.length), kinds);
    }
    for (const slot of empty) this.#last.remove(slot);
  }

  onWatermark(): Iterable<RecordBatch> {
    return NO_BATCHES;
  }

  #lastNumbers(): Float64Array {
    return this.#last.columns[0].float64 as Float64Array;
  }

  /** Adds and takes away the rows of the batch, one after the other. */
  #apply({ columns, kinds, length }: RecordBatch): void {
    const touched = this.#touched;
    const last = this.#lastNumbers();
    const first = this.#rowsSoFar.get() + 1;
    for (let row = 0; row < length; row++) this.#numbers[row] = first + row;
    this.#rowsSoFar.set(first + length - 1);
    const numbered: Column[] = [...columns, { kind: "float64", values: this.#numbers, nulls: null }];
    for (let row = 0; row < length; row++) {
      const slot = this.#slots[row];
      let t = touched.find(slot);
      if (t < 0) {
        t = touched.add(slot);
        this.#before[t] = last[slot];
        this.#newest[t] = -1;
      }
      if (kinds === null || rowKindSign[kinds[row]] > 0) {
        this.#rows.append(ROWS, numbered, this.#each, row, row + 1, this.#hashes, this.#ids);
        last[slot] = first + row;
        this.#newest[t] = this.#ids[row];
        continue;
      }
      const id = this.#rows.findRow(ROWS, columns, row);
      // What never came cannot go.
      if (id < 0) continue;
      const number = this.#numberOf(id);
      this.#rows.remove(ROWS, id);
      this.#gone[t] = row;
      if (number === last[slot]) this.#findNewest(t, slot, columns, row, last);
    }
  }

  #numberOf(id: number): number {
    const column = this.#rows.batchOf(id).columns[this.#fields.length] as Column & { kind: "float64" };
    return column.values[id & CHUNK_MASK];
  }

  /** The row that came last of those that have the key of a row. */
  #findNewest(t: number, slot: number, columns: readonly Column[], row: number, last: Float64Array): void {
    let newest = -1;
    let number = NO_ROW;
    const bucket = this.#rows.bucket(ROWS);
    const keys = this.#keys;
    for (let id = bucket?.find(this.#hashes[row]) ?? -1; id >= 0; id = this.#rows.next(id)) {
      const own = this.#numberOf(id);
      if (own <= number) continue;
      if (!sameKeys(this.#rows.batchOf(id).columns, keys, id & CHUNK_MASK, columns, keys, row)) continue;
      newest = id;
      number = own;
    }
    this.#newest[t] = newest;
    last[slot] = number;
  }
}
