import type { DataType, Field } from "../batch/data-type.ts";
import type { StateColumn, StateTable } from "../state/state-backend.ts";
import type { RecordAggregate } from "./record-aggregate.ts";

export type AnyAggregate = RecordAggregate<unknown, unknown, unknown>;

const NUMBER: DataType = { kind: "double", nullable: false };
const VALUE: DataType = { kind: "value", nullable: true };

/**
 * The accumulators of several aggregates: a column of a state table each, or a place in an array. NULL stands for an accumulator that
 * nothing was added to.
 */
export class Accumulators {
  readonly fields: readonly Field[];
  readonly #aggregates: readonly AnyAggregate[];
  readonly #add: readonly ((accumulator: unknown, read: unknown, timestamp: number) => unknown)[];
  readonly #reads: unknown[];

  constructor(aggregates: readonly AnyAggregate[]) {
    this.#aggregates = aggregates;
    this.#reads = new Array(aggregates.length);
    this.#add = aggregates.map((aggregate) =>
      aggregate.read === undefined || aggregate.addRead === undefined
        ? (accumulator, record, timestamp) => aggregate.add(accumulator, record, timestamp)
        : aggregate.addRead,
    );
    this.fields = aggregates.map((aggregate, i) => ({
      name: `accumulator_${i}`,
      type: aggregate.isNumber === true ? NUMBER : VALUE,
    }));
  }

  /** Reads what `addTo` and `addToHeld` then add: all of it, before anything is changed. */
  read(record: unknown): void {
    const aggregates = this.#aggregates;
    for (let i = 0; i < aggregates.length; i++) {
      const aggregate = aggregates[i];
      this.#reads[i] = aggregate.read === undefined ? record : aggregate.read(record);
    }
  }

  /** Adds to the slot of a key, made if there is none; gives the slot. A key whose first record fails leaves none. */
  addTo(table: StateTable, key: unknown, timestamp: number): number {
    const { size } = table;
    const slot = table.slotOf(key);
    try {
      this.#addAt(table.columns, slot, timestamp);
    } catch (error) {
      if (table.size > size) table.remove(slot);
      throw error;
    }
    return slot;
  }

  #addAt(columns: readonly StateColumn[], slot: number, timestamp: number): void {
    const aggregates = this.#aggregates;
    for (let i = 0; i < aggregates.length; i++) {
      const column = columns[i];
      if (aggregates[i].isNumber === true) {
        const numbers = column.float64!;
        numbers[slot] = this.#add[i](numbers[slot], this.#reads[i], timestamp) as number;
        continue;
      }
      const held = column.get(slot);
      const next = this.#add[i](held ?? aggregates[i].create(), this.#reads[i], timestamp);
      if (next !== held) column.set(slot, next);
    }
  }

  /** Of what one reading has read. */
  addToHeld(held: unknown[], timestamp: number): void {
    for (let i = 0; i < held.length; i++) held[i] = this.#add[i](held[i], this.#reads[i], timestamp);
  }

  /** Adds a record that `read` is called for, too. */
  take(held: unknown[], record: unknown, timestamp: number): void {
    this.read(record);
    this.addToHeld(held, timestamp);
  }

  create(): unknown[] {
    return this.#aggregates.map((aggregate) => aggregate.create());
  }

  /** `b` into `a`. */
  merge(a: unknown[], b: readonly unknown[]): void {
    for (let i = 0; i < a.length; i++) a[i] = this.#aggregates[i].merge!(a[i], b[i]);
  }

  /** Slot `from` of other columns into a slot, whose accumulators are its own. */
  mergeAt(columns: readonly StateColumn[], slot: number, others: readonly StateColumn[], from: number): void {
    for (const [i, aggregate] of this.#aggregates.entries()) {
      const other = others[i].get(from);
      if (other === null) continue;
      const held = columns[i].get(slot) ?? aggregate.create();
      columns[i].set(slot, aggregate.merge!(held, other));
    }
  }

  resultsAt(columns: readonly StateColumn[], slot: number): unknown[] {
    return this.#aggregates.map((aggregate, i) => aggregate.result(columns[i].get(slot) ?? aggregate.create()));
  }

  resultsOf(held: readonly unknown[]): unknown[] {
    return this.#aggregates.map((aggregate, i) => aggregate.result(held[i]));
  }
}
