/** The value columns of a state table: one value per slot, NULL until written (NOT NULL types: 0, false, empty). */
import { type Column, columnKindOf, isExact, type NullMask, wideAt } from "../batch/column.ts";
import type { DataType } from "../batch/data-type.ts";
import { ByteArena, grown } from "./byte-arena.ts";
import { ExactNumbers } from "./exact-numbers.ts";
import type { StateColumn } from "./state-backend.ts";

/** A StateColumn as its table sees it. */
export interface TableColumn extends StateColumn {
  grow(capacity: number): void;
  erase(slot: number): void;
  /** As new, with room for `capacity` slots. */
  clear(capacity: number): void;
  readonly byteSize: number;
}

/** `sharesTexts`: equal texts are kept once. */
export function createValueColumn(type: DataType, capacity: number, sharesTexts: boolean = false): TableColumn {
  switch (columnKindOf(type)) {
    case "float64":
      return new NumberValues(type, capacity);
    case "bool":
      return new BoolValues(type, capacity);
    case "utf8":
      return new BytesValues(type, capacity, sharesTexts);
    case "value":
      return new JavaScriptValues(type, capacity);
  }
}

class Nullable {
  readonly type: DataType;
  nulls: Uint8Array;

  /** What `nulls` says of a slot without a value. */
  protected readonly absent: 0 | 1;

  constructor(type: DataType, capacity: number) {
    this.type = type;
    this.absent = type.nullable ? 1 : 0;
    this.nulls = this.newNulls(capacity);
  }

  protected newNulls(capacity: number): Uint8Array {
    return new Uint8Array(capacity).fill(this.absent);
  }

  protected growNulls(capacity: number): void {
    const nulls = this.newNulls(capacity);
    nulls.set(this.nulls);
    this.nulls = nulls;
  }

  protected nullsOf(slots: Int32Array, length: number): NullMask {
    const { nulls } = this;
    let out: Uint8Array | null = null;
    for (let i = 0; i < length; i++) {
      if (nulls[slots[i]] === 0) continue;
      if (out === null) out = new Uint8Array(length);
      out[i] = 1;
    }
    return out;
  }
}

class NumberValues extends Nullable implements TableColumn {
  readonly strings = null;
  float64: Float64Array | null;
  readonly bool = null;
  #numbers: ExactNumbers;

  constructor(type: DataType, capacity: number) {
    super(type, capacity);
    this.#numbers = new ExactNumbers(capacity);
    this.float64 = this.#numbers.values;
  }

  grow(capacity: number): void {
    this.growNulls(capacity);
    this.#numbers.grow(capacity);
    this.#expose();
  }

  /** Kernels see the array only while it is the whole truth. */
  #expose(): void {
    this.float64 = this.#numbers.low === null ? this.#numbers.values : null;
  }

  get(slot: number): unknown {
    return this.nulls[slot] === 1 ? null : this.#numbers.get(slot);
  }

  set(slot: number, value: unknown): void {
    if (value === null || value === undefined) return this.erase(slot);
    this.nulls[slot] = 0;
    if (typeof value === "bigint") this.#setBigInt(slot, value);
    else if (isExact(this.type) && !Number.isSafeInteger(value)) this.#setBigInt(slot, BigInt(value as number));
    else this.#numbers.values[slot] = value as number;
  }

  #setBigInt(slot: number, value: bigint): void {
    this.#numbers.setBigInt(slot, value);
    if (this.#numbers.low !== null && this.float64 !== null) this.#expose();
  }

  write(slots: Int32Array, source: Column, length: number): void {
    const { nulls } = source;
    const values = this.#numbers.values;
    for (let i = 0; i < length; i++) {
      const slot = slots[i];
      if (nulls !== null && nulls[i] === 1) this.erase(slot);
      else {
        this.nulls[slot] = 0;
        if (source.kind === "float64") values[slot] = source.values[i];
        else if (source.kind === "wide") this.#setBigInt(slot, wideAt(source, i));
      }
    }
  }

  erase(slot: number): void {
    this.nulls[slot] = this.absent;
    this.#numbers.values[slot] = 0;
  }

  clear(capacity: number): void {
    this.nulls = this.newNulls(capacity);
    this.#numbers = new ExactNumbers(capacity);
    this.#expose();
  }

  columnOf(slots: Int32Array, length: number): Column {
    const nulls = this.nullsOf(slots, length);
    const own = this.float64;
    if (own === null) return this.#numbers.wideColumn(slots, length, nulls);
    const values = new Float64Array(length);
    for (let i = 0; i < length; i++) values[i] = own[slots[i]];
    return { kind: "float64", values, nulls };
  }

  get byteSize(): number {
    return this.nulls.byteLength + this.#numbers.byteSize;
  }
}

class BoolValues extends Nullable implements TableColumn {
  readonly strings = null;
  readonly float64 = null;
  bool: Uint8Array;

  constructor(type: DataType, capacity: number) {
    super(type, capacity);
    this.bool = new Uint8Array(capacity);
  }

  grow(capacity: number): void {
    this.growNulls(capacity);
    this.bool = grown(this.bool, new Uint8Array(capacity));
  }

  get(slot: number): unknown {
    return this.nulls[slot] === 1 ? null : this.bool[slot] === 1;
  }

  set(slot: number, value: unknown): void {
    if (value === null || value === undefined) return this.erase(slot);
    this.nulls[slot] = 0;
    this.bool[slot] = value === true ? 1 : 0;
  }

  write(slots: Int32Array, source: Column, length: number): void {
    for (let i = 0; i < length; i++) {
      const isNull = source.kind !== "bool" || (source.nulls !== null && source.nulls[i] === 1);
      this.nulls[slots[i]] = isNull ? this.absent : 0;
      this.bool[slots[i]] = isNull ? 0 : source.values[i];
    }
  }

  erase(slot: number): void {
    this.nulls[slot] = this.absent;
    this.bool[slot] = 0;
  }

  clear(capacity: number): void {
    this.nulls = this.newNulls(capacity);
    this.bool = new Uint8Array(capacity);
  }

  columnOf(slots: Int32Array, length: number): Column {
    const values = new Uint8Array(length);
    for (let i = 0; i < length; i++) values[i] = this.bool[slots[i]];
    return { kind: "bool", values, nulls: this.nullsOf(slots, length) };
  }

  get byteSize(): number {
    return this.nulls.byteLength + this.bool.byteLength;
  }
}

const encoder = new TextEncoder();
// A byte order mark is text like any other: only a reader of files takes it off.
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

class BytesValues extends Nullable implements TableColumn {
  readonly float64 = null;
  readonly bool = null;
  strings: ByteArena;
  readonly #sharesTexts: boolean;

  constructor(type: DataType, capacity: number, sharesTexts: boolean) {
    super(type, capacity);
    this.#sharesTexts = sharesTexts;
    this.strings = new ByteArena(capacity, sharesTexts);
  }

  grow(capacity: number): void {
    this.growNulls(capacity);
    this.strings.grow(capacity);
  }

  get(slot: number): unknown {
    if (this.nulls[slot] === 1) return null;
    const { bytes, starts, ends } = this.strings;
    const isBinary = this.type.kind === "binary" || this.type.kind === "varbinary";
    return isBinary ? bytes.slice(starts[slot], ends[slot]) : decoder.decode(bytes.subarray(starts[slot], ends[slot]));
  }

  set(slot: number, value: unknown): void {
    if (value === null || value === undefined) return this.erase(slot);
    const bytes = typeof value === "string" ? encoder.encode(value) : (value as Uint8Array);
    this.nulls[slot] = 0;
    this.strings.set(slot, bytes, 0, bytes.length);
  }

  write(slots: Int32Array, source: Column, length: number): void {
    for (let i = 0; i < length; i++) {
      if (source.kind !== "utf8" || (source.nulls !== null && source.nulls[i] === 1)) this.erase(slots[i]);
      else {
        this.nulls[slots[i]] = 0;
        this.strings.set(slots[i], source.bytes, source.starts[i], source.ends[i]);
      }
    }
  }

  erase(slot: number): void {
    this.nulls[slot] = this.absent;
    this.strings.erase(slot);
  }

  clear(capacity: number): void {
    this.nulls = this.newNulls(capacity);
    this.strings = new ByteArena(capacity, this.#sharesTexts);
  }

  columnOf(slots: Int32Array, length: number): Column {
    const { bytes, starts: ownStarts, ends: ownEnds } = this.strings;
    const starts = new Int32Array(length);
    const ends = new Int32Array(length);
    for (let i = 0; i < length; i++) {
      starts[i] = ownStarts[slots[i]];
      ends[i] = ownEnds[slots[i]];
    }
    return { kind: "utf8", bytes, starts, ends, nulls: this.nullsOf(slots, length) };
  }

  get byteSize(): number {
    return this.nulls.byteLength + this.strings.byteSize;
  }
}

class JavaScriptValues extends Nullable implements TableColumn {
  readonly strings = null;
  readonly float64 = null;
  readonly bool = null;
  #values: unknown[] = [];

  grow(capacity: number): void {
    this.growNulls(capacity);
  }

  get(slot: number): unknown {
    return this.nulls[slot] === 1 ? null : this.#values[slot];
  }

  set(slot: number, value: unknown): void {
    if (value === null || value === undefined) return this.erase(slot);
    this.nulls[slot] = 0;
    this.#values[slot] = value;
  }

  write(slots: Int32Array, source: Column, length: number): void {
    for (let i = 0; i < length; i++) {
      const isNull = source.kind !== "value" || (source.nulls !== null && source.nulls[i] === 1);
      this.set(slots[i], isNull ? null : source.values[i]);
    }
  }

  erase(slot: number): void {
    this.nulls[slot] = this.absent;
    this.#values[slot] = null;
  }

  clear(capacity: number): void {
    this.nulls = this.newNulls(capacity);
    this.#values = [];
  }

  columnOf(slots: Int32Array, length: number): Column {
    const nulls = this.nullsOf(slots, length);
    const values: unknown[] = new Array(length);
    for (let i = 0; i < length; i++) values[i] = this.get(slots[i]);
    return { kind: "value", values, nulls };
  }

  /** Objects on the heap are not weighed; each counts as VALUE_BYTES. */
  get byteSize(): number {
    return this.nulls.byteLength + this.#values.length * VALUE_BYTES;
  }
}

const VALUE_BYTES = 72;
