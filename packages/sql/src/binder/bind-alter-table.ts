/** ALTER TABLE: the definition is changed as a tree and bound anew. */
import type { CatalogEntry } from "@millrace/plan";
import type { AlterTable, ChangeColumns, PlacedColumn } from "../ast/alter.ts";
import type { CreateTable, TableColumn } from "../ast/create-table.ts";
import type { Expression } from "../ast/expression.ts";
import type { Identifier, QualifiedName } from "../ast/identifier.ts";
import { walk } from "../ast/walk.ts";
import { type BindContext, fail, unsupported } from "./bind-context.ts";
import { bindTable } from "./bind-create-table.ts";
import { optionsOf } from "./bind-namespace.ts";
import { inPlaceOf } from "./bind-view.ts";
import { knownEntry, newName, partsOf, shownName } from "./new-name.ts";
import { bindDefinition, definitionOf } from "./table-definition.ts";

export function alterTable(context: BindContext, statement: AlterTable): string {
  const { name, ifExists, action } = statement;
  const { catalog } = context.session;
  const shown = shownName(name);
  if (ifExists && catalog.find(partsOf(name)) === undefined) return `There is no table ${shown}.`;
  const entry = knownEntry(context, name);
  if (entry.kind !== "table") return fail(context, name.span, `'${shown}' is a view; use ALTER VIEW`);
  if (action.kind === "RenameTo") return rename(context, entry, action.name, shown);
  const definition = changed(context, definitionOf(entry.table), action);
  const bind = (own: BindContext, changedDefinition: CreateTable) => bindTable(own, changedDefinition, entry.path[2]);
  catalog.replace(entry, { kind: "table", table: bindDefinition(context, definition, action.span, bind) });
  return `Table ${shown} altered.`;
}

function rename(
  context: BindContext,
  entry: CatalogEntry & { readonly kind: "table" },
  to: QualifiedName,
  shown: string,
): string {
  const { catalog } = context.session;
  const path = newName(context, inPlaceOf(entry.path, to), false, entry.isTemporary);
  if (path === null) throw new Error("without IF NOT EXISTS there is a name");
  catalog.remove(entry);
  catalog.create({ kind: "table", table: { ...entry.table, name: path[2] } }, path, entry.isTemporary);
  return `Table ${shown} renamed to ${path[2]}.`;
}

function changed(
  context: BindContext,
  table: CreateTable,
  action: Exclude<AlterTable["action"], { kind: "RenameTo" }>,
): CreateTable {
  switch (action.kind) {
    case "SetOptions": {
      const given = optionsOf(context, action.options);
      const kept = table.options.filter(({ key }) => !Object.hasOwn(given, key.value));
      return { ...table, options: [...kept, ...action.options] };
    }
    case "ResetOptions": {
      for (const { value, span } of action.keys) {
        if (value === "connector") fail(context, span, "'connector' cannot be reset: a table has one");
        if (table.options.some(({ key }) => key.value === value)) continue;
        const names = table.options.map(({ key }) => key.value);
        fail(context, span, `the table has no option '${value}'; it has ${names.join(", ")}`, {
          candidates: { word: value, names },
        });
      }
      const reset = action.keys.map(({ value }) => value);
      return { ...table, options: table.options.filter(({ key }) => !reset.includes(key.value)) };
    }
    case "RenameColumn":
      return renameColumn(context, table, simple(context, action.from), action.to);
    case "ChangeColumns":
      return action.operation === "ADD" ? add(context, table, action) : modify(context, table, action);
    case "DropColumns":
      return action.columns.reduce((before, column) => dropColumn(context, before, simple(context, column)), table);
    case "DropConstraint": {
      const { primaryKey } = table;
      if (primaryKey === null) return fail(context, action.span, "the table has no primary key");
      if (action.name !== null && primaryKey.name?.name !== action.name.name) {
        const known = primaryKey.name === null ? "its primary key has no name" : `it has ${primaryKey.name.name}`;
        fail(context, action.name.span, `the table has no constraint '${action.name.name}'; ${known}`);
      }
      return { ...table, primaryKey: null };
    }
    case "DropWatermark":
      if (table.watermark === null) fail(context, action.span, "the table has no watermark");
      return { ...table, watermark: null };
    case "ChangeDistribution": {
      const { distribution, operation, span } = action;
      if (operation === "ADD" && table.distribution !== null) {
        fail(context, span, "the table has a distribution already; drop it first, or MODIFY it");
      }
      if (operation !== "ADD" && table.distribution === null) {
        fail(context, span, `the table has no distribution${operation === "MODIFY" ? " to modify; ADD one" : ""}`);
      }
      return { ...table, distribution };
    }
  }
}

function add(context: BindContext, table: CreateTable, action: ChangeColumns): CreateTable {
  const columns = [...table.columns];
  for (const placed of action.columns) {
    const { name } = placed.column;
    if (indexOf(columns, name.name) >= 0) fail(context, name.span, `the table has a column '${name.name}' already`);
    insert(context, columns, placed, columns.length);
  }
  const { watermark, primaryKey } = action;
  if (watermark !== null && table.watermark !== null) {
    fail(context, watermark.span, "the table has a watermark already; drop it first, or MODIFY it");
  }
  if (primaryKey !== null && table.primaryKey !== null) {
    fail(context, primaryKey.span, "the table has a primary key already; drop it first, or MODIFY it");
  }
  return {
    ...table,
    columns: columns,
    watermark: watermark === null ? table.watermark : watermark,
    primaryKey: primaryKey ?? table.primaryKey,
  };
}

function modify(context: BindContext, table: CreateTable, action: ChangeColumns): CreateTable {
  const columns = [...table.columns];
  for (const placed of action.columns) {
    const { name } = placed.column;
    const at = known(context, columns, name);
    if (placed.position === null) columns[at] = placed.column;
    else {
      columns.splice(at, 1);
      insert(context, columns, placed, at);
    }
  }
  const { watermark, primaryKey } = action;
  if (watermark !== null && table.watermark === null) {
    fail(context, watermark.span, "the table has no watermark to modify; ADD one");
  }
  if (primaryKey !== null && table.primaryKey === null) {
    fail(context, primaryKey.span, "the table has no primary key to modify; ADD one");
  }
  return {
    ...table,
    columns: columns,
    watermark: watermark ?? table.watermark,
    primaryKey: primaryKey ?? table.primaryKey,
  };
}

function insert(context: BindContext, columns: TableColumn[], { column, position }: PlacedColumn, end: number): void {
  const at = position === null ? end : position === "FIRST" ? 0 : known(context, columns, position) + 1;
  columns.splice(at, 0, column);
}

function dropColumn(context: BindContext, table: CreateTable, name: Identifier): CreateTable {
  const at = known(context, table.columns, name);
  refuseIfUsed(context, table, name, "dropped");
  if (table.primaryKey?.columns.some((each) => each.name === name.name) === true) {
    fail(context, name.span, `column '${name.name}' is in the primary key; drop that first`);
  }
  return { ...table, columns: table.columns.toSpliced(at, 1) };
}

function renameColumn(context: BindContext, table: CreateTable, from: Identifier, to: Identifier): CreateTable {
  const at = known(context, table.columns, from);
  if (indexOf(table.columns, to.name) >= 0) fail(context, to.span, `the table has a column '${to.name}' already`);
  refuseIfUsed(context, table, from, "renamed");
  const renamed = (each: Identifier): Identifier => (each.name === from.name ? { ...each, name: to.name } : each);
  const { primaryKey } = table;
  const column = table.columns[at];
  // Metadata without FROM goes by the name of the column.
  const key =
    column.kind === "MetadataColumn" && column.key === null
      ? { key: { kind: "StringLiteral", span: column.span, value: from.name } as const }
      : {};
  return {
    ...table,
    columns: table.columns.with(at, { ...column, ...key, name: to }),
    primaryKey: primaryKey === null ? null : { ...primaryKey, columns: primaryKey.columns.map(renamed) },
  };
}

/** A column that something of the table is computed of, or partitioned by, stays. */
function refuseIfUsed(context: BindContext, table: CreateTable, { name, span }: Identifier, done: string): void {
  for (const column of table.columns) {
    if (column.kind === "ComputedColumn" && column.name.name !== name && uses(column.expression, name)) {
      fail(context, span, `column '${name}' cannot be ${done}: computed column '${column.name.name}' uses it`);
    }
  }
  const { watermark } = table;
  if (watermark !== null && (watermark.column.parts[0].name === name || uses(watermark.expression, name))) {
    fail(context, span, `column '${name}' cannot be ${done}: the watermark uses it`);
  }
  if (table.distribution?.columns.some((each) => each.name === name) === true) {
    fail(context, span, `column '${name}' cannot be ${done}: the table is distributed by it`);
  }
  if (table.partitionedBy.some((each) => each.name === name)) {
    fail(context, span, `column '${name}' cannot be ${done}: the table is partitioned by it`);
  }
}

function uses(expression: Expression, name: string): boolean {
  let found = false;
  walk(expression, {
    ColumnReference({ parts: [first] }) {
      if (first.name === name) found = true;
    },
  });
  return found;
}

function indexOf(columns: readonly TableColumn[], name: string): number {
  return columns.findIndex((each) => each.name.name === name);
}

function known(context: BindContext, columns: readonly TableColumn[], { name, span }: Identifier): number {
  const at = indexOf(columns, name);
  if (at >= 0) return at;
  const names = columns.map((each) => each.name.name);
  return fail(context, span, `column '${name}' not found; the table has ${names.join(", ")}`, {
    candidates: { word: name, names },
  });
}

function simple(context: BindContext, name: QualifiedName): Identifier {
  if (name.parts.length === 1) return name.parts[0];
  return unsupported(context, name.span, "ALTER TABLE of a nested column");
}
