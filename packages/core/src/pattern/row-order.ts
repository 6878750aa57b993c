import { compareValues } from "../batch/compare-values.ts";
import type { StateColumn } from "../state/state-backend.ts";

/** A column of ORDER BY besides the time, by its place among the columns. */
export interface RowOrderKey {
  readonly column: number;
  readonly descending: boolean;
  readonly nullsFirst: boolean;
}

/** The order of rows that are kept: by time, by further columns, by arrival. */
export class RowOrder {
  readonly #keys: readonly RowOrderKey[];
  readonly #columns: readonly StateColumn[];

  constructor(keys: readonly RowOrderKey[], columns: readonly StateColumn[]) {
    this.#keys = keys;
    this.#columns = columns;
  }

  /** Brings slots that stand in the order of arrival into order. */
  sort(slots: number[], times: Float64Array): void {
    const hasKeys = this.#keys.length > 0;
    let isSorted = true;
    for (let i = 1; i < slots.length && isSorted; i++) {
      const order = times[slots[i - 1]] - times[slots[i]];
      isSorted = order < 0 || (order === 0 && (!hasKeys || this.#compare(slots[i - 1], slots[i]) <= 0));
    }
    if (!isSorted) slots.sort((a, b) => times[a] - times[b] || this.#compare(a, b));
  }

  #compare(a: number, b: number): number {
    for (const { column, descending, nullsFirst } of this.#keys) {
      const x = this.#columns[column].get(a);
      const y = this.#columns[column].get(b);
      if (x === null || y === null) {
        const nulls = Number(y === null) - Number(x === null);
        if (nulls !== 0) return nullsFirst ? nulls : -nulls;
      } else {
        const order = compareValues(x, y);
        if (order !== 0) return descending ? -order : order;
      }
    }
    return 0;
  }
}
