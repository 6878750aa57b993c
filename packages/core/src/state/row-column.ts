/**
 * The columns of a chunk of rows, which grow and whose places are taken again.
 *
 * Invariant  `view` always is the column as a batch has it: one that gets a value outside the safe range becomes `wide` as a
 *            whole, a null mask appears with the first NULL.
 */
import type { Column } from "../batch/column.ts";
import { columnKindOf } from "../batch/column.ts";
import type { DataType } from "../batch/data-type.ts";
import { grown } from "./byte-arena.ts";
import { CHUNK_MASK } from "./row-id.ts";
import { writeNulls } from "./row-nulls.ts";
import type { SharedTexts, TextPool } from "./shared-texts.ts";
import { Utf8Rows } from "./utf8-rows.ts";

/** A column of a chunk. */
export interface RowColumn {
  readonly view: Column;
  /** What its texts are shared in, if they are. */
  readonly pool?: TextPool | null;
  readonly byteSize: number;
  reserve(capacity: number): void;
  write(source: Column, rows: Int32Array, ids: Int32Array, from: number, to: number): void;
  erase(at: number, used: number): void;
  reset(): void;
}

/** `texts`: what its strings are shared in, if it has strings. */
export function createRowColumn(type: DataType, texts: SharedTexts | null): RowColumn {
  switch (columnKindOf(type)) {
    case "float64":
      return new NumberRows();
    case "bool":
      return new BoolRows();
    case "utf8":
      return new Utf8Rows(texts);
    case "value":
      return new ValueRows();
  }
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
