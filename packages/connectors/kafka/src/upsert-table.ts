/** What primary keys mean for topics. */
import type { TableContext } from "@millrace/core";
import { invalid } from "./kafka-options.ts";

/** Of `kafka`: rows of an insert-only format have no key that could be relied on. Errors: OPTION_INVALID. */
export function checkPrimaryKey({ tableName, primaryKey, formats }: TableContext): void {
  if (primaryKey.length === 0 || formats.changelogMode("value.format") === "retract") return;
  throw invalid(
    `table '${tableName}'`,
    `a PRIMARY KEY cannot be relied on where records of format '${formats.name("value.format")}' are only added; ` +
      "leave it out, or use the connector 'upsert-kafka'",
  );
}

/** Of `upsert-kafka`. Errors: OPTION_INVALID. */
export function requireUpsertTable({ tableName, primaryKey, formats }: TableContext): void {
  const owner = `table '${tableName}'`;
  if (primaryKey.length === 0) {
    throw invalid(
      owner,
      "connector 'upsert-kafka' needs PRIMARY KEY (...) NOT ENFORCED: the columns of the records' keys",
    );
  }
  for (const option of ["key.format", "value.format"]) {
    const format = formats.name(option);
    if (format === null) throw invalid(owner, `connector 'upsert-kafka' needs the option '${option}'`);
    if (formats.changelogMode(option) === "append") continue;
    throw invalid(owner, `'${option}' = '${format}': its records are changes, 'upsert-kafka' wants rows; use 'kafka'`);
  }
}
