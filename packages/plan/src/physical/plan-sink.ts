/** Sinks: what stands between a query and its table, so that the table gets what it takes. */
import type { DataType, Field } from "@millrace/core";
import { MAX_LENGTH, MillraceError } from "@millrace/core";
import type { CatalogTable } from "../catalog/catalog-table.ts";
import type { LogicalPlan, SinkNode } from "../logical/logical-plan.ts";
import type { PhysicalPlan, PhysicalSink } from "./physical-plan.ts";
import type { PlanContext } from "./plan-context.ts";
import { type KeySet, pairsUpdates, upsertKeysOf } from "./upsert-keys.ts";

/** The settings `table.exec.sink.*`. */
export interface SinkRules {
  readonly notNull: "ERROR" | "DROP";
  readonly typeLength: "IGNORE" | "TRIM_PAD" | "ERROR";
  readonly upsertMaterialize: "AUTO" | "NONE" | "FORCE";
  /** Whether ON CONFLICT has to be said where rows of the query may meet at a primary key. */
  readonly requireOnConflict: "TRUE" | "FALSE";
}

export const defaultSinkRules: SinkRules = {
  notNull: "ERROR",
  typeLength: "IGNORE",
  upsertMaterialize: "AUTO",
  requireOnConflict: "FALSE",
};

export function planTableSink(context: PlanContext, root: SinkNode): PhysicalSink {
  const { overwrite, table } = root;
  if (overwrite && !context.isBounded(root.input)) {
    throw new MillraceError({
      code: "SQL_UNSUPPORTED",
      message: `INSERT OVERWRITE ${table.name}: rows are replaced when all new ones are there, which unbounded input never is; use INSERT INTO, or bound the source`,
    });
  }
  const options = { ...table.options, ...root.hints };
  const rules = context.options.sinkRules ?? defaultSinkRules;
  const given = constrained(context, context.plan(root.input), table, rules);
  const writesByKey = context.options.writesByKey?.(table, options) ?? false;
  const from = byKey(context, root, given, writesByKey, rules);
  const { changelogMode } = from.input;
  return {
    kind: "sink",
    id: context.id("sink"),
    fields: root.fields,
    changelogMode,
    ...from,
    table,
    options,
    overwrite,
  };
}

/** Columns that are written, in the order that INSERT gives them. */
function writtenColumns({ columns }: CatalogTable): readonly Field[] {
  return columns.filter((each) => each.kind === "physical" || (each.kind === "metadata" && !each.virtual));
}

/** The columns of the primary key among those that are written. */
export function writtenKeysOf(table: CatalogTable): readonly number[] {
  const names = writtenColumns(table).map(({ name }) => name);
  return table.primaryKey.map((name) => names.indexOf(name));
}

function constrained(
  context: PlanContext,
  input: PhysicalPlan,
  table: CatalogTable,
  { notNull: onNull, typeLength }: SinkRules,
): PhysicalPlan {
  const columns = writtenColumns(table).map(({ name, type }, column) => ({ name, type, column }));
  const notNull = columns.filter(({ type, column, name }) => {
    const isDemanded = !type.nullable || table.primaryKey.includes(name);
    return isDemanded && input.fields[column].type.nullable;
  });
  const lengths = typeLength === "IGNORE" ? [] : columns.filter(({ type }) => isLimited(type));
  if (notNull.length === 0 && lengths.length === 0) return input;
  return {
    kind: "sink-constraint",
    id: context.id("sink-constraint"),
    fields: input.fields,
    changelogMode: input.changelogMode,
    input,
    notNull: notNull.map(({ name, column }) => ({ name, column })),
    onNull: onNull === "DROP" ? "drop" : "error",
    lengths,
    onLength: typeLength === "ERROR" ? "error" : "trim-pad",
  };
}

function isLimited(type: DataType): boolean {
  if (type.kind === "char" || type.kind === "binary") return true;
  return (type.kind === "varchar" || type.kind === "varbinary") && type.length < MAX_LENGTH;
}

/**
 * The rows of a table with a primary key, in an order by which its last change of a key is its row. `writesByKey`: it takes changes
 * by key; otherwise it takes each change, and rows that are only added as they are.
 */
function byKey(
  context: PlanContext,
  { input: logical, onConflict, table }: SinkNode,
  input: PhysicalPlan,
  writesByKey: boolean,
  { requireOnConflict, upsertMaterialize }: SinkRules,
): Pick<PhysicalSink, "input" | "updateBefore"> {
  const isAppend = input.changelogMode === "append";
  if (!writesByKey && (isAppend || table.primaryKey.length === 0)) {
    if (onConflict !== null) throw neverUpdated(table);
    return { input };
  }
  const keys = writtenKeysOf(table);
  const own = upsertKeysOf(input);
  const isOrdered = own.some((key) => [...key].every((column) => keys.includes(column)));
  if (!isOrdered && upsertMaterialize !== "NONE") {
    if (onConflict === null && requireOnConflict === "TRUE") throw conflicting(table, input, own);
    if (onConflict === "error" || onConflict === "nothing") {
      return { input: compacted(context, input, keys, own, onConflict), updateBefore: "drop" };
    }
    if (!isAppend) return { input: materialized(context, input, keys), updateBefore: "drop" };
  }
  if (upsertMaterialize === "FORCE") return { input: materialized(context, input, keys), updateBefore: "drop" };
  if (!writesByKey) return { input };
  const isSame = own.some((key) => key.size === keys.length && keys.every((column) => key.has(column)));
  // What a filter lets through of an update may be the row before alone: then it is the end of the row.
  if (!isSame || !pairsUpdates(input)) return { input, updateBefore: "delete" };
  return { input: isExclusive(context, logical) ? withoutUpdateBefore(input) : input, updateBefore: "drop" };
}

function materialized(context: PlanContext, input: PhysicalPlan, keys: readonly number[]): PhysicalPlan {
  const { fields } = input;
  return {
    kind: "upsert-materialize",
    id: context.id("upsert-materialize"),
    fields,
    changelogMode: "upsert",
    input,
    keys,
  };
}

function compacted(
  context: PlanContext,
  input: PhysicalPlan,
  keys: readonly number[],
  own: readonly KeySet[],
  onConflict: "error" | "nothing",
): PhysicalPlan {
  const [smallest] = [...own].sort((a, b) => a.size - b.size);
  return {
    kind: "compacting-materialize",
    id: context.id("compacting-materialize"),
    fields: input.fields,
    changelogMode: "upsert",
    input,
    keys,
    upsertKey: smallest === undefined ? null : [...smallest],
    onConflict,
  };
}

function neverUpdated(table: CatalogTable): MillraceError {
  const message = `ON CONFLICT is for tables that are written by their primary key: '${table.name}' gets every row that this query adds`;
  return new MillraceError({ code: "SQL_UNSUPPORTED", message });
}

/** Nobody knows which row stays where several meet. */
function conflicting(table: CatalogTable, { fields }: PhysicalPlan, own: readonly KeySet[]): MillraceError {
  const keys = own.map((key) => `[${[...key].map((column) => fields[column].name).join(", ")}]`);
  const known = keys.length === 0 ? "have no key that is known" : `are told apart by ${keys.join(" or ")}`;
  return new MillraceError({
    code: "SQL_BIND",
    message:
      `rows of the query may meet at the primary key [${table.primaryKey.join(", ")}] of table '${table.name}': they ${known}; ` +
      "add ON CONFLICT DO DEDUPLICATE (the last one stays; keeps all rows), DO NOTHING (the first one stays) or DO ERROR (the job fails)",
  });
}

/** Whether nobody else reads the operator at the foot of a chain of projections. */
function isExclusive(context: PlanContext, node: LogicalPlan): boolean {
  if (context.isShared(node)) return false;
  return node.kind !== "project" || isExclusive(context, node.input);
}

/** The same rows without -U, which then is not even computed. */
function withoutUpdateBefore(node: PhysicalPlan): PhysicalPlan {
  switch (node.kind) {
    case "calc":
    case "sink-constraint": {
      const input = withoutUpdateBefore(node.input);
      return input === node.input ? node : { ...node, input, changelogMode: "upsert" };
    }
    case "group-aggregate":
      return node.changelogMode === "append" ? node : { ...node, changelogMode: "upsert" };
    case "top-n":
      return { ...node, changelogMode: "upsert" };
    default:
      return node;
  }
}
