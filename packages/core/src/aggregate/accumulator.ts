/**
 * The parts aggregates are made of. An accumulator is a few state columns with an `add`; aggregates share the accumulators
 * that they have in common: SUM(x), AVG(x) and COUNT(x) hold one sum and one count.
 */
import type { Column } from "../batch/column.ts";
import type { Field } from "../batch/data-type.ts";
import type { StateColumn } from "../state/state-backend.ts";

/** The rows an accumulator takes. */
export interface RowSource {
  /** A BOOLEAN column that must be TRUE. */
  readonly filter: number | null;
  /** Number of the set of distinct values whose additions and removals count instead of rows; null = all rows. */
  readonly distinct: number | null;
  /** Columns that must not be NULL. */
  readonly notNull: readonly number[];
}

/**
 * Names in generated code: `slot`; `i` the row; `sign` 1 or -1 (only if `retracts`); `v3`, `n3` values and null mask of input column 3;
 * `s2`, `z2` values and nulls of state column 2 counted from the accumulator's first; `carry` of sum.ts.
 */
export interface AccumulatorCode {
  /** Adds row i to `slot`. The input column is `float64`, the state columns have a `float64` array. */
  add(state: (column: number) => string, stateNulls: (column: number) => string, retracts: boolean): string;
  /** Adds slot `from` of the state columns with the names' prefix `f` to `slot`; `sign` is set. */
  merge(
    state: (column: number) => string,
    stateNulls: (column: number) => string,
    from: (column: number) => string,
    fromNulls: (column: number) => string,
  ): string;
}

export interface Accumulator {
  /** The same for accumulators that hold the same. */
  readonly id: string;
  readonly source: RowSource;
  /** The input column whose values are added, null for counts. */
  readonly argument: number | null;
  readonly fields: readonly Field[];
  /** Whether `sign` -1 takes a row away again; else rows can only be added. */
  readonly isInvertible: boolean;
  /** What it holds depends on the order of rows: see `fromIsOlder`. */
  readonly isOrdered?: true;
  /** Written by something else (the extremes of retracted rows): no loop touches it. */
  readonly isPassive?: true;
  /** For the fused loop over plain numbers; null if there is none for the type. */
  readonly code: AccumulatorCode | null;
  /** Adds one row of any column kind: the reference, and the way for values that are no float64. */
  add(state: readonly StateColumn[], slot: number, input: Column | null, row: number, sign: number): void;
  /** Adds what slot `fromSlot` of other columns holds, whose rows came later unless `fromIsOlder`. */
  merge(
    state: readonly StateColumn[],
    slot: number,
    from: readonly StateColumn[],
    fromSlot: number,
    sign: number,
    fromIsOlder?: boolean,
  ): void;
}

/** Reads the result of an aggregate from the columns of its accumulators. */
export interface AggregateResult {
  readonly accumulators: readonly Accumulator[];
  /** `state[k]`: the columns of accumulator k. Results of the given slots. */
  columnOf(state: readonly (readonly StateColumn[])[], slots: Int32Array, length: number): Column;
}

export function sourceId(source: RowSource): string {
  return `${source.distinct ?? "all"}/${source.filter ?? "-"}/${source.notNull.join(",")}`;
}
