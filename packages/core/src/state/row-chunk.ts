/**
 * Up to CHUNK_ROWS rows in growing columns, with what a row store keeps beside them: hash, chain link, liveness.
 *
 * Invariant  `batch` always shows the columns as a read-only batch would: a column that gets a value outside the safe range
 *            becomes `wide` as a whole, a null mask appears with the first NULL.
 * Cost       arrays double from 16 rows, so that a small bucket stays small. Strings lie in one arena per column; what
 *            erased rows leave behind is squeezed out once it is more than half of it.
 */
import type { Column } from "../batch/column.ts";
import { columnKindOf } from "../batch/column.ts";
import type { DataType, Field } from "../batch/data-type.ts";
import { copyBytes } from "../batch/gather.ts";
import { type RecordBatch, recordBatch } from "../batch/record-batch.ts";

export const CHUNK_BITS = 12;
export const CHUNK_ROWS: number = 1 << CHUNK_BITS;
export const CHUNK_MASK: number = CHUNK_ROWS - 1;

/** Links that only rows which may be taken out need. */
export interface RowIndex {
  /** Hash of the whole row. */
  readonly hashes: Int32Array;
  /** The chains of rows with equal row hash. */
  readonly rowNext: Int32Array;
  readonly rowPrevious: Int32Array;
  /** The chain of `next`, backwards. */
  readonly previous: Int32Array;
}

export class RowChunk {
  number = -1;
  /** The bucket that it belongs to. */
  bucket = 0;
  /** Rows that it holds. */
  rows = 0;
  /** The first place of an erased row; they are chained through `next`, -1 = none. */
  free = -1;
  /** Places taken so far, erased ones included. */
  used = 0;
  hashes: Int32Array = new Int32Array(16);
  next: Int32Array = new Int32Array(16);
  live: Uint8Array = new Uint8Array(16);
  #index: RowIndex | null = null;
  readonly #columns: RowColumn[];
  readonly #views: Column[];
  readonly batch: RecordBatch;

  constructor(fields: readonly Field[]) {
    this.#columns = fields.map((field) => createRowColumn(field.type));
    this.#views = this.#columns.map((column) => column.view);
    this.batch = recordBatch(CHUNK_ROWS, this.#views);
  }

  get byteSize(): number {
    let bytes = this.live.length * (this.#index === null ? 9 : 25);
    for (const column of this.#columns) bytes += column.byteSize;
    return bytes;
  }

  reserve(rows: number): void {
    if (rows <= this.live.length) return;
    let capacity = this.live.length;
    while (capacity < rows) capacity *= 2;
    this.hashes = grown(this.hashes, new Int32Array(capacity));
    this.next = grown(this.next, new Int32Array(capacity));
    this.live = grown(this.live, new Uint8Array(capacity));
    if (this.#index !== null) {
      const { hashes, rowNext, rowPrevious, previous } = this.#index;
      this.#index = {
        hashes: grown(hashes, new Int32Array(capacity)),
        rowNext: grown(rowNext, new Int32Array(capacity)),
        rowPrevious: grown(rowPrevious, new Int32Array(capacity)),
        previous: grown(previous, new Int32Array(capacity)),
      };
    }
    for (const column of this.#columns) column.reserve(capacity);
    this.#refresh();
  }

  /** The further links, made when first asked for. */
  indexRows(): RowIndex {
    const { length } = this.live;
    this.#index ??= {
      hashes: new Int32Array(length),
      rowNext: new Int32Array(length),
      rowPrevious: new Int32Array(length),
      previous: new Int32Array(length),
    };
    return this.#index;
  }

  /** Puts row `rows[i]` of the source columns at place `ids[i] & CHUNK_MASK`, for i in [from, to). */
  write(sources: readonly Column[], rows: Int32Array, ids: Int32Array, from: number, to: number): void {
    for (let c = 0; c < this.#columns.length; c++) this.#columns[c].write(sources[c], rows, ids, from, to);
    this.#refresh();
  }

  /** As `write`, at places that hold rows. */
  overwrite(sources: readonly Column[], rows: Int32Array, ids: Int32Array, from: number, to: number): void {
    for (let c = 0; c < this.#columns.length; c++) {
      const column = this.#columns[c];
      for (let i = from; i < to; i++) column.erase(ids[i] & CHUNK_MASK, this.used);
      column.write(sources[c], rows, ids, from, to);
    }
    this.#refresh();
  }

  erase(at: number): void {
    this.live[at] = 0;
    this.rows--;
    this.next[at] = this.free;
    this.free = at;
    for (const column of this.#columns) column.erase(at, this.used);
    this.#refresh();
  }

  reset(): void {
    this.used = 0;
    this.rows = 0;
    this.free = -1;
    this.live.fill(0);
    this.#index = null;
    for (const column of this.#columns) column.reset();
    this.#refresh();
  }

  #refresh(): void {
    for (let c = 0; c < this.#columns.length; c++) this.#views[c] = this.#columns[c].view;
  }
}

interface RowColumn {
  readonly view: Column;
  readonly byteSize: number;
  reserve(capacity: number): void;
  write(source: Column, rows: Int32Array, ids: Int32Array, from: number, to: number): void;
  erase(at: number, used: number): void;
  reset(): void;
}

function createRowColumn(type: DataType): RowColumn {
  switch (columnKindOf(type)) {
    case "float64":
      return new NumberRows();
    case "bool":
      return new BoolRows();
    case "utf8":
      return new Utf8Rows();
    case "value":
      return new ValueRows();
  }
}

type TypedArray = Float64Array | Int32Array | Uint8Array | BigInt64Array;

function grown<T extends TypedArray>(old: T, larger: T): T {
  (larger as Uint8Array).set(old as Uint8Array);
  return larger;
}

/** The null mask of a column: absent until a NULL comes. */
function writeNulls(
  mask: Uint8Array | null,
  capacity: number,
  source: Column,
  rows: Int32Array,
  ids: Int32Array,
  from: number,
  to: number,
): Uint8Array | null {
  const { nulls } = source;
  if (nulls === null && mask === null) return null;
  for (let i = from; i < to; i++) {
    const isNull = nulls !== null && nulls[rows[i]] === 1;
    if (isNull && mask === null) mask = new Uint8Array(capacity);
    if (mask !== null) mask[ids[i] & CHUNK_MASK] = isNull ? 1 : 0;
  }
  return mask;
}

class NumberRows implements RowColumn {
  view: Column = { kind: "float64", values: new Float64Array(16), nulls: null };

  get byteSize(): number {
    const { view } = this;
    const values = view.kind === "float64" ? view.values.byteLength : this.#capacity * 16;
    return values + (view.nulls?.byteLength ?? 0);
  }

  get #capacity(): number {
    return this.view.kind === "float64" ? this.view.values.length : (this.view as Column & { kind: "wide" }).low.length;
  }

  reserve(capacity: number): void {
    const { view } = this;
    const nulls = view.nulls === null ? null : grown(view.nulls, new Uint8Array(capacity));
    if (view.kind === "float64") {
      this.view = { kind: "float64", values: grown(view.values, new Float64Array(capacity)), nulls };
    } else if (view.kind === "wide") {
      const low = grown(view.low, new BigInt64Array(capacity));
      const high = view.high === null ? null : grown(view.high, new BigInt64Array(capacity));
      this.view = { kind: "wide", low, high, nulls };
    }
  }

  write(source: Column, rows: Int32Array, ids: Int32Array, from: number, to: number): void {
    const nulls = writeNulls(this.view.nulls, this.#capacity, source, rows, ids, from, to);
    if (source.kind === "float64" && this.view.kind === "float64") {
      const { values } = this.view;
      const { values: sourceValues } = source;
      for (let i = from; i < to; i++) values[ids[i] & CHUNK_MASK] = sourceValues[rows[i]];
      if (nulls !== this.view.nulls) this.view = { kind: "float64", values, nulls };
      return;
    }
    const { low, high } = this.#widen(source.kind === "wide" && source.high !== null);
    for (let i = from; i < to; i++) {
      const at = ids[i] & CHUNK_MASK;
      const row = rows[i];
      if (nulls !== null && nulls[at] === 1) {
        low[at] = 0n;
        if (high !== null) high[at] = 0n;
        continue;
      }
      if (source.kind === "wide") {
        low[at] = source.low[row];
        if (high !== null) high[at] = source.high === null ? source.low[row] >> 63n : source.high[row];
      } else {
        low[at] = BigInt((source as Column & { kind: "float64" }).values[row]);
        if (high !== null) high[at] = low[at] >> 63n;
      }
    }
    this.view = { kind: "wide", low, high, nulls };
  }

  #widen(needsHigh: boolean): { low: BigInt64Array; high: BigInt64Array | null } {
    const { view } = this;
    let low: BigInt64Array;
    let high: BigInt64Array | null = null;
    if (view.kind === "wide") {
      ({ low, high } = view);
    } else {
      const { values } = view as Column & { kind: "float64" };
      low = new BigInt64Array(values.length);
      // Places of NULLs and erased rows may hold anything.
      for (let i = 0; i < values.length; i++) if (Number.isInteger(values[i])) low[i] = BigInt(values[i]);
    }
    if (needsHigh && high === null) {
      high = new BigInt64Array(low.length);
      for (let i = 0; i < low.length; i++) high[i] = low[i] >> 63n;
    }
    return { low, high };
  }

  erase(): void {
    // The place is overwritten when it is taken again.
  }

  reset(): void {
    if (this.view.kind === "wide")
      this.view = { kind: "float64", values: new Float64Array(this.#capacity), nulls: null };
    else if (this.view.nulls !== null) this.view = { ...this.view, nulls: null };
  }
}

class BoolRows implements RowColumn {
  view: Column & { kind: "bool" } = { kind: "bool", values: new Uint8Array(16), nulls: null };

  get byteSize(): number {
    return this.view.values.byteLength + (this.view.nulls?.byteLength ?? 0);
  }

  reserve(capacity: number): void {
    const { values, nulls } = this.view;
    this.view = {
      kind: "bool",
      values: grown(values, new Uint8Array(capacity)),
      nulls: nulls === null ? null : grown(nulls, new Uint8Array(capacity)),
    };
  }

  write(source: Column, rows: Int32Array, ids: Int32Array, from: number, to: number): void {
    const { values } = this.view;
    const nulls = writeNulls(this.view.nulls, values.length, source, rows, ids, from, to);
    const { values: sourceValues } = source as Column & { kind: "bool" };
    for (let i = from; i < to; i++) values[ids[i] & CHUNK_MASK] = sourceValues[rows[i]];
    if (nulls !== this.view.nulls) this.view = { kind: "bool", values, nulls };
  }

  erase(): void {
    // As for numbers.
  }

  reset(): void {
    if (this.view.nulls !== null) this.view = { ...this.view, nulls: null };
  }
}

class Utf8Rows implements RowColumn {
  view: Column & { kind: "utf8" } = {
    kind: "utf8",
    bytes: new Uint8Array(256),
    starts: new Int32Array(16),
    ends: new Int32Array(16),
    nulls: null,
  };
  #size = 0;
  #erased = 0;

  get byteSize(): number {
    const { bytes, starts, nulls } = this.view;
    return bytes.byteLength + starts.byteLength * 2 + (nulls?.byteLength ?? 0);
  }

  reserve(capacity: number): void {
    const { bytes, starts, ends, nulls } = this.view;
    this.view = {
      kind: "utf8",
      bytes,
      starts: grown(starts, new Int32Array(capacity)),
      ends: grown(ends, new Int32Array(capacity)),
      nulls: nulls === null ? null : grown(nulls, new Uint8Array(capacity)),
    };
  }

  write(source: Column, rows: Int32Array, ids: Int32Array, from: number, to: number): void {
    const utf8 = source as Column & { kind: "utf8" };
    const { starts, ends } = this.view;
    const nulls = writeNulls(this.view.nulls, starts.length, source, rows, ids, from, to);
    let extra = 0;
    for (let i = from; i < to; i++) {
      const row = rows[i];
      if (utf8.nulls === null || utf8.nulls[row] !== 1) extra += utf8.ends[row] - utf8.starts[row];
    }
    let { bytes } = this.view;
    let size = this.#size;
    if (size + extra > bytes.length) {
      bytes = grown(bytes, new Uint8Array(Math.max(bytes.length * 2, size + extra)));
    }
    for (let i = from; i < to; i++) {
      const at = ids[i] & CHUNK_MASK;
      const row = rows[i];
      starts[at] = size;
      if (utf8.nulls === null || utf8.nulls[row] !== 1) {
        const start = utf8.starts[row];
        const length = utf8.ends[row] - start;
        copyBytes(utf8.bytes, start, bytes, size, length);
        size += length;
      }
      ends[at] = size;
    }
    this.#size = size;
    if (bytes !== this.view.bytes || nulls !== this.view.nulls)
      this.view = { kind: "utf8", bytes, starts, ends, nulls };
  }

  erase(at: number, used: number): void {
    const { starts, ends } = this.view;
    this.#erased += ends[at] - starts[at];
    starts[at] = 0;
    ends[at] = 0;
    if (this.#erased > 4096 && this.#erased * 2 > this.#size) this.#squeeze(used);
  }

  #squeeze(used: number): void {
    const { bytes: old, starts, ends, nulls } = this.view;
    const bytes = new Uint8Array(Math.max(256, (this.#size - this.#erased) * 2));
    let size = 0;
    for (let at = 0; at < used; at++) {
      const length = ends[at] - starts[at];
      copyBytes(old, starts[at], bytes, size, length);
      starts[at] = size;
      size += length;
      ends[at] = size;
    }
    this.#size = size;
    this.#erased = 0;
    this.view = { kind: "utf8", bytes, starts, ends, nulls };
  }

  reset(): void {
    this.#size = 0;
    this.#erased = 0;
    if (this.view.nulls !== null) this.view = { ...this.view, nulls: null };
  }
}

class ValueRows implements RowColumn {
  readonly #values: unknown[] = [];
  view: Column & { kind: "value" } = { kind: "value", values: this.#values, nulls: null };
  #capacity = 16;

  get byteSize(): number {
    return this.#values.length * 8 + (this.view.nulls?.byteLength ?? 0);
  }

  reserve(capacity: number): void {
    this.#capacity = capacity;
    const { nulls } = this.view;
    if (nulls !== null) {
      this.view = { kind: "value", values: this.#values, nulls: grown(nulls, new Uint8Array(capacity)) };
    }
  }

  write(source: Column, rows: Int32Array, ids: Int32Array, from: number, to: number): void {
    const nulls = writeNulls(this.view.nulls, this.#capacity, source, rows, ids, from, to);
    const { values } = source as Column & { kind: "value" };
    for (let i = from; i < to; i++) this.#values[ids[i] & CHUNK_MASK] = values[rows[i]];
    if (nulls !== this.view.nulls) this.view = { kind: "value", values: this.#values, nulls };
  }

  erase(at: number): void {
    this.#values[at] = null;
  }

  reset(): void {
    this.#values.length = 0;
    if (this.view.nulls !== null) this.view = { kind: "value", values: this.#values, nulls: null };
  }
}
