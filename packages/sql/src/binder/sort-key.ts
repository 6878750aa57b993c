import { type DataType, formatType, type SortKey } from "@millrace/core";
import type { SortItem } from "../ast/sort-item.ts";
import { type BindContext, fail } from "./bind-context.ts";

/** Flink's order of NULLs: the smallest values. */
export function sortKey(context: BindContext, item: SortItem, column: number, type: DataType): SortKey {
  requireOrder(context, item, type);
  const descending = item.direction === "DESC";
  return { column, descending, nullsFirst: item.nulls === null ? !descending : item.nulls === "FIRST" };
}

/** Errors: values of the type have no order. */
export function requireOrder(context: BindContext, { expression }: Pick<SortItem, "expression">, type: DataType): void {
  const hasOrder = !["map", "multiset", "variant", "bitmap"].includes(type.kind);
  if (!hasOrder) fail(context, expression.span, `ORDER BY ${formatType(type)}: such values have no order`);
}
