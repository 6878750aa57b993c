/**
 * A state table in typed arrays: see state-backend.ts for what it promises.
 *
 * A batch of keys is looked up in three passes, each a plain loop: hash all rows; find or make the slot whose stored 32-bit
 * hash is equal; compare the keys in full, column by column. Rows that fail the comparison (two keys of one hash) are
 * looked up again one by one. A single number key takes one pass of its own instead, a single key of JavaScript values a Map.
 *
 * Invariant  `used[slot]` = 1 exactly for the slots that the index holds; slots >= `capacity` were never used; free slots
 *            below it stand on the free list, with values erased.
 * State      per slot: cells of the index (8 bytes) and hash, which a list has not, use flag, keys, values.
 * Cost       O(1) per row; growth, by a third to twice, copies everything, amortised.
 */
import { type Column, columnKindOf, type Float64Column } from "../batch/column.ts";
import { hashRow, hashRows } from "../batch/hash-rows.ts";
import { MAX_BATCH_ROWS } from "../batch/record-batch.ts";
import { invariant } from "../errors.ts";
import { hashNumber } from "../hash.ts";
import { grown, nextCapacity } from "./byte-arena.ts";
import { HashIndex } from "./hash-index.ts";
import { createKeyColumn, type KeyColumn, NumberKeys, ValueKeys } from "./key-column.ts";
import type { StateTable, StateTableDescriptor } from "./state-backend.ts";
import { createValueColumn, type TableColumn } from "./value-column.ts";
import { ValueIndex } from "./value-index.ts";

const INITIAL_SLOTS = 16;

let batchHashes = new Int32Array(MAX_BATCH_ROWS);
let batchDifferences = new Uint8Array(MAX_BATCH_ROWS);

export class MemoryStateTable implements StateTable {
  readonly descriptor: StateTableDescriptor;
  size = 0;
  capacity = 0;
  readonly columns: readonly TableColumn[];
  #keys: readonly KeyColumn[] = [];
  #numberKeys: NumberKeys | null = null;
  #valueKeys: ValueKeys | null = null;
  /** In place of `#index` where the key is one JavaScript value. */
  #valueIndex: ValueIndex | null = null;
  #index: HashIndex;
  #used: Uint8Array;
  /** What is erased when a slot is freed. */
  #erased: readonly (KeyColumn | TableColumn)[] = [];
  #free: Int32Array = new Int32Array(INITIAL_SLOTS);
  #freeCount = 0;

  /** `expectedSize` keys fit without growing. */
  constructor(descriptor: StateTableDescriptor, expectedSize: number = 0) {
    this.descriptor = descriptor;
    let slots = INITIAL_SLOTS;
    while (slots < expectedSize) slots *= 2;
    this.#used = new Uint8Array(slots);
    // Rows of a list go as soon as they came: what they share is not worth looking for.
    this.columns = descriptor.values.map(({ type }) => createValueColumn(type, slots, descriptor.isList !== true));
    this.#createKeys(slots);
    this.#index = new HashIndex(this.#isHashed ? slots : 1);
  }

  /** The slots in use, ascending. */
  slots(): Int32Array {
    const slots = new Int32Array(this.size);
    let count = 0;
    for (let slot = 0; slot < this.capacity; slot++) if (this.#used[slot] === 1) slots[count++] = slot;
    return slots;
  }

  get #isHashed(): boolean {
    return this.#valueIndex === null && this.descriptor.isList !== true;
  }

  #createKeys(slots: number): void {
    const { key, parent } = this.descriptor;
    const own = key
      .slice(parent?.descriptor.key.length ?? 0)
      .map(({ type }) => createKeyColumn(type, slots, key.length > 1));
    this.#keys = parent === undefined ? own : [new NumberKeys(slots), ...own];
    const [first] = this.#keys;
    this.#erased = [
      ...this.#keys,
      ...(this.descriptor.isList === true ? this.columns.filter(holdsMemory) : this.columns),
    ];
    this.#numberKeys = this.#keys.length === 1 && first instanceof NumberKeys ? first : null;
    this.#valueKeys =
      this.#keys.length === 1 && this.descriptor.isList !== true && first instanceof ValueKeys ? first : null;
    this.#valueIndex = this.#valueKeys === null ? null : new ValueIndex();
  }

  slotsOf(keys: readonly Column[], length: number, out: Int32Array, wasInserted?: Uint8Array): void {
    const [first] = keys;
    wasInserted?.fill(0, 0, length);
    if (this.descriptor.isList === true) {
      for (let i = 0; i < length; i++) out[i] = this.#insert(keys, i, 0);
      wasInserted?.fill(1, 0, length);
    } else if (this.#numberKeys !== null && first.kind === "float64") {
      this.#slotsOfNumbers(this.#numberKeys, first.values, keys, length, out, wasInserted);
    } else if (this.#valueKeys !== null) {
      for (let i = 0; i < length; i++) {
        const size = this.size;
        out[i] = this.slotOf(valueAt(keys[0], i));
        if (wasInserted !== undefined && this.size > size) wasInserted[i] = 1;
      }
    } else if (this.#keys.length === 0) {
      if (length > 0) out.fill(this.#lookUp(keys, 0, hashRow(keys, 0), wasInserted), 0, length);
    } else this.#slotsOfRows(keys, length, out, wasInserted);
  }

  #slotsOfNumbers(
    own: NumberKeys,
    values: Float64Array,
    keys: readonly Column[],
    length: number,
    out: Int32Array,
    wasInserted: Uint8Array | undefined,
  ): void {
    const { nulls } = keys[0];
    let { cells, mask } = this.#index;
    let stored = own.numbers.values;
    for (let i = 0; i < length; i++) {
      const value = values[i];
      if (Number.isNaN(value) || (nulls !== null && nulls[i] === 1)) {
        out[i] = this.#lookUp(keys, i, hashRow(keys, i), wasInserted);
        ({ cells, mask } = this.#index);
        stored = own.numbers.values;
        continue;
      }
      const hash = hashNumber(value);
      let at = hash & mask;
      let cell = cells[at];
      while (cell !== 0 && stored[cell - 1] !== value) {
        at = (at + 1) & mask;
        cell = cells[at];
      }
      if (cell === 0) {
        cell = this.#allocate(hash) + 1;
        ({ cells, mask } = this.#index);
        stored = own.numbers.values;
        stored[cell - 1] = value + 0;
        if (wasInserted !== undefined) wasInserted[i] = 1;
      }
      out[i] = cell - 1;
    }
  }

  #slotsOfRows(keys: readonly Column[], length: number, out: Int32Array, wasInserted: Uint8Array | undefined): void {
    const hashes = hashesFor(length);
    hashRows(keys, length, hashes);
    let { cells, mask, hashes: stored } = this.#index;
    for (let i = 0; i < length; i++) {
      const hash = hashes[i];
      let at = hash & mask;
      let cell = cells[at];
      while (cell !== 0 && stored[cell - 1] !== hash) {
        at = (at + 1) & mask;
        cell = cells[at];
      }
      if (cell === 0) {
        const slot = this.#insert(keys, i, hash);
        cell = slot + 1;
        ({ cells, mask, hashes: stored } = this.#index);
        if (wasInserted !== undefined) wasInserted[i] = 1;
      }
      out[i] = cell - 1;
    }
    const differences = this.#differences(keys, length, out);
    if (differences === null) return;
    for (let i = 0; i < length; i++) {
      if (differences[i] === 1) out[i] = this.#lookUp(keys, i, hashes[i], wasInserted);
    }
  }

  slotOf(key: unknown): number {
    const slot = this.findKey(key);
    if (slot >= 0) return slot;
    const added = this.#allocate(0);
    this.#valueKeys!.values[added] = key ?? null;
    this.#valueIndex!.add(key, added);
    return added;
  }

  findKey(key: unknown): number {
    invariant(this.#valueIndex !== null, `state table ${this.descriptor.name} has no single key of JavaScript values`);
    return this.#valueIndex.get(key);
  }

  keyAt(slot: number): unknown {
    invariant(this.#valueKeys !== null, `state table ${this.descriptor.name} has no single key of JavaScript values`);
    return this.#valueKeys.values[slot];
  }

  find(keys: readonly Column[], length: number, out: Int32Array): void {
    invariant(this.descriptor.isList !== true, `state table ${this.descriptor.name} is a list`);
    if (this.#valueIndex !== null) {
      for (let i = 0; i < length; i++) out[i] = this.#valueIndex.get(valueAt(keys[0], i));
      return;
    }
    const hashes = hashesFor(length);
    hashRows(keys, length, hashes);
    const { cells, mask, hashes: stored } = this.#index;
    for (let i = 0; i < length; i++) {
      const hash = hashes[i];
      let at = hash & mask;
      while (cells[at] !== 0 && stored[cells[at] - 1] !== hash) at = (at + 1) & mask;
      out[i] = cells[at] - 1;
    }
    const differences = this.#differences(keys, length, out);
    if (differences === null) return;
    for (let i = 0; i < length; i++) if (differences[i] === 1) out[i] = this.#findRow(keys, i, hashes[i]);
  }

  /** Marks for the rows whose key is not that of their slot; null if there is none. */
  #differences(keys: readonly Column[], length: number, slots: Int32Array): Uint8Array | null {
    if (batchDifferences.length < length) batchDifferences = new Uint8Array(length);
    const differences = batchDifferences;
    differences.fill(0, 0, length);
    let found = false;
    for (let k = 0; k < this.#keys.length; k++) {
      if (this.#keys[k].differs(keys[k], length, slots, differences)) found = true;
    }
    return found ? differences : null;
  }

  #findRow(keys: readonly Column[], row: number, hash: number): number {
    const { cells, mask, hashes } = this.#index;
    for (let at = hash & mask; cells[at] !== 0; at = (at + 1) & mask) {
      const slot = cells[at] - 1;
      if (hashes[slot] === hash && this.#equals(slot, keys, row)) return slot;
    }
    return -1;
  }

  #equals(slot: number, keys: readonly Column[], row: number): boolean {
    for (let k = 0; k < this.#keys.length; k++) if (!this.#keys[k].equals(slot, keys[k], row)) return false;
    return true;
  }

  #lookUp(keys: readonly Column[], row: number, hash: number, wasInserted: Uint8Array | undefined): number {
    const slot = this.#findRow(keys, row, hash);
    if (slot >= 0) return slot;
    if (wasInserted !== undefined) wasInserted[row] = 1;
    return this.#insert(keys, row, hash);
  }

  #insert(keys: readonly Column[], row: number, hash: number): number {
    const slot = this.#allocate(hash);
    for (let k = 0; k < this.#keys.length; k++) this.#keys[k].write(slot, keys[k], row);
    return slot;
  }

  #allocate(hash: number): number {
    let slot: number;
    if (this.#freeCount > 0) slot = this.#free[--this.#freeCount];
    else {
      if (this.capacity === this.#used.length) this.#grow();
      slot = this.capacity++;
    }
    this.#used[slot] = 1;
    this.size++;
    if (this.#isHashed) this.#index.add(slot, hash);
    return slot;
  }

  #grow(): void {
    const slots = nextCapacity(this.#used.length);
    this.#used = grown(this.#used, new Uint8Array(slots));
    if (this.#isHashed) this.#index.grow(slots, this.#used, this.capacity);
    for (const key of this.#keys) key.grow(slots);
    for (const column of this.columns) column.grow(slots);
  }

  remove(slot: number): void {
    invariant(this.#used[slot] === 1, `slot ${slot} of state table ${this.descriptor.name} holds no key`);
    if (this.#valueIndex !== null) this.#valueIndex.remove(this.#valueKeys!.values[slot]);
    else if (this.descriptor.isList !== true) this.#index.remove(slot);
    this.#used[slot] = 0;
    this.size--;
    for (const column of this.#erased) column.erase(slot);
    if (this.#freeCount === this.#free.length) {
      this.#free = grown(this.#free, new Int32Array(this.#freeCount * 2));
    }
    this.#free[this.#freeCount++] = slot;
  }

  clear(): void {
    this.size = 0;
    this.capacity = 0;
    this.#freeCount = 0;
    this.#free = new Int32Array(INITIAL_SLOTS);
    this.#used = new Uint8Array(INITIAL_SLOTS);
    for (const column of this.columns) column.clear(INITIAL_SLOTS);
    this.#createKeys(INITIAL_SLOTS);
    this.#index = new HashIndex(this.#isHashed ? INITIAL_SLOTS : 1);
  }

  forEachSlot(visit: (slot: number) => void): void {
    for (let slot = 0; slot < this.capacity; slot++) if (this.#used[slot] === 1) visit(slot);
  }

  keysOf(slots: Int32Array, length: number): readonly Column[] {
    const keys = this.#keys.map((key) => key.columnOf(slots, length));
    const { parent } = this.descriptor;
    if (parent === undefined) return keys;
    const [first, ...own] = keys;
    return [...parent.keysOf(Int32Array.from((first as Float64Column).values), length), ...own];
  }

  get byteSize(): number {
    let bytes = this.#index.byteSize + this.#used.byteLength + this.#free.byteLength;
    if (this.#valueIndex !== null) bytes += this.#valueIndex.byteSize;
    for (const key of this.#keys) bytes += key.byteSize;
    for (const column of this.columns) bytes += column.byteSize;
    return bytes;
  }
}

function valueAt(column: Column, row: number): unknown {
  return column.kind === "value" && (column.nulls === null || column.nulls[row] === 0) ? column.values[row] : null;
}

function holdsMemory({ type }: TableColumn): boolean {
  const kind = columnKindOf(type);
  return kind === "utf8" || kind === "value";
}

function hashesFor(length: number): Int32Array {
  if (batchHashes.length < length) batchHashes = new Int32Array(length);
  return batchHashes;
}
