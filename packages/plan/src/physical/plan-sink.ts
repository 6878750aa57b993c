/** Sinks: what stands between a query and its table, so that the table gets what it takes. */
import type { DataType, Field } from "@millrace/core";
import { MAX_LENGTH } from "@millrace/core";
import type { CatalogTable } from "../catalog/catalog-table.ts";
import type { LogicalPlan, SinkNode } from "../logical/logical-plan.ts";
import type { PhysicalPlan, PhysicalSink } from "./physical-plan.ts";
import type { PlanContext } from "./plan-context.ts";
import { pairsUpdates, upsertKeysOf } from "./upsert-keys.ts";

/** The settings `table.exec.sink.*`. */
export interface SinkRules {
  readonly notNull: "ERROR" | "DROP";
  readonly typeLength: "IGNORE" | "TRIM_PAD" | "ERROR";
  readonly upsertMaterialize: "AUTO" | "NONE" | "FORCE";
}

export const defaultSinkRules: SinkRules = { notNull: "ERROR", typeLength: "IGNORE", upsertMaterialize: "AUTO" };

export function planTableSink(context: PlanContext, root: SinkNode): PhysicalSink {
  const { table } = root;
  const options = { ...table.options, ...root.hints };
  const rules = context.options.sinkRules ?? defaultSinkRules;
  const given = constrained(context, context.plan(root.input), table, rules);
  const writesByKey = context.options.writesByKey?.(table, options) ?? false;
  const from = writesByKey ? byKey(context, root, given, writtenKeysOf(table), rules) : { input: given };
  const { changelogMode } = from.input;
  return { kind: "sink", id: context.id("sink"), fields: root.fields, changelogMode, ...from, table, options };
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

/** The rows of a table that is written by primary key, in an order by which its last change of a key is its row. */
function byKey(
  context: PlanContext,
  root: SinkNode,
  input: PhysicalPlan,
  keys: readonly number[],
  { upsertMaterialize }: SinkRules,
): Pick<PhysicalSink, "input" | "updateBefore"> {
  const own = upsertKeysOf(input);
  const isOrdered = own.some((key) => [...key].every((column) => keys.includes(column)));
  const isNeeded = input.changelogMode !== "append" && !isOrdered && upsertMaterialize !== "NONE";
  if (isNeeded || upsertMaterialize === "FORCE") {
    const materialized: PhysicalPlan = {
      kind: "upsert-materialize",
      id: context.id("upsert-materialize"),
      fields: input.fields,
      changelogMode: "upsert",
      input,
      keys,
    };
    return { input: materialized, updateBefore: "drop" };
  }
  const isSame = own.some((key) => key.size === keys.length && keys.every((column) => key.has(column)));
  // What a filter lets through of an update may be the row before alone: then it is the end of the row.
  if (!isSame || !pairsUpdates(input)) return { input, updateBefore: "delete" };
  return { input: isExclusive(context, root.input) ? withoutUpdateBefore(input) : input, updateBefore: "drop" };
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
