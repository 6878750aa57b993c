/** CREATE TABLE: columns, watermark, key and connector, checked and put into the catalog. */
import { formatType, sameType, withNullable } from "@millrace/core";
import { type CatalogColumn, type CatalogTable, castBetween, type TableDistribution } from "@millrace/plan";
import type { ComputedColumn, CreateTable, Distribution, MetadataColumn } from "../ast/create-table.ts";
import { walk } from "../ast/walk.ts";
import { type BindContext, fail } from "./bind-context.ts";
import { bindExpression } from "./bind-expression.ts";
import { withLike } from "./bind-like.ts";
import { optionsOf } from "./bind-namespace.ts";
import { bindType } from "./bind-type.ts";
import { expressionContext } from "./expression-context.ts";
import { newName, shownName } from "./new-name.ts";
import type { Scope } from "./scope.ts";
import type { ConnectorDescription } from "./session.ts";
import { bindPrimaryKey, bindWatermark, columnIndex } from "./table-constraint.ts";
import { bindDefinition } from "./table-definition.ts";
import { tableColumns } from "./table-scope.ts";

/** Adds the table to the catalog; says what was done. */
export function bindCreateTable(context: BindContext, statement: CreateTable): string {
  const { name, temporary, ifNotExists, like } = statement;
  const path = newName(context, name, ifNotExists, temporary);
  if (path === null) return `Table ${shownName(name)} exists already.`;
  const bind = (own: BindContext, definition: CreateTable) => bindTable(own, definition, path[2]);
  const table =
    like === null
      ? bind(context, statement)
      : bindDefinition(context, withLike(context, statement, like), like.span, bind);
  context.session.catalog.create({ kind: "table", table }, path, temporary);
  return `Table ${shownName(name)} created.`;
}

/** A definition without LIKE and AS. */
export function bindTable(context: BindContext, statement: CreateTable, name: string): CatalogTable {
  const options = optionsOf(context, statement.options);
  const connector = connectorOf(context, statement, options);
  const { columns, primaryKey } = bindColumns(context, statement, name, connector);
  for (const part of statement.partitionedBy) columnIndex(context, columns, part.name, part.span);
  return {
    name,
    columns,
    watermark: statement.watermark === null ? null : bindWatermark(context, statement.watermark, columns, name),
    primaryKey,
    ...(statement.primaryKey?.name == null ? {} : { primaryKeyName: statement.primaryKey.name.name }),
    partitionKeys: statement.partitionedBy.map((part) => part.name),
    ...(statement.distribution === null
      ? {}
      : { distribution: bindDistribution(context, statement.distribution, columns) }),
    options,
    ...(statement.comment === null ? {} : { comment: statement.comment.value }),
  };
}

function bindDistribution(
  context: BindContext,
  { algorithm, buckets, columns: names }: Distribution,
  columns: readonly CatalogColumn[],
): TableDistribution {
  for (const { name, span } of names) {
    const { kind } = columns[columnIndex(context, columns, name, span)];
    if (kind !== "physical") fail(context, span, `column '${name}' is ${kind}; rows are distributed by what is stored`);
  }
  const count = buckets === null ? null : Number(buckets.text);
  if (count !== null && !(Number.isInteger(count) && count > 0)) {
    fail(context, buckets?.span ?? names[0].span, "the number of buckets is a whole number, 1 or more");
  }
  return { algorithm, columns: names.map(({ name }) => name), buckets: count };
}

function connectorOf(
  context: BindContext,
  statement: CreateTable,
  options: Readonly<Record<string, string>>,
): ConnectorDescription {
  const names = [...context.session.connectors.keys()].sort();
  const known = `known connectors: ${names.length === 0 ? "none" : names.join(", ")}`;
  const option = statement.options.find((each) => each.key.value === "connector");
  if (option === undefined) {
    return fail(context, statement.name.span, `a table needs WITH ('connector' = '…'); ${known}`);
  }
  const connector = context.session.connectors.get(options.connector);
  if (connector !== undefined) return connector;
  return fail(context, option.value.span, `unknown connector '${options.connector}'; ${known}`, {
    candidates: { word: options.connector, names },
  });
}

function bindColumns(
  context: BindContext,
  statement: CreateTable,
  table: string,
  connector: ConnectorDescription,
): Pick<CatalogTable, "columns" | "primaryKey"> {
  const takesDefault = statement.columns.every((each) => each.kind !== "PhysicalColumn");
  const given: readonly CatalogColumn[] = takesDefault
    ? (connector.defaultSchema?.fields ?? []).map((field) => ({ kind: "physical", ...field }))
    : [];
  const hasMetadata = statement.columns.some((each) => each.kind === "MetadataColumn");
  if (takesDefault && given.length === 0 && !hasMetadata) {
    fail(
      context,
      statement.name.span,
      `table '${table}' has no columns, and connector '${connector.name}' knows none of its own`,
    );
  }
  const names = new Set(given.map((each) => each.name));
  for (const { name } of statement.columns) {
    if (names.has(name.name)) fail(context, name.span, `column '${name.name}' stands twice in table '${table}'`);
    names.add(name.name);
  }
  // Computed columns are bound when the others are known, NOT NULL by the key included; until then they hold their place.
  const declared = [...given, ...statement.columns.map((each) => bindColumn(context, each, connector))];
  const named = declared.map((each) =>
    each.kind === "ComputedColumn" ? { kind: "computed", name: each.name.name } : each,
  );
  const primaryKey = bindPrimaryKey(context, statement, named);
  const columns = declared.map((each) =>
    each.kind === "physical" && primaryKey.includes(each.name)
      ? { ...each, type: withNullable(each.type, false) }
      : each,
  );
  const scope = tableColumns(columns, table);
  return {
    primaryKey,
    columns: columns.map((each) =>
      each.kind === "ComputedColumn" ? bindComputed(context, each, scope, columns) : each,
    ),
  };
}

function bindColumn(
  context: BindContext,
  node: CreateTable["columns"][number],
  connector: ConnectorDescription,
): CatalogColumn | ComputedColumn {
  const comment = node.comment === null ? {} : { comment: node.comment.value };
  switch (node.kind) {
    case "PhysicalColumn":
      return { kind: "physical", name: node.name.name, type: bindType(context, node.type), ...comment };
    case "MetadataColumn":
      return { ...bindMetadata(context, node, connector), ...comment };
    case "ComputedColumn":
      return node;
  }
}

function bindMetadata(context: BindContext, node: MetadataColumn, connector: ConnectorDescription): CatalogColumn {
  const key = node.key?.value ?? node.name.name;
  const place = node.key?.span ?? node.name.span;
  const known = connector.metadata ?? [];
  const metadata = known.find((each) => each.key === key);
  if (metadata === undefined) {
    const names = known.map((each) => each.key);
    const list = names.length === 0 ? "it has none" : `it has ${names.join(", ")}`;
    return fail(context, place, `connector '${connector.name}' has no metadata '${key}'; ${list}`, {
      candidates: { word: key, names },
    });
  }
  const type = bindType(context, node.type);
  if (!sameType(type, metadata.type) && castBetween(metadata.type, type) === undefined) {
    fail(
      context,
      node.type.span,
      `metadata '${key}' is ${formatType(metadata.type)}, which cannot be cast to ${formatType(type)}`,
    );
  }
  return { kind: "metadata", name: node.name.name, type, connectorType: metadata.type, key, virtual: node.virtual };
}

/** A computed column sees all columns that are not computed. */
function bindComputed(
  context: BindContext,
  node: ComputedColumn,
  scope: Scope,
  columns: readonly (CatalogColumn | ComputedColumn)[],
): CatalogColumn {
  const { name } = node.name;
  const computed = new Set(columns.flatMap((each) => (each.kind === "ComputedColumn" ? [each.name.name] : [])));
  walk(node.expression, {
    ColumnReference({ parts: [first], span }) {
      if (!computed.has(first.name)) return;
      const message = `computed column '${name}' refers to computed column '${first.name}'; repeat its expression instead`;
      fail(context, span, message);
    },
  });
  const expression = bindExpression(expressionContext(context, scope, `computed column '${name}'`), node.expression);
  const comment = node.comment === null ? {} : { comment: node.comment.value };
  const { span } = node.expression;
  const text = context.text.slice(span.start, span.end);
  return { kind: "computed", name, type: expression.type, expression, text, ...comment };
}
