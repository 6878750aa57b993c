/**
 * Which rows of a moving window bring a new value, and which take one away: for DISTINCT.
 *
 * Cost       one look-up per row that enters or leaves.
 */

import { ByteWriter } from "../batch/byte-writer.ts";
import type { Column } from "../batch/column.ts";
import { valueAt } from "../batch/column.ts";
import type { DataType } from "../batch/data-type.ts";
import { writeValue } from "../batch/value-codec.ts";

export class DistinctRows {
  readonly #args: readonly number[];
  readonly #types: readonly DataType[];
  readonly #counts = new Map<unknown, number>();

  constructor(args: readonly number[], types: readonly DataType[]) {
    this.#args = args;
    this.#types = types;
  }

  clear(): void {
    this.#counts.clear();
  }

  /** Whether the row is the first with its value. */
  enter(columns: readonly Column[], row: number): boolean {
    const key = this.#keyOf(columns, row);
    const count = this.#counts.get(key) ?? 0;
    this.#counts.set(key, count + 1);
    return count === 0;
  }

  /** Whether the row is the last with its value. */
  leave(columns: readonly Column[], row: number): boolean {
    const key = this.#keyOf(columns, row);
    const count = this.#counts.get(key) ?? 0;
    if (count > 1) this.#counts.set(key, count - 1);
    else this.#counts.delete(key);
    return count <= 1;
  }

  #keyOf(columns: readonly Column[], row: number): unknown {
    const values = this.#args.map((arg, k) => valueAt(columns[arg], row, this.#types[k]));
    // -0 equals 0, NaN equals NaN, as keys of a Map do.
    return values.length === 1 && typeof values[0] !== "object" ? values[0] : bytesText(values);
  }
}

/** The canonical bytes of a value as text: the same for equal values. */
export function bytesText(value: unknown): string {
  const writer = new ByteWriter();
  writeValue(writer, value, true);
  return String.fromCharCode(...writer.finish());
}
