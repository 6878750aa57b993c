/**
 * The order of rows by some of their columns, for rows of the same or of different batches.
 *
 * A comparator is generated for its keys: columns of plain numbers without NULL are compared in place, all others by
 * `compareCells`, which is the reference.
 */
import { type Column, wideAt } from "./column.ts";
import { compareValues } from "./compare-values.ts";

export interface SortKey {
  readonly column: number;
  readonly descending: boolean;
  readonly nullsFirst: boolean;
}

/** Negative if row i of `a` comes before row j of `b`, 0 if neither comes before the other. */
export type RowComparator = (a: readonly Column[], i: number, b: readonly Column[], j: number) => number;

/** `otherColumns[k]`: where key k stands in `b`; in the same place as in `a` if absent. */
export function compileRowOrder(keys: readonly SortKey[], otherColumns?: readonly number[]): RowComparator {
  const body = keys.map(({ column, descending, nullsFirst }, k) => {
    const [before, after] = descending ? [1, -1] : [-1, 1];
    return `{
      const x = a[${column}], y = b[${otherColumns?.[k] ?? column}];
      if (x.kind === "float64" && y.kind === "float64" && x.nulls === null && y.nulls === null) {
        const p = x.values[i], q = y.values[j];
        if (p < q) return ${before};
        if (p > q) return ${after};
        if (p !== q && p === p) return ${before};
        if (p !== q && q === q) return ${after};
      } else {
        const order = compareCells(x, i, y, j, ${descending}, ${nullsFirst});
        if (order !== 0) return order;
      }
    }`;
  });
  const source = `"use strict"; return function compareRows(a, i, b, j) { ${body.join("\n")} return 0; };`;
  return new Function("compareCells", source)(compareCells) as RowComparator;
}

/** Two values of one type in the order of a sort key: NULLs where it puts them, NaN greater than every number. */
export function compareCells(
  a: Column,
  i: number,
  b: Column,
  j: number,
  descending: boolean,
  nullsFirst: boolean,
): number {
  const aIsNull = a.nulls !== null && a.nulls[i] === 1;
  const bIsNull = b.nulls !== null && b.nulls[j] === 1;
  if (aIsNull || bIsNull) return aIsNull === bIsNull ? 0 : aIsNull === nullsFirst ? -1 : 1;
  const order = compareNonNull(a, i, b, j);
  return descending ? -order : order;
}

function compareNonNull(a: Column, i: number, b: Column, j: number): number {
  if (a.kind === "utf8" && b.kind === "utf8") {
    return compareBytes(a.bytes, a.starts[i], a.ends[i], b.bytes, b.starts[j], b.ends[j]);
  }
  return compareValues(cellAt(a, i), cellAt(b, j));
}

function cellAt(column: Column, row: number): unknown {
  return column.kind === "wide" ? wideAt(column, row) : column.kind === "utf8" ? null : column.values[row];
}

/** UTF-8 bytes stand in the order of their code points. */
function compareBytes(a: Uint8Array, i: number, iEnd: number, b: Uint8Array, j: number, jEnd: number): number {
  const length = Math.min(iEnd - i, jEnd - j);
  for (let k = 0; k < length; k++) {
    const difference = a[i + k] - b[j + k];
    if (difference !== 0) return difference;
  }
  return iEnd - i - (jEnd - j);
}
