/** Window table functions and the aggregations on their windows. */
import type { DataType } from "@millrace/core";
import { type AggregateCall, call, column, type Expression } from "../expression/expression.ts";
import type { AggregateNode, PlanField, WindowNode } from "../logical/logical-plan.ts";
import { userAggregateOf } from "../user-function/user-aggregate.ts";
import { collapseCalc } from "./calc-chain.ts";
import type {
  CalcSpec,
  PhysicalPlan,
  PhysicalWindowAggregate,
  PhysicalWindowAssign,
  WindowProperty,
  WindowSource,
} from "./physical-plan.ts";
import { type PlanContext, requireAppend, requireRetract } from "./plan-context.ts";
import {
  cutsLocalTime,
  isLocalWindow,
  isProcessingTimeWindow,
  windowColumnsOf,
  windowNodeBelow,
} from "./window-properties.ts";

/** What a window aggregate reads: where its windows come from, and where the columns of its logical input stand. */
interface AggregateInput {
  readonly input: PhysicalPlan;
  readonly window: WindowSource;
  readonly columnOf: (index: number) => number;
}

/** The clock does not tell when to take back what it assigned. */
const ofProcessingTime = "a window over processing time";

export function planWindowAssign(context: PlanContext, node: WindowNode): PhysicalPlan {
  const given = context.plan(node.input);
  if (node.timeDomain === "processing") requireAppend(given, ofProcessingTime);
  const isLocal = cutsLocalTime(node);
  const input = isLocal ? context.withKeys(given, [windowTimeOf(node)]) : given;
  const added = node.fields.slice(given.fields.length);
  const assign: PhysicalWindowAssign = {
    kind: "window-assign",
    id: context.id("window-assign"),
    fields: [...input.fields, ...(isLocal ? added.map(asLocalTime) : added)],
    changelogMode: given.changelogMode,
    input,
    window: node.window,
    timeColumn: isLocal ? given.fields.length : node.timeColumn,
    timeDomain: node.timeDomain,
    ...(isLocal && node.window.kind === "session" ? { inLocalTime: true } : {}),
  };
  if (!isLocal) return assign;
  const columns = assign.fields.map((field, index) => column(index, field.type));
  const projections = columns
    .toSpliced(given.fields.length, 1)
    .map((each, i) => (i < given.fields.length ? each : asMoment(each, node.fields[i])));
  const inputTypes = assign.fields.map((field) => field.type);
  return context.calcOn(assign, { inputTypes, filter: null, projections, watermark: null }, node.fields);
}

/**
 * The aggregation per window. Null if it groups by the columns of a window over processing time that is not directly below: the
 * clock that assigned its rows says nothing about when they come here, and they are grouped by its columns as by any other.
 */
export function planWindowAggregate(context: PlanContext, node: AggregateNode): PhysicalPlan | null {
  const source = windowSource(context, node);
  if (source === null) return null;
  const { input, window, columnOf } = source;
  if (window.kind === "assigned" && window.timeDomain === "processing") requireAppend(input, ofProcessingTime);
  if (input.changelogMode !== "append") requireRetract(node.aggregates, input);
  // Window columns among the group keys come out as properties; the others stay keys.
  const timeDomain = window.kind === "assigned" ? window.timeDomain : "event";
  const propertyOf = (key: number) => windowProperty(node.input.fields[key], timeDomain);
  const isProperty = (key: number) => propertyOf(key) !== null;
  const keys = node.keys.filter((key) => !isProperty(key));
  const properties = node.keys.map(propertyOf).filter((each) => each !== null);
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
      return isLocal ? asMoment(value, node.fields[i]) : value;
    }),
    watermark: null,
  };
  return context.calcOn(aggregate, calc, node.fields);
}

/** Whether aggregates of panes or of parts of a session can be put together; functions of users may not have that. */
function mergeable(aggregates: readonly AggregateCall[]): boolean {
  return aggregates.every((each) => userAggregateOf(each)?.merge !== null);
}

/**
 * Where the windows of an aggregation come from. A window function directly below (only filters and projections that leave
 * its columns alone in between) is part of the aggregate: rows are then not repeated per window.
 */
function windowSource(context: PlanContext, node: AggregateNode): AggregateInput | null {
  const below = windowNodeBelow(node.input);
  const isShared = context.isShared;
  if (below !== null && (node.input === below || (!isShared(node.input) && !isShared(below)))) {
    const { base, calc } = collapseCalc(node.input, (each) => each === below || isShared(each));
    const width = below.input.fields.length;
    const read = columnsRead(node, below);
    const readsWindow = read.some((index) => isWindowColumn(calc.projections[index], width));
    const isFusable =
      mergeable(node.aggregates) && (below.window.kind !== "session" || sessionKeys(node, below, calc) !== null);
    if (base === below && onlyPassesWindow(calc, width) && !readsWindow && isFusable) {
      const fused = assignedWindow(context, node, below, calc, read);
      const isUpdating = fused.input.changelogMode !== "append";
      // Rows that may be taken back go into each of their windows.
      if (!isUpdating || below.timeDomain === "processing") return fused;
    }
  }
  const columns = windowColumnsOf(node.input);
  if (columns === null) throw new Error("a window aggregate without window columns");
  if (isProcessingTimeWindow(node.input, columns.end)) return null;
  const input = context.plan(node.input);
  // What was computed of windows may change long after they ended: it is grouped by their columns as by any other.
  if (below === null && input.changelogMode !== "append") return null;
  return {
    input,
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
  const { window, timeDomain } = below;
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
  const assigned = { kind: "assigned", timeColumn: read.length, timeDomain } as const;
  if (window.kind !== "session") return { input, window: { ...assigned, window }, columnOf };
  const partitionKeys = sessionKeys(node, below, calc)?.map(columnOf) ?? [];
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

/** The moment of a local `window_time`, of one over processing time the present; other columns as they are. */
function asMoment(value: Expression, { type, role }: PlanField): Expression {
  if (role === "proctime") return call("proctime", [], type);
  return type.kind === "timestamp_ltz" && value.type.kind === "timestamp" ? call("cast", [value], type) : value;
}

/** Which property of the window a group key is; the processing time is `window_time` of a window over it. */
function windowProperty({ role }: PlanField, timeDomain: WindowNode["timeDomain"]): WindowProperty | null {
  if (role === "proctime" && timeDomain === "processing") return "window_time";
  return role === "window_start" || role === "window_end" || role === "window_time" ? role : null;
}

/** The input columns of an aggregation apart from the window columns among its keys. */
function columnsRead({ input, keys, aggregates }: AggregateNode, { timeDomain }: WindowNode): readonly number[] {
  const plainKeys = keys.filter((key) => windowProperty(input.fields[key], timeDomain) === null);
  const read = aggregates.flatMap(({ args, filter }) => (filter === null ? args : [...args, filter]));
  return [...new Set([...plainKeys, ...read])];
}

/**
 * The group keys that are the partition keys of a session window, if the sessions can be aggregated as their rows come: they
 * are grouped by what tells them apart, and no aggregate has to know all their values.
 */
function sessionKeys(
  node: AggregateNode,
  { timeDomain, window }: WindowNode,
  calc: CalcSpec,
): readonly number[] | null {
  if (window.kind !== "session") return null;
  if (node.aggregates.some(({ distinct, name }) => distinct && name !== "min" && name !== "max")) return null;
  const groupKeys = node.keys.filter((key) => windowProperty(node.input.fields[key], timeDomain) === null);
  const isColumn = (key: number, index: number) => {
    const expression = calc.projections[key];
    return expression.kind === "column" && expression.index === index;
  };
  const found = window.partitionKeys.map((index) => groupKeys.find((key) => isColumn(key, index)));
  const keys = found.filter((key) => key !== undefined);
  return keys.length === found.length && new Set(keys).size === new Set(groupKeys).size ? keys : null;
}

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
