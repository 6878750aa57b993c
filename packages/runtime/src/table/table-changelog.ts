import type { SourceChangelogMode } from "@millrace/core";
import type { CatalogTable } from "@millrace/plan";
import type { Registry } from "../registry.ts";
import { parseTableOptions } from "./table-options.ts";

/**
 * What the rows of a table are: what its connector says, or else its format. `options` are those of this use of the table.
 * Errors: OPTION_INVALID.
 */
export function changelogModeOf(
  table: CatalogTable,
  options: { readonly [name: string]: string },
  registry: Registry,
): SourceChangelogMode {
  const {
    connector,
    formats,
    options: own,
  } = parseTableOptions({ ...table.options, ...options }, registry, `table '${table.name}'`);
  const format = formats.get("value.format") ?? formats.get("format");
  return connector.changelogMode?.(own) ?? format?.factory.changelogMode ?? "append";
}

/** Whether a table is written by its primary key. Errors: OPTION_INVALID. */
export function writesByKey(
  table: CatalogTable,
  options: { readonly [name: string]: string },
  registry: Registry,
): boolean {
  if (table.primaryKey.length === 0) return false;
  const owner = `table '${table.name}'`;
  const { connector, options: own } = parseTableOptions({ ...table.options, ...options }, registry, owner);
  return connector.writesByKey?.(own) ?? false;
}
