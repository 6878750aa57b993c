import {
  createDeduplicateFirst,
  createDeduplicateFirstInTime,
  createTopN,
  createTopOne,
  createWindowTopN,
  type OperatorFactory,
} from "@millrace/core";
import type { PhysicalDeduplicate, PhysicalTopN, PhysicalWindowTopN } from "@millrace/plan";

const timeToLive = ({ stateTtlMs }: PhysicalTopN | PhysicalDeduplicate) =>
  stateTtlMs > 0 ? { ttlMs: stateTtlMs } : {};

/** Of one place and rows that are only added just one row per key need be kept. */
export function topNFactory(node: PhysicalTopN): OperatorFactory {
  const { input, keys, orderBy: order, start, end, outputs, withPlace } = node;
  const base = { fields: input.fields, keys, order, outputs, ...timeToLive(node) };
  const emitUpdateBefore = node.changelogMode !== "upsert";
  const inputIsAppendOnly = input.changelogMode === "append";
  if (end === 1 && inputIsAppendOnly) {
    const spec = { kind: "top-one" as const, ...base, keepsLast: false, emitUpdateBefore };
    return (context) => createTopOne(spec, context);
  }
  const spec = { kind: "top-n" as const, ...base, start, end, withPlace, inputIsAppendOnly };
  return (context) => createTopN(spec, context);
}

/** Of rows of one time the first is the first of all, and the last the last. */
export function deduplicateFactory(node: PhysicalDeduplicate): OperatorFactory {
  const { input, keep, keys, outputs, timeColumn, timeDomain } = node;
  const base = { fields: input.fields, keys, outputs, ...timeToLive(node) };
  if (keep === "last") {
    // In processing time what comes later is later.
    const order = timeDomain === "event" ? [{ column: timeColumn, descending: true, nullsFirst: false }] : [];
    const spec = { kind: "top-one" as const, ...base, order, keepsLast: true };
    return (context) => createTopOne(spec, context);
  }
  if (timeDomain === "processing") {
    return (context) => createDeduplicateFirst({ kind: "deduplicate-first", ...base }, context);
  }
  const spec = { kind: "deduplicate-first-in-time" as const, ...base, timeColumn };
  return (context) => createDeduplicateFirstInTime(spec, context);
}

/** Once per window, when it is complete. */
export function windowTopNFactory(node: PhysicalWindowTopN): OperatorFactory {
  const { input, keep, keys, orderBy: order, start, end, outputs, window, withPlace } = node;
  const { startColumn, endColumn } = window;
  const base = { fields: input.fields, keys, order, start, end, outputs, withPlace, startColumn, endColumn };
  const spec = { kind: "window-top-n" as const, ...base, keepsLast: keep === "last" };
  return (context) => createWindowTopN(spec, context);
}
