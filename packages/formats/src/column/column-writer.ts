/**
 * One column while a decoder fills it, row by row, in any order of writes to the current row.
 *
 * State   one class with an array per kind (the unused ones are empty), so that decoders see one hidden class only.
 *         A text that is not a slice of the source bytes lies in `side`; its offsets are stored as -1 - offset.
 *         An integer beyond 2^53 is NaN in `values` and stands in `bigs` under its row; the last entry of a row counts.
 * Invariant  a null mask byte at or behind the current row is 0, but for a row that is being written.
 * Cost    `finish` copies only columns that hold side texts or big integers.
 */
import { type Column, columnKindOf, type DataType, MAX_BATCH_ROWS } from "@millrace/core";
import type { TimestampStandard } from "../text/time-text.ts";
import { textOf } from "../text/utf8.ts";

const NO_FLOATS = new Float64Array(0);
const NO_INTS = new Int32Array(0);
const NO_BYTES = new Uint8Array(0);
const INT64_MAX = 2n ** 63n - 1n;

export class ColumnWriter {
  readonly type: DataType;
  /** The field's full name, `bid.price`, for messages. */
  readonly name: string;
  readonly standard: TimestampStandard;
  readonly kind: "float64" | "bool" | "utf8" | "value";
  readonly values: Float64Array;
  readonly bools: Uint8Array;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  readonly nulls: Uint8Array;
  readonly objects: unknown[];
  hasNulls = false;
  #side: Uint8Array = NO_BYTES;
  #sideSize = 0;
  #joined: Uint8Array = NO_BYTES;
  #bigs: Map<number, bigint> | null = null;
  #low: BigInt64Array | null = null;
  #high: BigInt64Array | null = null;

  constructor(type: DataType, name: string, standard: TimestampStandard, capacity: number = MAX_BATCH_ROWS) {
    this.type = type;
    this.name = name;
    this.standard = standard;
    this.kind = columnKindOf(type);
    this.values = this.kind === "float64" ? new Float64Array(capacity) : NO_FLOATS;
    this.bools = this.kind === "bool" ? new Uint8Array(capacity) : NO_BYTES;
    this.starts = this.kind === "utf8" ? new Int32Array(capacity) : NO_INTS;
    this.ends = this.kind === "utf8" ? new Int32Array(capacity) : NO_INTS;
    this.objects = this.kind === "value" ? new Array(capacity).fill(null) : [];
    this.nulls = new Uint8Array(capacity);
  }

  setNull(row: number): void {
    this.nulls[row] = 1;
    this.hasNulls = true;
  }

  setInteger(row: number, value: number | bigint): void {
    if (typeof value === "number") this.values[row] = value;
    else {
      this.values[row] = Number.NaN;
      this.#bigs ??= new Map();
      this.#bigs.set(row, value);
    }
  }

  /** Room for a text of up to `size` bytes outside the source: write to `side` from `sideSize` on, then `endSide`. */
  beginSide(size: number): Uint8Array {
    if (this.#sideSize + size > this.#side.length) {
      const grown = new Uint8Array(Math.max(this.#side.length * 2, this.#sideSize + size, 1024));
      grown.set(this.#side.subarray(0, this.#sideSize));
      this.#side = grown;
    }
    return this.#side;
  }

  get sideSize(): number {
    return this.#sideSize;
  }

  endSide(row: number, size: number): void {
    this.starts[row] = -1 - this.#sideSize;
    this.#sideSize = size;
    this.ends[row] = -1 - size;
  }

  /** The bytes of the text at a row, `source` being what the offsets point into. */
  textAt(row: number, source: Uint8Array): Uint8Array {
    const start = this.starts[row];
    const end = this.ends[row];
    return start < 0 ? this.#side.subarray(-1 - start, -1 - end) : source.subarray(start, end);
  }

  /** The integer at a row, exactly. */
  exactAt(row: number): number | bigint {
    const value = this.values[row];
    return Number.isNaN(value) ? (this.#bigs?.get(row) ?? value) : value;
  }

  /** The column of the first `length` rows; borrowed until the writer is written again. */
  finish(length: number, source: Uint8Array): Column {
    const nulls = this.hasNulls ? this.nulls : null;
    switch (this.kind) {
      case "float64":
        return this.#bigs === null ? { kind: "float64", values: this.values, nulls } : this.#wide(length, this.#bigs);
      case "bool":
        return { kind: "bool", values: this.bools, nulls };
      case "value":
        return { kind: "value", values: this.objects, nulls };
      case "utf8": {
        const bytes = this.#sideSize === 0 ? source : this.#join(length, source);
        return { kind: "utf8", bytes, starts: this.starts, ends: this.ends, nulls };
      }
    }
  }

  /** Starts the next batch; what `finish` returned is given up. */
  reset(): void {
    if (this.hasNulls) this.nulls.fill(0);
    this.hasNulls = false;
    this.#sideSize = 0;
    this.#bigs = null;
  }

  #join(length: number, source: Uint8Array): Uint8Array {
    const { starts, ends, nulls } = this;
    let size = 0;
    for (let row = 0; row < length; row++) if (nulls[row] === 0) size += Math.abs(ends[row] - starts[row]);
    if (this.#joined.length < size) this.#joined = new Uint8Array(size * 2);
    const joined = this.#joined;
    let at = 0;
    for (let row = 0; row < length; row++) {
      if (nulls[row] === 1) {
        starts[row] = 0;
        ends[row] = 0;
        continue;
      }
      const text = this.textAt(row, source);
      joined.set(text, at);
      starts[row] = at;
      at += text.length;
      ends[row] = at;
    }
    return joined;
  }

  #wide(length: number, bigs: ReadonlyMap<number, bigint>): Column {
    this.#low ??= new BigInt64Array(this.values.length);
    const low = this.#low;
    let high: BigInt64Array | null = null;
    for (const big of bigs.values()) {
      if (big <= INT64_MAX && big >= -INT64_MAX - 1n) continue;
      this.#high ??= new BigInt64Array(this.values.length);
      high = this.#high;
      break;
    }
    for (let row = 0; row < length; row++) {
      const exact = this.exactAt(row);
      // A NULL row may hold anything, NaN without a big integer included.
      const value = typeof exact === "bigint" ? exact : Number.isNaN(exact) ? 0n : BigInt(exact);
      low[row] = value;
      if (high !== null) high[row] = value >> 64n;
    }
    return { kind: "wide", low, high, nulls: this.hasNulls ? this.nulls : null };
  }
}

/** The value in row 0 of a writer of a scalar type, in the form of `valueAt`; `source` is what text offsets point into. */
export function singleValue(writer: ColumnWriter, source: Uint8Array): unknown {
  switch (writer.kind) {
    case "float64":
      return writer.type.kind === "double" || writer.type.kind === "float" ? writer.values[0] : writer.exactAt(0);
    case "bool":
      return writer.bools[0] === 1;
    default: {
      const bytes = writer.textAt(0, source);
      const isText = writer.type.kind === "varchar" || writer.type.kind === "char";
      return isText ? textOf(bytes, 0, bytes.length) : bytes.slice();
    }
  }
}
