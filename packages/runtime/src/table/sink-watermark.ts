import type { CatalogTable } from "@millrace/plan";
import type { Registry } from "../registry.ts";
import { parseTableOptions } from "./table-options.ts";

/** Whether writing to a table goes by the watermark. `options` are those of this use of the table. Errors: OPTION_INVALID. */
export function sinkNeedsWatermark(
  table: CatalogTable,
  options: { readonly [name: string]: string },
  registry: Registry,
): boolean {
  const parsed = parseTableOptions({ ...table.options, ...options }, registry, `table '${table.name}'`);
  return parsed.connector.sinkNeedsWatermark?.(parsed.options) ?? false;
}
