import type { SortKey } from "@millrace/core";
import type { SortItem } from "../ast/sort-item.ts";

/** Flink's order of NULLs: the smallest values. */
export function sortKey(item: SortItem, column: number): SortKey {
  const descending = item.direction === "DESC";
  return { column, descending, nullsFirst: item.nulls === null ? !descending : item.nulls === "FIRST" };
}
