/**
 * One column of a table's keys. `differs` checks the keys of a whole batch against slots found by hash in one loop per
 * column kind; a 32-bit hash shared by two keys is the only reason to find a difference.
 */
import { type Column, columnKindOf, wideAt } from "../batch/column.ts";
import type { DataType } from "../batch/data-type.ts";
import { keyIdentity } from "../batch/key-identity.ts";
import { ByteArena, grown } from "./byte-arena.ts";
import { ExactNumbers } from "./exact-numbers.ts";

export interface KeyColumn {
  grow(capacity: number): void;
  write(slot: number, column: Column, row: number): void;
  equals(slot: number, column: Column, row: number): boolean;
  /** Sets `out[i]` for each row whose value is not that of slot `slots[i]` (rows with slot -1 are left out); whether there was one. */
  differs(column: Column, length: number, slots: Int32Array, out: Uint8Array): boolean;
  erase(slot: number): void;
  columnOf(slots: Int32Array, length: number): Column;
  readonly byteSize: number;
}

/** `repeats`: other columns tell keys apart, too, so that the same text may stand in many. */
export function createKeyColumn(type: DataType, capacity: number, repeats: boolean): KeyColumn {
  switch (columnKindOf(type)) {
    case "float64":
      return new NumberKeys(capacity);
    case "bool":
      return new BoolKeys(capacity);
    case "utf8":
      return new BytesKeys(capacity, repeats);
    case "value":
      return new ValueKeys();
  }
}

const isNull = (column: Column, row: number) => column.nulls !== null && column.nulls[row] === 1;

function differsByRow(keys: KeyColumn, column: Column, length: number, slots: Int32Array, out: Uint8Array): boolean {
  let found = false;
  for (let i = 0; i < length; i++) {
    if (slots[i] < 0 || keys.equals(slots[i], column, i)) continue;
    out[i] = 1;
    found = true;
  }
  return found;
}

/** Slots whose key is NULL. The mask is allocated with the first of them. */
class KeyNulls {
  mask: Uint8Array | null = null;
  #capacity: number;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  grow(capacity: number): void {
    this.#capacity = capacity;
    if (this.mask !== null) this.mask = grown(this.mask, new Uint8Array(capacity));
  }

  set(slot: number): void {
    if (this.mask === null) this.mask = new Uint8Array(this.#capacity);
    this.mask[slot] = 1;
  }

  has(slot: number): boolean {
    return this.mask !== null && this.mask[slot] === 1;
  }

  erase(slot: number): void {
    if (this.mask !== null) this.mask[slot] = 0;
  }

  maskOf(slots: Int32Array, length: number): Uint8Array | null {
    if (this.mask === null) return null;
    let out: Uint8Array | null = null;
    for (let i = 0; i < length; i++) {
      if (this.mask[slots[i]] === 0) continue;
      if (out === null) out = new Uint8Array(length);
      out[i] = 1;
    }
    return out;
  }

  get byteSize(): number {
    return this.mask === null ? 0 : this.mask.byteLength;
  }
}

/** Numbers; a NULL key has NaN in `values`, so that no number equals it. */
export class NumberKeys implements KeyColumn {
  readonly numbers: ExactNumbers;
  readonly nulls: KeyNulls;

  constructor(capacity: number) {
    this.numbers = new ExactNumbers(capacity);
    this.nulls = new KeyNulls(capacity);
  }

  grow(capacity: number): void {
    this.numbers.grow(capacity);
    this.nulls.grow(capacity);
  }

  write(slot: number, column: Column, row: number): void {
    if (isNull(column, row)) {
      this.nulls.set(slot);
      this.numbers.values[slot] = Number.NaN;
    } else if (column.kind === "float64") this.numbers.values[slot] = column.values[row] + 0;
    else if (column.kind === "wide") this.numbers.setBigInt(slot, wideAt(column, row));
  }

  equals(slot: number, column: Column, row: number): boolean {
    const nullKey = this.nulls.has(slot);
    if (nullKey || isNull(column, row)) return nullKey && isNull(column, row);
    if (column.kind === "wide") return this.numbers.equalsWide(slot, column, row);
    if (column.kind !== "float64") return false;
    const own = this.numbers.values[slot];
    const value = column.values[row];
    return own === value || (Number.isNaN(own) && Number.isNaN(value));
  }

  differs(column: Column, length: number, slots: Int32Array, out: Uint8Array): boolean {
    if (column.kind !== "float64" || column.nulls !== null || this.nulls.mask !== null) {
      return differsByRow(this, column, length, slots, out);
    }
    const { values } = column;
    const own = this.numbers.values;
    let found = false;
    for (let i = 0; i < length; i++) {
      const slot = slots[i];
      if (slot < 0 || own[slot] === values[i]) continue;
      if (Number.isNaN(own[slot]) && Number.isNaN(values[i])) continue;
      out[i] = 1;
      found = true;
    }
    return found;
  }

  erase(slot: number): void {
    this.nulls.erase(slot);
  }

  columnOf(slots: Int32Array, length: number): Column {
    const nulls = this.nulls.maskOf(slots, length);
    if (this.numbers.low !== null) return this.numbers.wideColumn(slots, length, nulls);
    const values = new Float64Array(length);
    const own = this.numbers.values;
    for (let i = 0; i < length; i++) values[i] = own[slots[i]];
    return { kind: "float64", values, nulls };
  }

  get byteSize(): number {
    return this.numbers.byteSize + this.nulls.byteSize;
  }
}

/** 0, 1, and 2 for NULL. */
class BoolKeys implements KeyColumn {
  #values: Uint8Array;

  constructor(capacity: number) {
    this.#values = new Uint8Array(capacity);
  }

  grow(capacity: number): void {
    this.#values = grown(this.#values, new Uint8Array(capacity));
  }

  write(slot: number, column: Column, row: number): void {
    this.#values[slot] = codeOf(column, row);
  }

  equals(slot: number, column: Column, row: number): boolean {
    return this.#values[slot] === codeOf(column, row);
  }

  differs(column: Column, length: number, slots: Int32Array, out: Uint8Array): boolean {
    return differsByRow(this, column, length, slots, out);
  }

  erase(): void {
    // A code takes no room; the next write replaces it.
  }

  columnOf(slots: Int32Array, length: number): Column {
    const values = new Uint8Array(length);
    let nulls: Uint8Array | null = null;
    for (let i = 0; i < length; i++) {
      const code = this.#values[slots[i]];
      if (code !== 2) values[i] = code;
      else {
        if (nulls === null) nulls = new Uint8Array(length);
        nulls[i] = 1;
      }
    }
    return { kind: "bool", values, nulls };
  }

  get byteSize(): number {
    return this.#values.byteLength;
  }
}

function codeOf(column: Column, row: number): number {
  if (isNull(column, row)) return 2;
  return column.kind === "bool" ? column.values[row] : 2;
}

class BytesKeys implements KeyColumn {
  readonly #arena: ByteArena;
  readonly #nulls: KeyNulls;

  constructor(capacity: number, repeats: boolean) {
    this.#arena = new ByteArena(capacity, repeats);
    this.#nulls = new KeyNulls(capacity);
  }

  grow(capacity: number): void {
    this.#arena.grow(capacity);
    this.#nulls.grow(capacity);
  }

  write(slot: number, column: Column, row: number): void {
    if (isNull(column, row)) this.#nulls.set(slot);
    else if (column.kind === "utf8") this.#arena.set(slot, column.bytes, column.starts[row], column.ends[row]);
  }

  equals(slot: number, column: Column, row: number): boolean {
    const nullKey = this.#nulls.has(slot);
    if (nullKey || isNull(column, row)) return nullKey && isNull(column, row);
    return column.kind === "utf8" && this.#arena.equals(slot, column.bytes, column.starts[row], column.ends[row]);
  }

  differs(column: Column, length: number, slots: Int32Array, out: Uint8Array): boolean {
    if (column.kind !== "utf8" || column.nulls !== null || this.#nulls.mask !== null) {
      return differsByRow(this, column, length, slots, out);
    }
    const { bytes, starts, ends } = column;
    const own = this.#arena.bytes;
    const ownStarts = this.#arena.starts;
    const ownEnds = this.#arena.ends;
    let found = false;
    for (let i = 0; i < length; i++) {
      const slot = slots[i];
      if (slot < 0) continue;
      let a = starts[i];
      const end = ends[i];
      let b = ownStarts[slot];
      if (ownEnds[slot] - b === end - a) {
        while (a < end && bytes[a] === own[b]) {
          a++;
          b++;
        }
        if (a === end) continue;
      }
      out[i] = 1;
      found = true;
    }
    return found;
  }

  erase(slot: number): void {
    this.#arena.erase(slot);
    this.#nulls.erase(slot);
  }

  columnOf(slots: Int32Array, length: number): Column {
    const { bytes, starts: ownStarts, ends: ownEnds } = this.#arena;
    const starts = new Int32Array(length);
    const ends = new Int32Array(length);
    for (let i = 0; i < length; i++) {
      starts[i] = ownStarts[slots[i]];
      ends[i] = ownEnds[slots[i]];
    }
    return { kind: "utf8", bytes, starts, ends, nulls: this.#nulls.maskOf(slots, length) };
  }

  get byteSize(): number {
    return this.#arena.byteSize + this.#nulls.byteSize;
  }
}

/** JavaScript values, compared by their canonical bytes. */

/** JavaScript values, as they were given. */
export class ValueKeys implements KeyColumn {
  readonly values: unknown[] = [];

  grow(): void {
    // An array grows by itself.
  }

  write(slot: number, column: Column, row: number): void {
    this.values[slot] = keyValueAt(column, row);
  }

  equals(slot: number, column: Column, row: number): boolean {
    return keyIdentity(this.values[slot]) === keyIdentity(keyValueAt(column, row));
  }

  differs(column: Column, length: number, slots: Int32Array, out: Uint8Array): boolean {
    return differsByRow(this, column, length, slots, out);
  }

  erase(slot: number): void {
    this.values[slot] = null;
  }

  columnOf(slots: Int32Array, length: number): Column {
    const values: unknown[] = new Array(length);
    let nulls: Uint8Array | null = null;
    for (let i = 0; i < length; i++) {
      values[i] = this.values[slots[i]];
      if (values[i] !== null) continue;
      if (nulls === null) nulls = new Uint8Array(length);
      nulls[i] = 1;
    }
    return { kind: "value", values, nulls };
  }

  /** Objects on the heap are not weighed. */
  get byteSize(): number {
    return this.values.length * VALUE_KEY_BYTES;
  }
}

const VALUE_KEY_BYTES = 40;

function keyValueAt(column: Column, row: number): unknown {
  return column.kind === "value" && !isNull(column, row) ? (column.values[row] ?? null) : null;
}
