/**
 * Rows by partition, numbered as they came, without a look-up: who keeps them knows their slots.
 *
 * State      `rows`, and how many there were.
 */
import type { Column, Float64Column } from "../batch/column.ts";
import type { Field } from "../batch/data-type.ts";
import { MAX_BATCH_ROWS } from "../batch/record-batch.ts";
import { forEachPiece } from "./slots-in-use.ts";
import type { OperatorValue, StateBackend, StateTable } from "./state-backend.ts";

export class ArrivedRows {
  readonly table: StateTable;
  readonly #arrivals: OperatorValue<number>;

  constructor(state: StateBackend, key: readonly Field[], values: readonly Field[]) {
    this.table = state.table({
      name: "rows",
      key: [...key, { name: "$arrival", type: { kind: "double", nullable: false } }],
      keyGroupColumns: key.length,
      isList: true,
      values,
    });
    this.#arrivals = state.operatorValue<number>("arrivals", 0, Math.max);
  }

  /** A new slot for each row of a batch. */
  add(keys: readonly Column[], length: number, slots: Int32Array): void {
    const arrival = this.#arrivals.get();
    const values = new Float64Array(length);
    for (let row = 0; row < length; row++) values[row] = arrival + row;
    this.#arrivals.set(arrival + length);
    this.table.slotsOf([...keys, { kind: "float64", values, nulls: null }], length, slots);
  }

  /** The columns of the partition of rows. */
  keysOf(slots: Int32Array, length: number): readonly Column[] {
    return this.table.keysOf(slots, length).slice(0, -1);
  }

  /** After a restore: all rows, as they came, each with the slot of its partition in the other table. */
  inOrder(partitions: StateTable): readonly { readonly slot: number; readonly partition: number }[] {
    const found: { slot: number; partition: number; arrival: number }[] = [];
    const partitionSlots = new Int32Array(MAX_BATCH_ROWS);
    forEachPiece(this.table, (slots, length) => {
      const keys = this.table.keysOf(slots, length);
      partitions.find(keys.slice(0, -1), length, partitionSlots);
      const { values } = keys[keys.length - 1] as Float64Column;
      for (let i = 0; i < length; i++) found.push({ slot: slots[i], partition: partitionSlots[i], arrival: values[i] });
    });
    return found.sort((a, b) => a.arrival - b.arrival);
  }
}
