/** CREATE statements of what the catalog holds. */
import { formatType } from "@millrace/core";
import type { CatalogColumn, CatalogDatabase, CatalogTable, CatalogView, TableDistribution } from "@millrace/plan";

/** `name`: as it is to be printed; the bare one if absent. */
export function printCreateTable(table: CatalogTable, name: string = quoted(table.name), isTemporary = false): string {
  const elements = table.columns.map(printColumn);
  const { watermark } = table;
  if (watermark !== null)
    elements.push(`WATERMARK FOR ${quoted(table.columns[watermark.column].name)} AS ${watermark.text}`);
  const constraint = table.primaryKeyName === undefined ? "" : `CONSTRAINT ${quoted(table.primaryKeyName)} `;
  if (table.primaryKey.length > 0)
    elements.push(`${constraint}PRIMARY KEY (${table.primaryKey.map(quoted).join(", ")}) NOT ENFORCED`);
  const lines = [
    `CREATE ${temporary(isTemporary)}TABLE ${name} (`,
    elements.map((each) => `  ${each}`).join(",\n"),
    ")",
  ];
  if (table.comment !== undefined) lines.push(`COMMENT ${text(table.comment)}`);
  if (table.distribution !== undefined) lines.push(`DISTRIBUTED${printBuckets(table.distribution)}`);
  if (table.partitionKeys.length > 0) lines.push(`PARTITIONED BY (${table.partitionKeys.map(quoted).join(", ")})`);
  const options = Object.entries(table.options).map(([key, value]) => `  ${text(key)} = ${text(value)}`);
  lines.push("WITH (", options.join(",\n"), ")");
  return lines.join("\n");
}

function printBuckets({ algorithm, buckets, columns }: TableDistribution): string {
  const by = columns.length === 0 ? "" : ` BY ${algorithm ?? ""}(${columns.map(quoted).join(", ")})`;
  return `${by}${buckets === null ? "" : ` INTO ${buckets} BUCKETS`}`;
}

export function printCreateView(view: CatalogView, name: string = quoted(view.name), isTemporary = false): string {
  const columns = view.plan.fields.map((field) => quoted(field.name)).join(", ");
  const comment = view.comment === undefined ? "" : ` COMMENT ${text(view.comment)}`;
  return `CREATE ${temporary(isTemporary)}VIEW ${name} (${columns})${comment} AS\n${view.query}`;
}

export function printCreateDatabase(name: string, database: CatalogDatabase, ifNotExists = false): string {
  const comment = database.comment === undefined ? "" : ` COMMENT ${text(database.comment)}`;
  return `CREATE DATABASE ${ifNotExists ? "IF NOT EXISTS " : ""}${name}${comment}${printOptions(database.options)}`;
}

export function printCreateCatalog(name: string, options: Readonly<Record<string, string>>): string {
  return `CREATE CATALOG ${quoted(name)}${printOptions(options)}`;
}

function printOptions(options: Readonly<Record<string, string>>): string {
  const lines = Object.entries(options).map(([key, value]) => `  ${text(key)} = ${text(value)}`);
  return lines.length === 0 ? "" : ` WITH (\n${lines.join(",\n")}\n)`;
}

function temporary(isTemporary: boolean): string {
  return isTemporary ? "TEMPORARY " : "";
}

function printColumn(column: CatalogColumn): string {
  const comment = column.comment === undefined ? "" : ` COMMENT ${text(column.comment)}`;
  const name = quoted(column.name);
  switch (column.kind) {
    case "physical":
      return `${name} ${formatType(column.type)}${comment}`;
    case "metadata": {
      const from = column.key === column.name ? "" : ` FROM ${text(column.key)}`;
      return `${name} ${formatType(column.type)} METADATA${from}${column.virtual ? " VIRTUAL" : ""}${comment}`;
    }
    case "computed":
      return `${name} AS ${column.text}${comment}`;
  }
}

export function quoted(name: string): string {
  return `\`${name.replaceAll("`", "``")}\``;
}

function text(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}
