/** Keys of rows that lie in columns: what joins compare after an equal hash has led to a row. */
import type { Column } from "./column.ts";
import { sameValue } from "./same-value.ts";

/** Whether one of the columns is NULL at a row: as a key it then equals none. */
export function hasNull(columns: readonly Column[], row: number): boolean {
  for (const { nulls } of columns) if (nulls !== null && nulls[row] === 1) return true;
  return false;
}

/** Whether row i of `a` and row j of `b` hold the same values in their key columns, pair by pair (`sameValue`). */
export function sameKeys(
  a: readonly Column[],
  aKeys: readonly number[],
  i: number,
  b: readonly Column[],
  bKeys: readonly number[],
  j: number,
): boolean {
  for (let k = 0; k < aKeys.length; k++) if (!sameValue(a[aKeys[k]], i, b[bKeys[k]], j)) return false;
  return true;
}
