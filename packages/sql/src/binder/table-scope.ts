import type { CatalogColumn, Expression } from "@millrace/plan";
import type { ComputedColumn } from "../ast/create-table.ts";
import type { Scope, ScopeColumn } from "./scope.ts";

/** The columns as expressions over the table; computed ones, once bound, are what they compute. */
export function tableColumns(columns: readonly (CatalogColumn | ComputedColumn)[], table: string): Scope {
  const scoped = columns.flatMap((each, index): readonly ScopeColumn[] => {
    if (each.kind === "ComputedColumn") return [];
    const expression: Expression =
      each.kind === "computed" ? each.expression : { kind: "column", index, type: each.type };
    return [{ name: each.name, expression }];
  });
  return { tables: [{ path: [table], columns: scoped }], columns: scoped };
}
