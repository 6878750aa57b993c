/**
 * MIN or MAX of rows that may be taken away again: the values of every group, with counts, and a heap of them per group.
 *
 * Invariant  each entry with a count above 0 is in the heap of its group, once; a heap may also hold entries that went to 0
 *            (stale): they leave when they reach the top, or when they outnumber the others.
 * State      a table (group key, value) -> count. Heaps are made from it after a restore.
 * Cost       O(log n) per row for n different values of the group.
 */
import { type Column, valueAt } from "../batch/column.ts";
import { compareValues } from "../batch/compare-values.ts";
import { MAX_BATCH_ROWS } from "../batch/record-batch.ts";
import type { StateColumn, StateTable } from "../state/state-backend.ts";

interface Entry {
  readonly value: unknown;
  /** Slot in the table of values. */
  readonly slot: number;
}

class GroupHeap {
  readonly entries: Entry[] = [];
  /** Entries with a count above 0. */
  live = 0;
}

export class RetractableExtremes {
  readonly #table: StateTable;
  readonly #keyCount: number;
  /** -1 for MIN, 1 for MAX. */
  readonly #direction: number;
  readonly #heaps = new Map<number, GroupHeap>();
  readonly #released: number[] = [];
  #inHeap = new Uint8Array(64);
  #entrySlots = new Int32Array(MAX_BATCH_ROWS);

  /** `groups` is searched for the groups of values that a restore brought. */
  constructor(which: "min" | "max", table: StateTable, groups: StateTable) {
    this.#table = table;
    this.#keyCount = table.descriptor.key.length - 1;
    this.#direction = which === "min" ? -1 : 1;
    this.#rebuild(groups);
  }

  get #counts(): Float64Array {
    return this.#table.columns[0].float64!;
  }

  #rebuild(groups: StateTable): void {
    const all: number[] = [];
    this.#table.forEachSlot((slot) => all.push(slot));
    for (let from = 0; from < all.length; from += MAX_BATCH_ROWS) {
      const slots = Int32Array.from(all.slice(from, from + MAX_BATCH_ROWS));
      const keys = this.#table.keysOf(slots, slots.length);
      const groupSlots = new Int32Array(slots.length);
      groups.find(keys.slice(0, this.#keyCount), slots.length, groupSlots);
      for (const [i, slot] of slots.entries()) {
        if (this.#counts[slot] <= 0) continue;
        const heap = this.#heapOf(groupSlots[i]);
        heap.live++;
        this.#push(heap, { value: valueAt(keys[this.#keyCount], i, this.#valueType), slot });
      }
    }
  }

  get #valueType() {
    return this.#table.descriptor.key[this.#keyCount].type;
  }

  #heapOf(group: number): GroupHeap {
    let heap = this.#heaps.get(group);
    if (heap === undefined) {
      heap = new GroupHeap();
      this.#heaps.set(group, heap);
    }
    return heap;
  }

  /** Adds (sign 1) or takes away (-1) the values of `value`, none of them NULL, and writes each group's extreme to `result`. */
  update(
    keys: readonly Column[],
    value: Column,
    signs: Int8Array,
    groups: Int32Array,
    length: number,
    result: StateColumn,
  ): void {
    if (this.#entrySlots.length < length) this.#entrySlots = new Int32Array(length);
    const slots = this.#entrySlots;
    this.#table.slotsOf([...keys, value], length, slots);
    if (this.#inHeap.length < this.#table.capacity) {
      const grown = new Uint8Array(this.#table.capacity * 2);
      grown.set(this.#inHeap);
      this.#inHeap = grown;
    }
    const counts = this.#counts;
    for (let i = 0; i < length; i++) {
      const slot = slots[i];
      const before = counts[slot];
      const after = before + signs[i];
      counts[slot] = after;
      const heap = this.#heapOf(groups[i]);
      if (before <= 0 && after > 0) {
        heap.live++;
        if (this.#inHeap[slot] === 0) this.#push(heap, { value: valueAt(value, i, this.#valueType), slot });
      } else if (before > 0 && after <= 0) heap.live--;
    }
    for (let i = 0; i < length; i++) this.#settle(groups[i], result);
    // Entries that never got into a heap, or left one with a negative count that is 0 by now.
    for (let i = 0; i < length; i++) {
      if (this.#inHeap[slots[i]] === 0 && counts[slots[i]] === 0) this.#release(slots[i]);
    }
    for (const slot of this.#released.splice(0)) this.#inHeap[slot] = 0;
  }

  /** Frees the slot of a value; 2 marks it until the end of the update, for it may stand in the batch more than once. */
  #release(slot: number): void {
    this.#table.remove(slot);
    this.#inHeap[slot] = 2;
    this.#released.push(slot);
  }

  #settle(group: number, result: StateColumn): void {
    const heap = this.#heapOf(group);
    const counts = this.#counts;
    if (heap.entries.length > 2 * heap.live + 16) this.#rebuildHeap(heap);
    while (heap.entries.length > 0 && counts[heap.entries[0].slot] <= 0) this.#drop(this.#pop(heap));
    result.set(group, heap.entries.length === 0 ? null : heap.entries[0].value);
  }

  #drop({ slot }: Entry): void {
    this.#inHeap[slot] = 0;
    if (this.#counts[slot] === 0) this.#release(slot);
  }

  #rebuildHeap(heap: GroupHeap): void {
    const entries = heap.entries.splice(0);
    for (const entry of entries) {
      if (this.#counts[entry.slot] > 0) this.#push(heap, entry);
      else this.#drop(entry);
    }
  }

  /** Forgets a group and its values. */
  remove(group: number): void {
    const heap = this.#heaps.get(group);
    if (heap === undefined) return;
    for (const { slot } of heap.entries) {
      this.#inHeap[slot] = 0;
      this.#table.remove(slot);
    }
    this.#heaps.delete(group);
  }

  #above(a: Entry, b: Entry): boolean {
    return compareValues(a.value, b.value) * this.#direction > 0;
  }

  #push({ entries }: GroupHeap, entry: Entry): void {
    if (entry.slot >= this.#inHeap.length) {
      const grown = new Uint8Array(entry.slot * 2);
      grown.set(this.#inHeap);
      this.#inHeap = grown;
    }
    this.#inHeap[entry.slot] = 1;
    let at = entries.push(entry) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#above(entry, entries[parent])) break;
      entries[at] = entries[parent];
      at = parent;
    }
    entries[at] = entry;
  }

  #pop({ entries }: GroupHeap): Entry {
    const top = entries[0];
    const last = entries.pop() as Entry;
    if (entries.length === 0) return top;
    let at = 0;
    for (;;) {
      let child = at * 2 + 1;
      if (child >= entries.length) break;
      if (child + 1 < entries.length && this.#above(entries[child + 1], entries[child])) child++;
      if (!this.#above(entries[child], last)) break;
      entries[at] = entries[child];
      at = child;
    }
    entries[at] = last;
    return top;
  }
}
