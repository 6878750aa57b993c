import {
  createAttachedWindowAggregate,
  createGroupAggregate,
  createSessionWindowAggregate,
  createUpdatingWindowAggregate,
  createWindowAggregate,
  type OperatorFactory,
} from "@millrace/core";
import type { PhysicalGroupAggregate, PhysicalWindowAggregate } from "@millrace/plan";
import { aggregateSpecsOf } from "./aggregate-specs.ts";

/** GROUP BY without a window. */
export function groupAggregateFactory(node: PhysicalGroupAggregate): OperatorFactory {
  const { input, keys } = node;
  const spec = {
    kind: "group-aggregate" as const,
    keys,
    keyFields: keys.map((key) => input.fields[key]),
    aggregates: aggregateSpecsOf(node.aggregates, input.fields),
    inputIsAppendOnly: input.changelogMode === "append",
    emitUpdateBefore: node.changelogMode !== "upsert",
    ...(node.stateTtlMs > 0 ? { ttlMs: node.stateTtlMs } : {}),
  };
  return (context) => createGroupAggregate(spec, context);
}

/** By windows: of rows that carry theirs, sessions, or windows aligned to the clock. */
export function windowAggregateFactory(node: PhysicalWindowAggregate): OperatorFactory {
  const { input, keys, properties, window: source } = node;
  const aggregates = aggregateSpecsOf(node.aggregates, input.fields);
  const base = { inputFields: input.fields, keys, aggregates, properties };
  if (source.kind === "attached") {
    const { startColumn, endColumn } = source;
    if (input.changelogMode !== "append") {
      const spec = { kind: "updating-window-aggregate" as const, ...base, startColumn, endColumn };
      return (context) => createUpdatingWindowAggregate(spec, context);
    }
    const spec = { kind: "attached-window-aggregate" as const, ...base, startColumn, endColumn };
    return (context) => createAttachedWindowAggregate(spec, context);
  }
  const { window, timeColumn } = source;
  if (window.kind === "session") {
    // The planner lets pass only sessions grouped by their partition keys: what is grouped by tells sessions apart.
    const spec = { kind: "session-window-aggregate" as const, ...base, gapMs: window.gapMs, timeColumn };
    return (context) => createSessionWindowAggregate(spec, context);
  }
  const spec = { kind: "window-aggregate" as const, ...base, window, timeColumn };
  return (context) => createWindowAggregate(spec, context);
}
