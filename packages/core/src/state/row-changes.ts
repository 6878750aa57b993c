/** Changes to be emitted, of rows by their ids in a store; an id below 0 is row `~id` of a batch. */
import type { Column } from "../batch/column.ts";
import { MAX_BATCH_ROWS, type RecordBatch, recordBatch } from "../batch/record-batch.ts";
import { RowKind } from "../batch/row-kind.ts";
import type { RowStore } from "./row-store.ts";

export class RowChanges {
  length = 0;
  /** Of the batch that ids below 0 refer to. */
  columns: readonly Column[] = [];
  readonly #rows: RowStore;
  readonly #outputs: readonly number[];
  readonly #withPlace: boolean;
  readonly #emitsUpdateBefore: boolean;
  readonly #ids = new Int32Array(MAX_BATCH_ROWS);
  readonly #kinds = new Uint8Array(MAX_BATCH_ROWS);
  readonly #places = new Float64Array(MAX_BATCH_ROWS);
  #onlyInserts = true;

  /** `outputs`: the columns of the rows that come out. `withPlace`: the place comes out too, as a last column. */
  constructor(rows: RowStore, outputs: readonly number[], withPlace: boolean, emitsUpdateBefore: boolean) {
    this.#rows = rows;
    this.#outputs = outputs;
    this.#withPlace = withPlace;
    this.#emitsUpdateBefore = emitsUpdateBefore;
  }

  needsRoom(rows: number): boolean {
    return this.length + rows > MAX_BATCH_ROWS;
  }

  add(id: number, kind: RowKind, place: number): void {
    this.#ids[this.length] = id;
    this.#kinds[this.length] = kind;
    this.#places[this.length++] = place;
    if (kind !== RowKind.insert) this.#onlyInserts = false;
  }

  update(before: number, after: number, place: number): void {
    if (this.#emitsUpdateBefore) this.add(before, RowKind.updateBefore, place);
    this.add(after, RowKind.updateAfter, place);
  }

  /** The batch of what was added. */
  take(): RecordBatch {
    const { length } = this;
    const columns = this.#rows.gatherWith(this.columns, this.#ids, length, this.#outputs);
    if (this.#withPlace) columns.push({ kind: "float64", values: this.#places.slice(0, length), nulls: null });
    const kinds = this.#onlyInserts ? null : this.#kinds.slice(0, length);
    this.length = 0;
    this.#onlyInserts = true;
    return recordBatch(length, columns, kinds);
  }
}
