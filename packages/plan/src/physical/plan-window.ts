/** Window table functions and the aggregations on their windows. */
import type { DataType } from "@millrace/core";
import { call, column, type Expression } from "../expression/expression.ts";
import type { AggregateNode, PlanField, WindowNode, WindowSpec } from "../logical/logical-plan.ts";
import { collapseCalc } from "./calc-chain.ts";
import type {
  CalcSpec,
  PhysicalPlan,
  PhysicalWindowAggregate,
  PhysicalWindowAssign,
  WindowProperty,
  WindowSource,
} from "./physical-plan.ts";
import { type PlanContext, requireAppend, unsupported } from "./plan-context.ts";
import { cutsLocalTime, isLocalWindow, windowColumnsOf, windowNodeBelow } from "./window-properties.ts";

/** What a window aggregate reads: where its windows come from, and where the columns of its logical input stand. */
interface AggregateInput {
  readonly input: PhysicalPlan;
  readonly window: WindowSource;
  readonly columnOf: (index: number) => number;
}

export function planWindowAssign(context: PlanContext, node: WindowNode): PhysicalPlan {
  const given = context.plan(node.input);
  requireAppend(given, "a window table function");
  const isLocal = cutsLocalTime(node);
  const input = isLocal ? context.withKeys(given, [windowTimeOf(node)]) : given;
  const added = node.fields.slice(given.fields.length);
  const assign: PhysicalWindowAssign = {
    kind: "window-assign",
    id: context.id("window-assign"),
    fields: [...input.fields, ...(isLocal ? added.map(asLocalTime) : added)],
    changelogMode: "append",
    input,
    window: node.window,
    timeColumn: isLocal ? given.fields.length : node.timeColumn,
    ...(isLocal && node.window.kind === "session" ? { inLocalTime: true } : {}),
  };
  if (!isLocal) return assign;
  const columns = assign.fields.map((field, index) => column(index, field.type));
  const projections = columns.toSpliced(given.fields.length, 1).map((each, i) => asInstant(each, node.fields[i]));
  const inputTypes = assign.fields.map((field) => field.type);
  return context.calcOn(assign, { inputTypes, filter: null, projections, watermark: null }, node.fields);
}

export function planWindowAggregate(context: PlanContext, node: AggregateNode): PhysicalPlan {
  const { input, window, columnOf } = windowSource(context, node);
  requireAppend(input, "a window aggregation");
  // Window columns among the group keys come out as properties; the others stay keys.
  const isProperty = (key: number) => windowRoles.has(node.input.fields[key].role ?? "");
  const keys = node.keys.filter((key) => !isProperty(key));
  const properties = node.keys.filter(isProperty).map((key) => node.input.fields[key].role as WindowProperty);
  const isLocal = isLocalWindow(node.input, windowColumnsOf(node.input)?.end ?? -1);
  const aggregateFields = node.fields.slice(node.keys.length);
  const keyFields = node.fields.slice(0, node.keys.length);
  const propertyFields = keyFields.filter((_, i) => isProperty(node.keys[i]));
  const aggregate: PhysicalWindowAggregate = {
    kind: "window-aggregate",
    id: context.id("window-aggregate"),
    fields: [
      ...keyFields.filter((_, i) => !isProperty(node.keys[i])),
      ...aggregateFields,
      ...(isLocal ? propertyFields.map(asLocalTime) : propertyFields),
    ],
    changelogMode: "append",
    input,
    keys: keys.map(columnOf),
    window,
    aggregates: node.aggregates.map((each) => ({
      ...each,
      args: each.args.map(columnOf),
      filter: each.filter === null ? null : columnOf(each.filter),
    })),
    properties,
    ...(isLocal ? { inLocalTime: true } : {}),
  };
  let nextKey = 0;
  let nextProperty = keys.length + node.aggregates.length;
  const order = [
    ...node.keys.map((key) => (isProperty(key) ? nextProperty++ : nextKey++)),
    ...node.aggregates.map((_, i) => keys.length + i),
  ];
  const calc = {
    inputTypes: aggregate.fields.map((field) => field.type),
    filter: null,
    projections: order.map((index, i) => {
      const value = column(index, aggregate.fields[index].type);
      return isLocal ? asInstant(value, node.fields[i]) : value;
    }),
    watermark: null,
  };
  return context.calcOn(aggregate, calc, node.fields);
}

/**
 * Where the windows of an aggregation come from. A window function directly below (only filters and projections that leave
 * its columns alone in between) is part of the aggregate: rows are then not repeated per window.
 */
function windowSource(context: PlanContext, node: AggregateNode): AggregateInput {
  const below = windowNodeBelow(node.input);
  const isShared = context.isShared;
  if (below !== null && (node.input === below || (!isShared(node.input) && !isShared(below)))) {
    const { base, calc } = collapseCalc(node.input, (each) => each === below || isShared(each));
    const width = below.input.fields.length;
    const read = columnsRead(node);
    const readsWindow = read.some((index) => isWindowColumn(calc.projections[index], width));
    const { window } = below;
    const isFusable = window.kind !== "session" || sessionKeys(node, window, calc) !== null;
    if (base === below && onlyPassesWindow(calc, width) && !readsWindow && isFusable) {
      requireEventTime(below.timeDomain);
      return assignedWindow(context, node, below, calc, read);
    }
  }
  const columns = windowColumnsOf(node.input);
  if (columns === null) throw new Error("a window aggregate without window columns");
  return {
    input: context.plan(node.input),
    window: { kind: "attached", startColumn: columns.start, endColumn: columns.end },
    columnOf: (index) => index,
  };
}

/** The input is what the aggregate reads, and the time. */
function assignedWindow(
  context: PlanContext,
  node: AggregateNode,
  below: WindowNode,
  calc: CalcSpec,
  read: readonly number[],
): AggregateInput {
  const { window } = below;
  const time = windowTimeOf(below);
  const fields: PlanField[] = [
    ...read.map((index) => withoutWindowRole(node.input.fields[index])),
    { name: below.input.fields[below.timeColumn].name, type: time.type },
  ];
  const projected: CalcSpec = {
    inputTypes: below.input.fields.map((field) => field.type),
    filter: calc.filter,
    projections: [...read.map((index) => calc.projections[index]), time],
    watermark: null,
  };
  const input = context.calcOver(below.input, projected, fields);
  const columnOf = (index: number) => read.indexOf(index);
  const assigned = { kind: "assigned", timeColumn: read.length, timeDomain: "event" } as const;
  if (window.kind !== "session") return { input, window: { ...assigned, window }, columnOf };
  const partitionKeys = sessionKeys(node, window, calc)?.map(columnOf) ?? [];
  return { input, window: { ...assigned, window: { ...window, partitionKeys } }, columnOf };
}

/** What windows are cut by: the time column, a TIMESTAMP_LTZ as the local time of the session. */
function windowTimeOf(node: WindowNode): Expression {
  const time = column(node.timeColumn, node.input.fields[node.timeColumn].type);
  return cutsLocalTime(node) ? call("cast", [time], { ...time.type, kind: "timestamp" } as DataType) : time;
}

/** `window_time` as the operators make it of local times. */
function asLocalTime(field: PlanField): PlanField {
  return field.type.kind === "timestamp_ltz" ? { ...field, type: { ...field.type, kind: "timestamp" } } : field;
}

/** The moment of a local `window_time`; other columns as they are. */
function asInstant(value: Expression, { type }: PlanField): Expression {
  return type.kind === "timestamp_ltz" && value.type.kind === "timestamp" ? call("cast", [value], type) : value;
}

const windowRoles: ReadonlySet<string> = new Set(["window_start", "window_end", "window_time"]);

/** The input columns of an aggregation apart from the window columns among its keys. */
function columnsRead({ input, keys, aggregates }: AggregateNode): readonly number[] {
  const plainKeys = keys.filter((key) => !windowRoles.has(input.fields[key].role ?? ""));
  const read = aggregates.flatMap(({ args, filter }) => (filter === null ? args : [...args, filter]));
  return [...new Set([...plainKeys, ...read])];
}

/**
 * The group keys that are the partition keys of a session window, if the sessions can be aggregated as their rows come: they
 * are grouped by what tells them apart, and no aggregate has to know all their values.
 */
function sessionKeys(node: AggregateNode, window: SessionSpec, calc: CalcSpec): readonly number[] | null {
  if (node.aggregates.some(({ distinct, name }) => distinct && name !== "min" && name !== "max")) return null;
  const groupKeys = node.keys.filter((key) => !windowRoles.has(node.input.fields[key].role ?? ""));
  const isColumn = (key: number, index: number) => {
    const expression = calc.projections[key];
    return expression.kind === "column" && expression.index === index;
  };
  const found = window.partitionKeys.map((index) => groupKeys.find((key) => isColumn(key, index)));
  const keys = found.filter((key) => key !== undefined);
  return keys.length === found.length && new Set(keys).size === new Set(groupKeys).size ? keys : null;
}

type SessionSpec = Extract<WindowSpec, { kind: "session" }>;

function isWindowColumn(expression: Expression, width: number): boolean {
  return expression.kind === "column" && expression.index >= width;
}

/** Whether a calc over a window function's output uses the window columns only by passing them on. */
function onlyPassesWindow(calc: CalcSpec, width: number): boolean {
  const usesWindow = (expression: Expression): boolean => {
    if (expression.kind === "column") return expression.index >= width;
    if (expression.kind === "field") return usesWindow(expression.input);
    return expression.kind === "call" && expression.args.some(usesWindow);
  };
  return (
    (calc.filter === null || !usesWindow(calc.filter)) &&
    calc.projections.every((expression) => expression.kind === "column" || !usesWindow(expression))
  );
}

function withoutWindowRole(field: PlanField): PlanField {
  return field.role === undefined ? field : { name: field.name, type: field.type };
}

export function requireEventTime(domain: "event" | "processing"): void {
  if (domain === "processing") throw unsupported("a window over processing time");
}
