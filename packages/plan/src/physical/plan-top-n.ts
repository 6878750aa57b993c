/** Top-N: the first rows of each partition. */
import { column, literal } from "../expression/expression.ts";
import type { TopNNode } from "../logical/logical-plan.ts";
import type { PhysicalPlan } from "./physical-plan.ts";
import type { PlanContext } from "./plan-context.ts";
export function planTopN(context: PlanContext, node: TopNNode): PhysicalPlan {
  const { partitionKeys, orderBy, start, end, outputs } = node;
  // The only place there is need not be kept.
  const withPlace = node.withPlace && start < end;
  const topN: PhysicalPlan = {
    kind: "top-n",
    id: context.id("top-n"),
    fields: node.withPlace && !withPlace ? node.fields.slice(0, -1) : node.fields,
    changelogMode: "retract",
    input: context.plan(node.input),
    keys: partitionKeys,
    orderBy,
    start,
    end,
    outputs,
    withPlace,
    stateTtlMs: context.options.stateTtlMs,
  };
  if (withPlace === node.withPlace) return topN;
  const passed = topN.fields.map((field, index) => column(index, field.type));
  const place = literal(start, node.fields[passed.length].type);
  const inputTypes = topN.fields.map((field) => field.type);
  const calc = { inputTypes, filter: null, projections: [...passed, place], watermark: null };
  return context.calcOn(topN, calc, node.fields);
}
