/** CREATE TABLE … AS and REPLACE TABLE … AS: a table with the columns of a query, and the job that fills it. */

import { formatType } from "@millrace/core";
import type { CatalogEntry, PlanField } from "@millrace/plan";
import type { CreateTable, TableColumn } from "../ast/create-table.ts";
import type { Query } from "../ast/query.ts";
import { parseTypeName } from "../parser/parse.ts";
import { type BindContext, fail, unsupported } from "./bind-context.ts";
import { bindTable } from "./bind-create-table.ts";
import { bindInsert } from "./bind-insert.ts";
import type { BoundInsert, BoundStatement } from "./bound-statement.ts";
import { uniquelyNamed } from "./build-plan.ts";
import { newName, shownName } from "./new-name.ts";
import { bindDefinition } from "./table-definition.ts";

export function createTableAs(context: BindContext, statement: CreateTable, query: Query): BoundStatement {
  const { name, temporary, ifNotExists, replaces } = statement;
  const { catalog } = context.session;
  const present = replaces === null ? undefined : catalog.findPermanent(name.parts.map((part) => part.name));
  if (replaces === "REPLACE" && present === undefined) {
    fail(context, name.span, `table '${shownName(name)}' not found to replace; say CREATE OR REPLACE TABLE`);
  }
  const path = present?.path ?? newName(context, name, ifNotExists, temporary);
  if (path === null) return { kind: "ddl", summary: `Table ${shownName(name)} exists already.` };
  return define(context, statement, query, path, present);
}

/** The insert, without the table staying. */
export function explainTableAs(context: BindContext, statement: CreateTable): BoundInsert {
  const { catalog } = context.session;
  const before = catalog.find(statement.name.parts.map((part) => part.name));
  if (statement.query === null) throw new Error("EXPLAIN takes CREATE TABLE … AS only");
  const bound = createTableAs(context, statement, statement.query);
  if (bound.kind !== "insert")
    return fail(context, statement.name.span, `table '${shownName(statement.name)}' exists already`);
  const created = catalog.find(statement.name.parts.map((part) => part.name));
  if (created !== undefined && before === undefined) catalog.remove(created);
  else if (created !== undefined && before !== undefined) catalog.replace(created, before);
  return bound;
}

function define(
  context: BindContext,
  statement: CreateTable,
  query: Query,
  path: readonly string[],
  present: CatalogEntry | undefined,
): BoundStatement {
  const { name, temporary } = statement;
  const { catalog } = context.session;
  if (present?.kind === "view") fail(context, name.span, `'${shownName(name)}' is a view`);
  if (statement.partitionedBy.length > 0) {
    unsupported(context, statement.span, "PARTITIONED BY of CREATE TABLE … AS", "create the table, then INSERT INTO");
  }
  const { fields } = uniquelyNamed(context.bindQuery(context, query));
  const definition = {
    ...statement,
    temporary: false,
    replaces: null,
    query: null,
    columns: columnsOf(statement, fields),
  };
  const bind = (own: BindContext, full: CreateTable) => bindTable(own, full, path[2]);
  const table = bindDefinition(context, definition, statement.name.span, bind);
  if (present === undefined) catalog.create({ kind: "table", table }, path, temporary);
  else catalog.replace(present, { kind: "table", table });
  try {
    const columns = fields.map((field) => ({
      kind: "Identifier" as const,
      span: query.span,
      name: field.name,
      quoted: true,
    }));
    const base = {
      kind: "InsertStatement" as const,
      span: statement.span,
      overwrite: false,
      hints: [],
      partition: [],
      onConflict: null,
    };
    const sink = bindInsert(context, { ...base, table: name, columns, query });
    return { kind: "insert", sinks: [sink], createsTable: true };
  } catch (error) {
    // A table that cannot be filled is not created.
    const created = catalog.find(path);
    if (created !== undefined && present === undefined) catalog.remove(created);
    else if (created !== undefined && present !== undefined) catalog.replace(created, present);
    throw error;
  }
}

/** Columns of the statement come first; one with the name of a column of the query gives it its type. */
function columnsOf(statement: CreateTable, fields: readonly PlanField[]): readonly TableColumn[] {
  const own = new Set(statement.columns.map((each) => each.name.name));
  const { span } = statement;
  const added = fields
    .filter((field) => !own.has(field.name))
    .map((field): TableColumn => {
      const name = { kind: "Identifier" as const, span, name: field.name, quoted: true };
      return { kind: "PhysicalColumn", span, name, type: parseTypeName(formatType(field.type)), comment: null };
    });
  return [...statement.columns, ...added];
}
