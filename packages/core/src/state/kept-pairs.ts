/** Pairs of a row of a batch and a row that is kept of the other side: what the joins that keep both sides have in common. */
import type { Column } from "../batch/column.ts";
import type { Field } from "../batch/data-type.ts";
import { selectRows } from "../batch/gather.ts";
import type { PairPredicate } from "../batch/join-type.ts";
import type { RecordBatch } from "../batch/record-batch.ts";
import { sameKeys } from "../batch/row-keys.ts";
import { CHUNK_MASK } from "./row-id.ts";
import type { RowBucket, RowStore } from "./row-store.ts";

/** One side: its rows, of which the first columns are `fields`. */
export interface KeptSide {
  readonly store: RowStore;
  readonly fields: readonly Field[];
  readonly keys: readonly number[];
  /** Whether its columns are part of the output. */
  readonly isEmitted: boolean;
}

export class KeptPairs {
  readonly #sides: readonly [KeptSide, KeptSide];
  readonly #residual: PairPredicate | null;

  /** `residual` is over left and right; null: equal keys are enough. */
  constructor(sides: readonly [KeptSide, KeptSide], residual: PairPredicate | null) {
    this.#sides = sides;
    this.#residual = residual;
  }

  /** The buckets of the side that rows of `input` are joined with. */
  buckets(input: number): RowBucket[] {
    const { store } = this.#sides[1 - input];
    const buckets: RowBucket[] = [];
    for (const number of store.bucketNumbers()) {
      const bucket = store.bucket(number);
      if (bucket !== undefined) buckets.push(bucket);
    }
    return buckets;
  }

  /** Whether a row of a batch of `input` and a kept row of the other side, of equal hash, are a pair. */
  matches(batch: RecordBatch, row: number, id: number, input: number): boolean {
    const side = this.#sides[input];
    const other = this.#sides[1 - input];
    const stored = other.store.batchOf(id);
    const at = id & CHUNK_MASK;
    if (!sameKeys(batch.columns, side.keys, row, stored.columns, other.keys, at)) return false;
    if (this.#residual === null) return true;
    return input === 0 ? this.#residual(batch, row, stored, at) : this.#residual(stored, at, batch, row);
  }

  /** The columns of pairs, the left's first: rows of a batch of `input` and kept rows of the other side, -1 = NULLs. */
  columns(batch: RecordBatch, input: number, rows: Int32Array, ids: Int32Array, length: number): Column[] {
    const side = this.#sides[input];
    const other = this.#sides[1 - input];
    const own = side.isEmitted ? batch.columns.map((column) => selectRows(column, rows, length)) : [];
    const others = other.isEmitted ? other.store.gather(ids, length, other.fields.length) : [];
    return input === 0 ? [...own, ...others] : [...others, ...own];
  }
}
