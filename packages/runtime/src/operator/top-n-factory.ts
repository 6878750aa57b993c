import { createTopN, createTopOne, type OperatorFactory } from "@millrace/core";
import type { PhysicalTopN } from "@millrace/plan";

/** Of one place and rows that are only added just one row per key need be kept. */
export function topNFactory(node: PhysicalTopN): OperatorFactory {
  const { input, keys, orderBy: order, start, end, outputs, withPlace } = node;
  const base = {
    fields: input.fields,
    keys,
    order,
    outputs,
    ...(node.stateTtlMs > 0 ? { ttlMs: node.stateTtlMs } : {}),
  };
  const inputIsAppendOnly = input.changelogMode === "append";
  if (end === 1 && inputIsAppendOnly) {
    const spec = { kind: "top-one" as const, ...base, keepsLast: false };
    return (context) => createTopOne(spec, context);
  }
  const spec = { kind: "top-n" as const, ...base, start, end, withPlace, inputIsAppendOnly };
  return (context) => createTopN(spec, context);
}
