/** Top-N: the first rows of each partition, or of each window of it; by time and of one row it is deduplication. */
import { column, literal } from "../expression/expression.ts";
import type { TopNNode } from "../logical/logical-plan.ts";
import { deduplicationOf } from "./deduplication.ts";
import type { PhysicalPlan } from "./physical-plan.ts";
import { type PlanContext, unsupported } from "./plan-context.ts";
import { isLocalWindow, isProcessingTimeWindow } from "./window-properties.ts";

export function planTopN(context: PlanContext, node: TopNNode): PhysicalPlan {
  // The only place there is need not be kept.
  const withPlace = node.withPlace && node.start < node.end;
  const fields = node.withPlace && !withPlace ? node.fields.slice(0, -1) : node.fields;
  const topN = planRows(context, { ...node, fields, withPlace });
  if (withPlace === node.withPlace) return topN;
  const passed = topN.fields.map((field, index) => column(index, field.type));
  const place = literal(node.start, node.fields[passed.length].type);
  const inputTypes = topN.fields.map((field) => field.type);
  const calc = { inputTypes, filter: null, projections: [...passed, place], watermark: null };
  return context.calcOn(topN, calc, node.fields);
}

function planRows(context: PlanContext, node: TopNNode): PhysicalPlan {
  const input = context.plan(node.input);
  const { fields, orderBy, outputs, start, end, withPlace } = node;
  const deduplication = deduplicationOf(node);
  const places = { orderBy, start, end, outputs, withPlace };
  if (input.changelogMode === "append") {
    const role = (name: string) => node.partitionKeys.find((key) => node.input.fields[key].role === name);
    const [startColumn, endColumn] = [role("window_start"), role("window_end")];
    if (startColumn !== undefined && endColumn !== undefined) {
      if (isProcessingTimeWindow(node.input, endColumn)) {
        throw unsupported("Top-N or deduplication per window over processing time: use windows over event time. It");
      }
      return {
        kind: "window-top-n",
        id: context.id(deduplication === null ? "window-top-n" : "window-deduplicate"),
        fields,
        changelogMode: "append",
        input,
        keys: node.partitionKeys.filter((key) => key !== startColumn && key !== endColumn),
        window: { startColumn, endColumn },
        ...places,
        keep: deduplication?.keep ?? null,
        ...(isLocalWindow(node.input, endColumn) ? { inLocalTime: true } : {}),
      };
    }
    // Behind a window function its time is one of the window, and comes in no order.
    if (deduplication !== null && node.input.fields[deduplication.timeColumn].role !== undefined) {
      const { keep, timeColumn, timeDomain } = deduplication;
      return {
        kind: "deduplicate",
        id: context.id("deduplicate"),
        fields,
        changelogMode: keep === "first" ? "append" : "retract",
        input,
        keys: node.partitionKeys,
        keep,
        timeColumn,
        timeDomain,
        outputs,
        stateTtlMs: context.options.stateTtlMs,
      };
    }
  }
  return {
    kind: "top-n",
    id: context.id("top-n"),
    fields,
    changelogMode: "retract",
    input,
    keys: node.partitionKeys,
    ...places,
    stateTtlMs: context.options.stateTtlMs,
  };
}
