import type { CatalogTable } from "@millrace/plan";
import type { Registry } from "../registry.ts";
import { parseTableOptions } from "./table-options.ts";

/**
 * Whether reading a table ends by itself. `options` are those of this use of the table (an OPTIONS hint); they come on top
 * of the table's own. Errors: OPTION_INVALID.
 */
export function isBoundedTable(
  table: CatalogTable,
  options: { readonly [name: string]: string },
  registry: Registry,
): boolean {
  const parsed = parseTableOptions({ ...table.options, ...options }, registry, `table '${table.name}'`);
  return parsed.connector.isBounded?.(parsed.options) ?? false;
}
