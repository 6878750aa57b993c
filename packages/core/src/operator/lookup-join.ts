/**
 * Lookup join: each row with the rows of an outside table that have its keys when it comes.
 *
 * Invariant  rows come out in the order of the input, or, if the order is free, as their answers come. Nothing is under way when a
 *            batch is done, so that watermarks, snapshots and commits need not know of look-ups. What is emitted for a row
 *            has the row's kind. NULL keys match nothing.
 * State      none: what has been looked up is a cache, which a restore begins anew.
 * Cost       per row O(1 + pairs); a batch waits for the slowest of its answers, in order only for those of the rows before.
 *            Rows that all find exactly one partner pass on their columns uncopied.
 */
import type { Column } from "../batch/column.ts";
import { selectRows } from "../batch/gather.ts";
import { hashRows } from "../batch/hash-rows.ts";
import type { PairPredicate } from "../batch/join-type.ts";
import { MAX_BATCH_ROWS, NO_BATCHES, type RecordBatch, recordBatch } from "../batch/record-batch.ts";
import { RowPairs } from "../batch/row-pairs.ts";
import type { AsyncOperator } from "./operator.ts";

export interface LookupJoinSpec {
  readonly kind: "lookup-join";
  readonly joinType: "inner" | "left";
  /** So many columns of the input come out; keys that are computed for the join stand behind them. */
  readonly passed: number;
  readonly leftKeys: readonly number[];
  /** Whether rows come out in the order of the input. */
  readonly isOrdered: boolean;
}

/** No row has the keys. Below it: the answer is still to come. */
export const NO_ROW = -1;

/** The rows of an outside table, as far as they are at hand. Rows have ids from 0. */
export interface LookupTable {
  /** Settles when `find` may be called; null: at once. */
  ready(): Promise<void> | null;
  /**
   * Writes the first row for each row's keys into `firsts`: its id, NO_ROW, or a number below that stands for an answer that is
   * asked for now. Called once per batch, `release` after it.
   */
  find(keys: readonly Column[], hashes: Int32Array, length: number, firsts: Int32Array): void;
  /** The first row for a number that `find` gave; the number itself while the answer is still to come. */
  resolve(first: number): number;
  /** Settles when an answer has come since its last call, at once if one has; rejects if there will be none. */
  answer(): Promise<void>;
  /** The next row of the same keys, or NO_ROW. */
  next(id: number): number;
  /** The batch that a row stands in, and where. */
  batchOf(id: number): RecordBatch;
  rowOf(id: number): number;
  /** The rows as new columns, NO_ROW = NULLs. */
  gather(ids: Int32Array, length: number): Column[];
  /** The batch that `find` was called for is done with. */
  release(): void;
  close(): Promise<void>;
}

/** `residual` must hold for a pair besides the keys; null = nothing more. */
export function createLookupJoin(
  spec: LookupJoinSpec,
  table: LookupTable,
  residual: PairPredicate | null = null,
): AsyncOperator {
  return new LookupJoin(spec, table, residual);
}

class LookupJoin implements AsyncOperator {
  readonly #spec: LookupJoinSpec;
  readonly #table: LookupTable;
  readonly #residual: PairPredicate | null;
  readonly #pairs = new RowPairs();
  #hashes = new Int32Array(MAX_BATCH_ROWS);
  #firsts = new Int32Array(MAX_BATCH_ROWS);
  /** Rows whose answers are still to come, if the order is free. */
  #later = new Int32Array(MAX_BATCH_ROWS);

  constructor(spec: LookupJoinSpec, table: LookupTable, residual: PairPredicate | null) {
    this.#spec = spec;
    this.#table = table;
    this.#residual = residual;
  }

  *onBatch(batch: RecordBatch): Generator<RecordBatch | Promise<void>> {
    const table = this.#table;
    const pairs = this.#pairs;
    const { isOrdered, joinType, leftKeys } = this.#spec;
    const { length } = batch;
    const ready = table.ready();
    if (ready !== null) yield ready;
    if (this.#hashes.length < length) {
      this.#hashes = new Int32Array(length);
      this.#firsts = new Int32Array(length);
      this.#later = new Int32Array(length);
    }
    const keys = leftKeys.map((column) => batch.columns[column]);
    const firsts = this.#firsts;
    const later = this.#later;
    hashRows(keys, length, this.#hashes);
    table.find(keys, this.#hashes, length, firsts);
    let count = length;
    for (let isFirstPass = true; count > 0; isFirstPass = false) {
      let waiting = 0;
      for (let i = 0; i < count; i++) {
        const row = isFirstPass ? i : later[i];
        let first = firsts[row];
        while (first < NO_ROW) {
          first = table.resolve(first);
          if (first >= NO_ROW || !isOrdered) break;
          if (pairs.length > 0) yield this.#emit(batch);
          yield table.answer();
        }
        if (first < NO_ROW) {
          later[waiting++] = row;
          continue;
        }
        let isMatched = false;
        for (let id = first; id >= 0; id = table.next(id)) {
          if (this.#residual !== null && !this.#residual(batch, row, table.batchOf(id), table.rowOf(id))) continue;
          isMatched = true;
          if (pairs.push(row, id)) yield this.#emit(batch);
        }
        if (!isMatched && joinType === "left" && pairs.push(row, NO_ROW)) yield this.#emit(batch);
      }
      if (pairs.length > 0) yield this.#emit(batch);
      count = waiting;
      if (count > 0) yield table.answer();
    }
    table.release();
  }

  onWatermark(): Iterable<RecordBatch> {
    return NO_BATCHES;
  }

  close(): Promise<void> {
    return this.#table.close();
  }

  #emit(batch: RecordBatch): RecordBatch {
    const { first, second, length } = this.#pairs;
    const passed = batch.columns.slice(0, this.#spec.passed);
    const isWhole = isEachOnce(first, length, batch.length);
    const own = isWhole ? passed : passed.map((column) => selectRows(column, first, length));
    let { kinds } = batch;
    if (kinds !== null && !isWhole) {
      const from = kinds;
      kinds = new Uint8Array(length);
      for (let i = 0; i < length; i++) kinds[i] = from[first[i]];
    }
    const columns = [...own, ...this.#table.gather(second, length)];
    this.#pairs.length = 0;
    return recordBatch(length, columns, kinds);
  }
}

/** Whether the numbers are those from 0 to `count`. */
function isEachOnce(rows: Int32Array, length: number, count: number): boolean {
  if (length !== count) return false;
  for (let i = 0; i < length; i++) if (rows[i] !== i) return false;
  return true;
}
