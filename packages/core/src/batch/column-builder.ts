/**
 * Builds a column value by value from the JavaScript values that `valueAt` gives. For edges, tests and operators that emit
 * few rows; decoders and kernels write typed arrays themselves.
 */
import { type Column, columnKindOf } from "./column.ts";
import type { DataType } from "./data-type.ts";

export interface ColumnBuilder {
  readonly length: number;
  /** Appends a value of the column's type (see `valueAt`), null for NULL. */
  append(value: unknown): void;
  /** The column; it stays valid after further use of the builder, which starts again at length 0. */
  finish(): Column;
}

export function createColumnBuilder(type: DataType, capacity = 64): ColumnBuilder {
  switch (columnKindOf(type)) {
    case "float64":
      return new NumberBuilder(capacity);
    case "bool":
      return new BoolBuilder(capacity);
    case "utf8":
      return new Utf8Builder(capacity);
    case "value":
      return new ValueBuilder();
  }
}

/** A column of the given values. */
export function columnOf(type: DataType, values: readonly unknown[]): Column {
  const builder = createColumnBuilder(type, Math.max(1, values.length));
  for (const value of values) builder.append(value);
  return builder.finish();
}

class NullMaskBuilder {
  #mask: Uint8Array | null = null;

  set(row: number): void {
    if (this.#mask === null) this.#mask = new Uint8Array(Math.max(64, row * 2));
    if (row >= this.#mask.length) {
      const grown = new Uint8Array(row * 2);
      grown.set(this.#mask);
      this.#mask = grown;
    }
    this.#mask[row] = 1;
  }

  finish(length: number): Uint8Array | null {
    const mask = this.#mask;
    this.#mask = null;
    if (mask === null || mask.length >= length) return mask;
    const grown = new Uint8Array(length);
    grown.set(mask);
    return grown;
  }
}

class NumberBuilder implements ColumnBuilder {
  #values: Float64Array;
  #wide: (number | bigint)[] | null = null;
  readonly #nulls = new NullMaskBuilder();
  length = 0;

  constructor(capacity: number) {
    this.#values = new Float64Array(Math.max(1, capacity));
  }

  append(value: unknown): void {
    const row = this.length++;
    if (value === null || value === undefined) {
      this.#nulls.set(row);
      value = 0;
    }
    if (this.#wide !== null) this.#wide.push(value as number | bigint);
    else if (typeof value === "bigint" && (value > 9007199254740991n || value < -9007199254740991n)) {
      this.#wide = Array.from(this.#values.subarray(0, row));
      this.#wide.push(value);
    } else {
      if (row === this.#values.length) {
        const grown = new Float64Array(row * 2);
        grown.set(this.#values);
        this.#values = grown;
      }
      this.#values[row] = Number(value);
    }
  }

  finish(): Column {
    const { length } = this;
    const nulls = this.#nulls.finish(length);
    this.length = 0;
    if (this.#wide === null) {
      const values = this.#values;
      this.#values = new Float64Array(values.length);
      return { kind: "float64", values, nulls };
    }
    const wide = this.#wide.map((value) => BigInt(value));
    this.#wide = null;
    const needsHigh = wide.some((value) => BigInt.asIntN(64, value) !== value);
    const low = new BigInt64Array(length);
    const high = needsHigh ? new BigInt64Array(length) : null;
    for (let i = 0; i < length; i++) {
      low[i] = BigInt.asIntN(64, wide[i]);
      if (high !== null) high[i] = wide[i] >> 64n;
    }
    return { kind: "wide", low, high, nulls };
  }
}

class BoolBuilder implements ColumnBuilder {
  #values: Uint8Array;
  readonly #nulls = new NullMaskBuilder();
  length = 0;

  constructor(capacity: number) {
    this.#values = new Uint8Array(Math.max(1, capacity));
  }

  append(value: unknown): void {
    const row = this.length++;
    if (row === this.#values.length) {
      const grown = new Uint8Array(row * 2);
      grown.set(this.#values);
      this.#values = grown;
    }
    if (value === null || value === undefined) this.#nulls.set(row);
    this.#values[row] = value === true ? 1 : 0;
  }

  finish(): Column {
    const column: Column = { kind: "bool", values: this.#values, nulls: this.#nulls.finish(this.length) };
    this.#values = new Uint8Array(this.#values.length);
    this.length = 0;
    return column;
  }
}

const encoder = new TextEncoder();

class Utf8Builder implements ColumnBuilder {
  #bytes: Uint8Array;
  #starts: number[] = [];
  #ends: number[] = [];
  #size = 0;
  readonly #nulls = new NullMaskBuilder();

  constructor(capacity: number) {
    this.#bytes = new Uint8Array(Math.max(16, capacity * 16));
  }

  get length(): number {
    return this.#starts.length;
  }

  append(value: unknown): void {
    this.#starts.push(this.#size);
    if (value === null || value === undefined) this.#nulls.set(this.#starts.length - 1);
    else if (typeof value === "string") {
      this.#reserve(value.length * 3);
      this.#size += encoder.encodeInto(value, this.#bytes.subarray(this.#size)).written;
    } else {
      const bytes = value as Uint8Array;
      this.#reserve(bytes.length);
      this.#bytes.set(bytes, this.#size);
      this.#size += bytes.length;
    }
    this.#ends.push(this.#size);
  }

  #reserve(extra: number): void {
    if (this.#size + extra <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(this.#bytes.length * 2, this.#size + extra));
    grown.set(this.#bytes);
    this.#bytes = grown;
  }

  finish(): Column {
    const column: Column = {
      kind: "utf8",
      bytes: this.#bytes,
      starts: Int32Array.from(this.#starts),
      ends: Int32Array.from(this.#ends),
      nulls: this.#nulls.finish(this.#starts.length),
    };
    this.#bytes = new Uint8Array(this.#bytes.length);
    this.#starts = [];
    this.#ends = [];
    this.#size = 0;
    return column;
  }
}

class ValueBuilder implements ColumnBuilder {
  #values: unknown[] = [];
  readonly #nulls = new NullMaskBuilder();

  get length(): number {
    return this.#values.length;
  }

  append(value: unknown): void {
    if (value === null || value === undefined) this.#nulls.set(this.#values.length);
    this.#values.push(value ?? null);
  }

  finish(): Column {
    const column: Column = { kind: "value", values: this.#values, nulls: this.#nulls.finish(this.#values.length) };
    this.#values = [];
    return column;
  }
}
