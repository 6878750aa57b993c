/** CREATE statements of what the catalog holds. */
import { formatType } from "@millrace/core";
import type { CatalogColumn, CatalogTable, CatalogView } from "@millrace/plan";

export function printCreateTable(table: CatalogTable): string {
  const elements = table.columns.map(printColumn);
  const { watermark } = table;
  if (watermark !== null)
    elements.push(`WATERMARK FOR ${quoted(table.columns[watermark.column].name)} AS ${watermark.text}`);
  if (table.primaryKey.length > 0)
    elements.push(`PRIMARY KEY (${table.primaryKey.map(quoted).join(", ")}) NOT ENFORCED`);
  const lines = [`CREATE TABLE ${quoted(table.name)} (`, elements.map((each) => `  ${each}`).join(",\n"), ")"];
  if (table.comment !== undefined) lines.push(`COMMENT ${text(table.comment)}`);
  if (table.partitionKeys.length > 0) lines.push(`PARTITIONED BY (${table.partitionKeys.map(quoted).join(", ")})`);
  const options = Object.entries(table.options).map(([key, value]) => `  ${text(key)} = ${text(value)}`);
  lines.push("WITH (", options.join(",\n"), ")");
  return lines.join("\n");
}

export function printCreateView(view: CatalogView): string {
  const columns = view.plan.fields.map((field) => quoted(field.name)).join(", ");
  const comment = view.comment === undefined ? "" : ` COMMENT ${text(view.comment)}`;
  return `CREATE VIEW ${quoted(view.name)} (${columns})${comment} AS\n${view.query}`;
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

function quoted(name: string): string {
  return `\`${name.replaceAll("`", "``")}\``;
}

function text(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}
