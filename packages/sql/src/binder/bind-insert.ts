/**
 * INSERT INTO. The plan below the sink gives the persisted columns of the table (physical and written metadata) in declared
 * order, cast to their types; the runtime hands them to the connector, metadata behind the physical ones.
 */
import { type DataType, formatType, sameType } from "@millrace/core";
import type { CatalogTable } from "@millrace/plan";
import {
  type CatalogColumn,
  canStoreAs,
  coerce,
  column,
  type Expression,
  type LogicalPlan,
  literal,
  type SinkNode,
  topologicalOrder,
} from "@millrace/plan";
import type { InsertStatement } from "../ast/statement.ts";
import { type BindContext, fail } from "./bind-context.ts";
import { hintOptions } from "./bind-named-table.ts";
import { bindQuery } from "./bind-query.ts";
import { project } from "./build-plan.ts";
import { knownEntry, shownName } from "./new-name.ts";
import { staticPartition } from "./static-partition.ts";

type PersistedColumn = Exclude<CatalogColumn, { readonly kind: "computed" }>;

export function bindInsert(context: BindContext, statement: InsertStatement): SinkNode {
  const table = targetTable(context, statement);
  if (statement.overwrite) requireOverwrite(context, statement, table);
  if (table.distribution !== undefined) {
    const message = `table '${table.name}' is distributed into buckets, which connector '${table.options.connector}' does not have`;
    fail(context, statement.table.span, message, { code: "SQL_UNSUPPORTED" });
  }
  const persisted = table.columns.filter(
    (each): each is PersistedColumn => each.kind === "physical" || (each.kind === "metadata" && !each.virtual),
  );
  refuseReadOnly(context, statement, table, persisted);
  const given = staticPartition(context, statement, table);
  const targets = targetColumns(context, statement, table, persisted, given);
  const query = bindQuery(context, statement.query);
  const mismatch = (reason: string): never => {
    const shown = (columns: readonly { readonly name: string; readonly type: DataType }[]) =>
      `[${columns.map((each) => `${each.name}: ${formatType(each.type)}`).join(", ")}]`;
    const schemas = `Query schema: ${shown(query.fields)} Sink schema: ${shown(targets)}`;
    return fail(context, statement.query.span, `the query does not fit table '${table.name}': ${reason}. ${schemas}`);
  };
  if (query.fields.length !== targets.length) {
    mismatch(`it gives ${query.fields.length} column(s), the table takes ${targets.length}`);
  }
  const expressions = persisted.map((each): Expression => {
    const fixed = given.get(each);
    if (fixed !== undefined) return fixed;
    const place = targets.indexOf(each);
    if (place < 0) {
      if (!each.type.nullable)
        fail(context, statement.table.span, `column '${each.name}' is NOT NULL and must be given a value`);
      return literal(null, writtenType(each));
    }
    const { name, type } = query.fields[place];
    if (!canStoreAs(type, each.type)) {
      mismatch(
        `column ${place + 1} ('${name}') is ${formatType(type)}, '${each.name}' takes ${formatType(each.type)}; use CAST`,
      );
    }
    return stored(column(place, type), each);
  });
  const input = aligned(query, persisted, expressions);
  const onConflict = conflictAction(context, statement, table, query);
  const hints = hintOptions(context, statement.hints);
  return { kind: "sink", input, fields: input.fields, table, hints, overwrite: statement.overwrite, onConflict };
}

function requireOverwrite(context: BindContext, { span }: InsertStatement, table: CatalogTable): void {
  const { connector } = table.options;
  if (context.session.connectors.get(connector)?.canOverwrite === true) return;
  const message = `INSERT OVERWRITE: connector '${connector}' of table '${table.name}' only adds rows; use INSERT INTO`;
  fail(context, span, message, { code: "SQL_UNSUPPORTED" });
}

/** What becomes of rows that meet at a primary key. ERROR and NOTHING are decided as the watermark advances. */
function conflictAction(
  context: BindContext,
  { onConflict }: InsertStatement,
  table: CatalogTable,
  query: LogicalPlan,
): SinkNode["onConflict"] {
  if (onConflict === null) return null;
  const { action, span } = onConflict;
  if (table.primaryKey.length === 0) fail(context, span, `table '${table.name}' has no PRIMARY KEY to conflict by`);
  if (action === "DEDUPLICATE") return "deduplicate";
  const timeless = topologicalOrder([query]).find((node) => node.kind === "scan" && node.table.watermark === null);
  if (timeless?.kind === "scan") {
    const why = `ON CONFLICT DO ${action} is decided when the watermark says that all changes are there`;
    fail(context, span, `${why}; give table '${timeless.table.name}' a WATERMARK, or say DO DEDUPLICATE`);
  }
  return action === "ERROR" ? "error" : "nothing";
}

/** What the connector is given of a column. */
function writtenType(each: PersistedColumn): DataType {
  return each.kind === "metadata" ? { ...each.connectorType, nullable: each.type.nullable } : each.type;
}

function stored(value: Expression, each: PersistedColumn): Expression {
  const cast = (expression: Expression, type: DataType): Expression =>
    sameType(expression.type, type) ? expression : coerce(expression, { ...type, nullable: expression.type.nullable });
  return cast(cast(value, each.type), writtenType(each));
}

function aligned(
  query: LogicalPlan,
  persisted: readonly PersistedColumn[],
  expressions: readonly Expression[],
): LogicalPlan {
  const isSame =
    expressions.length === query.fields.length &&
    expressions.every((each, i) => each.kind === "column" && each.index === i) &&
    persisted.every((each, i) => each.name === query.fields[i].name);
  return isSame
    ? query
    : project(
        query,
        persisted.map((each) => each.name),
        expressions,
      );
}

function targetTable(context: BindContext, { table }: InsertStatement): CatalogTable {
  const entry = knownEntry(context, table);
  if (entry.kind === "table") return entry.table;
  return fail(context, table.span, `'${shownName(table)}' is a view; INSERT INTO writes to tables`);
}

/** The columns that the query's columns go to, in their order. */
function targetColumns(
  context: BindContext,
  statement: InsertStatement,
  table: CatalogTable,
  persisted: readonly PersistedColumn[],
  given: ReadonlyMap<CatalogColumn, Expression>,
): readonly PersistedColumn[] {
  if (statement.columns.length === 0) return persisted.filter((each) => !given.has(each));
  const targets: PersistedColumn[] = [];
  for (const { name, span } of statement.columns) {
    const target = persisted.find((each) => each.name === name);
    if (target === undefined) {
      const declared = table.columns.find((each) => each.name === name);
      const names = persisted.map((each) => each.name);
      const why =
        declared === undefined
          ? `column '${name}' not found in table '${table.name}'`
          : `column '${name}' is ${declared.kind} and cannot be written`;
      return fail(context, span, `${why}; it takes ${names.join(", ")}`, { candidates: { word: name, names } });
    }
    if (given.has(target)) fail(context, span, `column '${name}' has its value in PARTITION already`);
    if (targets.includes(target)) fail(context, span, `column '${name}' is given twice`);
    targets.push(target);
  }
  return targets;
}

function refuseReadOnly(
  context: BindContext,
  statement: InsertStatement,
  table: CatalogTable,
  persisted: readonly PersistedColumn[],
): void {
  const connector = context.session.connectors.get(table.options.connector);
  for (const each of persisted) {
    if (each.kind !== "metadata") continue;
    const metadata = connector?.metadata?.find((known) => known.key === each.key);
    if (metadata?.writable !== false) continue;
    const message = `column '${each.name}' of table '${table.name}' is metadata '${each.key}', which can only be read; declare it VIRTUAL`;
    fail(context, statement.table.span, message);
  }
}
