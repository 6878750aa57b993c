/**
 * Top-N: a condition that bounds a ROW_NUMBER from above becomes a node that keeps only these rows.
 *
 * `SELECT ... FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY x) AS n FROM t) WHERE n <= 10 AND ...`: between the
 * condition and the window function there may be filters and projections. What else the conditions say stays above.
 */
import { column, type Expression, type LiteralExpression } from "../expression/expression.ts";
import { conjunction, conjuncts, substitute } from "../expression/rewrite.ts";
import type { FilterNode, LogicalPlan, OverNode, ProjectNode, TopNNode } from "../logical/logical-plan.ts";
import { rewriteGraph } from "./plan-graph.ts";

export function recognizeTopN(roots: readonly LogicalPlan[]): readonly LogicalPlan[] {
  return rewriteGraph(roots, (node) => (node.kind === "filter" ? (topNOf(node) ?? node) : node));
}

interface Chain {
  readonly over: OverNode;
  /** The columns of the filter, and all conditions, over the output of `over`. */
  readonly projections: readonly Expression[];
  readonly terms: readonly Expression[];
}

function topNOf(filter: FilterNode): LogicalPlan | null {
  const chain = chainBelow(filter);
  if (chain === null) return null;
  const { over, projections, terms } = chain;
  const [call] = over.calls;
  if (over.calls.length !== 1 || call.name !== "row_number") return null;
  const place = over.input.fields.length;
  let start = 1;
  let end = Number.POSITIVE_INFINITY;
  const others: Expression[] = [];
  for (const term of terms) {
    const range = rangeOf(term, place);
    if (range === null) others.push(term);
    else {
      start = Math.max(start, range.start);
      end = Math.min(end, range.end);
    }
  }
  if (end === Number.POSITIVE_INFINITY) return null;
  const fields = filter.fields;
  if (end < start) return { kind: "values", fields, rows: [] };
  const topN: TopNNode = {
    kind: "top-n",
    fields: over.fields,
    input: over.input,
    partitionKeys: over.partitionKeys,
    orderBy: over.orderBy,
    start,
    end,
    outputs: over.input.fields.map((_, index) => index),
    withPlace: true,
  };
  const condition = conjunction(others);
  const input: LogicalPlan =
    condition === null ? topN : { kind: "filter", fields: topN.fields, input: topN, condition };
  const project: ProjectNode = { kind: "project", fields, input, expressions: projections, watermark: null };
  return project;
}

/** Filters and projections down to window functions; null if there is something else below. */
function chainBelow(top: FilterNode): Chain | null {
  let projections: readonly Expression[] = top.fields.map((field, index) => column(index, field.type));
  let terms: readonly Expression[] = [];
  let node: LogicalPlan = top;
  for (;;) {
    if (node.kind === "filter") {
      terms = [...conjuncts(node.condition), ...terms];
      node = node.input;
    } else if (node.kind === "project" && node.watermark === null) {
      const { expressions } = node;
      projections = projections.map((each) => substitute(each, expressions));
      terms = terms.map((each) => substitute(each, expressions));
      node = node.input;
    } else return node.kind === "over" ? { over: node, projections, terms } : null;
  }
}

const mirrored = new Map([
  ["<", ">"],
  ["<=", ">="],
  ["=", "="],
  [">=", "<="],
  [">", "<"],
]);

/** The places that a condition on the place alone leaves; null if it is no comparison with a literal. */
function rangeOf(term: Expression, place: number): { readonly start: number; readonly end: number } | null {
  if (term.kind !== "call" || !mirrored.has(term.name)) return null;
  const [a, b] = term.args;
  const isPlace = (each: Expression) => each.kind === "column" && each.index === place;
  const [operator, bound] = isPlace(a) ? [term.name, b] : isPlace(b) ? [mirrored.get(term.name), a] : ["", a];
  const value = operator === "" ? null : placeNumber(bound);
  if (value === null) return null;
  const all = { start: 1, end: Number.POSITIVE_INFINITY };
  switch (operator) {
    case "<":
      return { ...all, end: value - 1 };
    case "<=":
      return { ...all, end: value };
    case ">":
      return { ...all, start: value + 1 };
    case ">=":
      return { ...all, start: value };
    default:
      return { start: value, end: value };
  }
}

function placeNumber(expression: Expression): number | null {
  if (expression.kind !== "literal") return null;
  const { value } = expression as LiteralExpression;
  return typeof value === "number" && Number.isSafeInteger(value) && expression.type.kind !== "decimal" ? value : null;
}
