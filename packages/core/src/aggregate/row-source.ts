import type { Column } from "../batch/column.ts";
import type { RowSource } from "./accumulator.ts";

/** Whether a filter column is TRUE. */
export function passes(filter: Column, row: number): boolean {
  return filter.kind === "bool" && filter.values[row] === 1 && (filter.nulls === null || filter.nulls[row] !== 1);
}

/** Whether a row counts for a source, apart from distinctness. */
export function countsFor(source: RowSource, columns: readonly Column[], row: number): boolean {
  if (source.filter !== null && !passes(columns[source.filter], row)) return false;
  for (const column of source.notNull) {
    const { nulls } = columns[column];
    if (nulls !== null && nulls[row] === 1) return false;
  }
  return true;
}

/** 1 for +I and +U, -1 for -U and -D. */
export function signOf(kinds: Uint8Array | null, row: number): 1 | -1 {
  return kinds === null || kinds[row] === 0 || kinds[row] === 2 ? 1 : -1;
}
