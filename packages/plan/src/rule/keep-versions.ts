/**
 * A temporal join with a view of the last row of each key by ROW_NUMBER takes the rows of that view's input: each is a version.
 * The Top-1 would give only the last of those that come together.
 */
import { MillraceError } from "@millrace/core";
import { column, type Expression, literal } from "../expression/expression.ts";
import { substitute } from "../expression/rewrite.ts";
import type { LogicalPlan, TemporalJoinNode } from "../logical/logical-plan.ts";
import { rewriteGraph } from "./plan-graph.ts";

export function keepVersions(roots: readonly LogicalPlan[]): readonly LogicalPlan[] {
  return rewriteGraph(roots, (node) =>
    node.kind === "temporal-join" && node.versioned !== null
      ? { ...node, right: versionsOf(node, node.versioned) }
      : node,
  );
}

/** Errors: SQL_UNSUPPORTED for a condition on the last rows: one that fails would have to end the version before it. */
function versionsOf(
  { right }: TemporalJoinNode,
  { rightTime }: NonNullable<TemporalJoinNode["versioned"]>,
): LogicalPlan {
  let expressions: readonly Expression[] = right.fields.map((field, index) => column(index, field.type));
  let node = right;
  let isFiltered = false;
  while ((node.kind === "project" && node.watermark === null) || node.kind === "filter") {
    if (node.kind === "filter") isFiltered = true;
    else {
      const below = node.expressions;
      expressions = expressions.map((each) => substitute(each, below));
    }
    node = node.input;
  }
  if (node.kind !== "top-n" || node.end > 1) return right;
  const { input, orderBy, outputs } = node;
  const time = expressions[rightTime];
  const [first] = orderBy;
  if (time.kind !== "column" || !first.descending || first.column !== outputs[time.index]) return right;
  if (isFiltered) {
    throw new MillraceError({
      code: "SQL_UNSUPPORTED",
      message:
        "a condition on a view of last rows (ROW_NUMBER() ... = 1) that is joined FOR SYSTEM_TIME AS OF an event time is not supported yet; put it on the rows below ROW_NUMBER, or behind the join",
    });
  }
  const columns: readonly Expression[] = node.fields.map((field, index) =>
    index < outputs.length ? column(outputs[index], field.type) : literal(1, field.type),
  );
  return {
    kind: "project",
    fields: right.fields,
    input,
    expressions: expressions.map((each) => substitute(each, columns)),
    watermark: null,
  };
}
