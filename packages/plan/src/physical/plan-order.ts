/** ORDER BY, LIMIT and OFFSET: of bounded input at its end, of streams as far as they have an order. */
import { MillraceError } from "@millrace/core";
import { formatExpression } from "../expression/format-expression.ts";
import type { LimitNode, LogicalPlan, SortNode } from "../logical/logical-plan.ts";
import type { PhysicalPlan } from "./physical-plan.ts";
import { type PlanContext, requireAppend } from "./plan-context.ts";

export function planSort(context: PlanContext, node: SortNode): PhysicalPlan {
  const input = context.plan(node.input);
  const { fields, keys } = node;
  if (context.isBounded(node.input)) {
    return { kind: "sort", id: context.id("sort"), fields, changelogMode: "append", input, keys };
  }
  const [first, ...more] = keys;
  const { role } = node.input.fields[first.column];
  if (first.descending || (role !== "rowtime" && role !== "window_time" && role !== "proctime")) {
    const key = `${writtenKey(node)}${first.descending ? " DESC" : ""}`;
    throw new MillraceError({
      code: "SQL_UNSUPPORTED",
      message: `ORDER BY ${key} of unbounded input has no end to wait for: order by a time attribute, ascending, first; or add LIMIT, or bound the source`,
    });
  }
  requireAppend(input, "ORDER BY time");
  const timeDomain = role === "proctime" ? "processing" : "event";
  // Rows come in the order of processing time.
  if (timeDomain === "processing" && more.length === 0) return input;
  return {
    kind: "temporal-sort",
    id: context.id("temporal-sort"),
    fields,
    changelogMode: "append",
    input,
    timeColumn: first.column,
    timeDomain,
    keys: more,
  };
}

/** The first key as it was written: what is not in the SELECT list is computed beside it. */
function writtenKey({ input, keys: [first] }: SortNode): string {
  if (input.kind !== "project") return input.fields[first.column].name;
  return formatExpression(input.expressions[first.column], (index) => input.input.fields[index].name);
}

export function planLimit(context: PlanContext, node: LimitNode): PhysicalPlan {
  const { fields, limit, offset } = node;
  if (limit === 0) return { kind: "values", id: context.id("values"), fields, changelogMode: "append", rows: [] };
  const first = firstRowsOf(context, node);
  if (first !== null) return first;
  const input = context.plan(node.input);
  return { kind: "limit", id: context.id("limit"), fields, changelogMode: "append", input, limit, offset };
}

/** As a Top-N without partitions, which is updated: of an order that never ends, or of rows that are taken away. */
function firstRowsOf(context: PlanContext, { fields, input, limit, offset }: LimitNode): PhysicalPlan | null {
  const isOrdered = input.kind === "sort" && !context.isShared(input) && !context.isBounded(input) && limit !== null;
  const below: LogicalPlan = isOrdered ? input.input : input;
  const rows = context.plan(below);
  if (!isOrdered && rows.changelogMode === "append") return null;
  return {
    kind: "top-n",
    id: context.id("top-n"),
    fields,
    changelogMode: "retract",
    input: rows,
    keys: [],
    orderBy: isOrdered ? input.keys : [],
    start: offset + 1,
    end: limit === null ? Number.POSITIVE_INFINITY : offset + limit,
    outputs: fields.map((_, index) => index),
    withPlace: false,
    stateTtlMs: context.options.stateTtlMs,
  };
}
