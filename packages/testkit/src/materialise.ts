import { rowKindSign } from "@millrace/core";
import { changeOf, type TestRow } from "./change.ts";
import { rowText, valueText } from "./compare-rows.ts";

/**
 * The table that changes by key describe, as `materialise`. Throws at a row before an update, and if a key ends that is not
 * there.
 */
export function materialiseByKey(changes: readonly TestRow[], keys: readonly number[]): (readonly unknown[])[] {
  const table = new Map<string, readonly unknown[]>();
  for (const row of changes) {
    const { kind, values } = changeOf(row);
    const key = valueText(keys.map((column) => values[column]));
    if (kind === 1) throw new Error(`changes by key have no row before an update: ${rowText(row)}`);
    if (rowKindSign[kind] > 0) table.set(key, values);
    else if (!table.delete(key)) throw new Error(`the changelog ends a key that is not there: ${rowText(row)}`);
  }
  return [...table.values()];
}

/**
 * The table that a changelog describes: its rows after all changes, in order of first appearance.
 * Throws if a row is taken away that is not there.
 */
export function materialise(changes: readonly TestRow[]): (readonly unknown[])[] {
  const table = new Map<string, { readonly values: readonly unknown[]; count: number }>();
  for (const row of changes) {
    const { kind, values } = changeOf(row);
    const text = valueText(values);
    let entry = table.get(text);
    if (entry === undefined) {
      entry = { values, count: 0 };
      table.set(text, entry);
    }
    entry.count += rowKindSign[kind];
    if (entry.count < 0) throw new Error(`the changelog takes away a row that is not there: ${rowText(row)}`);
    if (entry.count === 0) table.delete(text);
  }
  return [...table.values()].flatMap(({ values, count }) => new Array<readonly unknown[]>(count).fill(values));
}
