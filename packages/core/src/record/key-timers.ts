/**
 * The timers of keys in one domain of time.
 *
 * Invariant  a key has at most one timer per moment. A timer stands in its key's column, which is the truth, and in the queue;
 *            one that was deleted stays in the queue and is passed over.
 * State      a column of the keyed table: a number, or several in an array.
 * Cost       O(log n) per timer set and rung; a restore builds the queue from the column.
 */
import type { StateColumn, StateTable } from "../state/state-backend.ts";
import { TimeQueue } from "../state/time-queue.ts";

export class KeyTimers {
  readonly #table: StateTable;
  readonly #column: StateColumn;
  readonly #queue = new TimeQueue();

  constructor(table: StateTable, column: StateColumn) {
    this.#table = table;
    this.#column = column;
    table.forEachSlot((slot) => {
      for (const at of this.of(slot)) this.#queue.push(at, slot);
    });
  }

  /** The earliest time anything may be due, Infinity if there is none. */
  get first(): number {
    return this.#queue.first;
  }

  /** The times set for the key of a slot. */
  of(slot: number): readonly number[] {
    const held = this.#column.get(slot) as number | readonly number[] | null;
    return held === null ? [] : typeof held === "number" ? [held] : held;
  }

  set(slot: number, at: number): void {
    const held = this.#column.get(slot) as number | number[] | null;
    if (held === null) this.#column.set(slot, at);
    else if (typeof held === "number") {
      if (held === at) return;
      this.#column.set(slot, [held, at]);
    } else {
      if (held.includes(at)) return;
      held.push(at);
    }
    this.#queue.push(at, slot);
  }

  /** Whether there was one. */
  delete(slot: number, at: number): boolean {
    const held = this.#column.get(slot) as number | number[] | null;
    if (held === null) return false;
    if (typeof held === "number") {
      if (held !== at) return false;
      this.#column.set(slot, null);
      return true;
    }
    const index = held.indexOf(at);
    if (index < 0) return false;
    held.splice(index, 1);
    if (held.length === 0) this.#column.set(slot, null);
    return true;
  }

  /** Takes out the earliest timer with a time <= `until`: the slot it is for, its time in `time`. -1 if there is none. */
  pop(until: number): number {
    while (this.#queue.first <= until) {
      const at = this.#queue.first;
      const slot = this.#queue.pop();
      if (slot >= this.#table.capacity || !this.delete(slot, at)) continue;
      this.time = at;
      return slot;
    }
    return -1;
  }

  /** Of the timer that `pop` gave last. */
  time = 0;
}
