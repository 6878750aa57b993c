/** Window functions as plain data: what is computed for each row of a partition in order, and over which rows. */
import type { AggregateFunction } from "../aggregate/aggregate-spec.ts";
import type { DataType } from "../batch/data-type.ts";

/** Window functions that are no aggregates. */
export const overFunctionNames = [
  "row_number",
  "rank",
  "dense_rank",
  "percent_rank",
  "cume_dist",
  "ntile",
  "lag",
  "lead",
  "nth_value",
] as const;

export type OverFunction = (typeof overFunctionNames)[number];

/**
 * The rows of a partition that count for a row: from `start` to `end` behind it (below 0: before it), null = unbounded. In
 * rows, or in the value of the only column of ORDER BY (ms for times); there 0 includes all rows that are equal in the order.
 */
export interface OverFrame {
  readonly mode: "rows" | "range";
  readonly start: number | null;
  readonly end: number | null;
}

/** `SUM(x) OVER (... ROWS 3 PRECEDING)` over the columns of a batch. */
export interface OverCallSpec {
  readonly function: OverFunction | AggregateFunction;
  /** Input columns. */
  readonly args: readonly number[];
  readonly argTypes: readonly DataType[];
  /** Literals: the offset of LAG and LEAD, the number of NTILE and NTH_VALUE, those of an aggregate. */
  readonly parameters: readonly unknown[];
  readonly distinct: boolean;
  /** LAG, LEAD, NTH_VALUE pass over NULLs; FIRST_VALUE and LAST_VALUE always do. */
  readonly ignoresNulls: boolean;
  readonly frame: OverFrame;
  readonly type: DataType;
}
