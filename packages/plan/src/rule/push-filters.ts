/**
 * Predicate push-down: a condition on one side of a join moves to that side, a condition on both becomes part of an inner
 * join's condition, a condition on group keys moves below the aggregation, a condition on a union into its inputs.
 *
 * What stands on a chain of filters and projections needs no rule: such chains become one kernel anyway, and the part of it
 * that a source can use is taken there (see physical/plan-scan.ts).
 */
import { isLeftOnly } from "@millrace/core";
import { asksForWatermark } from "../expression/asks-for-watermark.ts";
import type { Expression } from "../expression/expression.ts";
import { columnsUsed, conjunction, conjuncts, remapColumns, substitute } from "../expression/rewrite.ts";
import type { FilterNode, JoinNode, LogicalPlan } from "../logical/logical-plan.ts";
import { inputsOf } from "../logical/logical-plan.ts";
import { consumerCounts, withInputs } from "./plan-graph.ts";

export function pushFilters(roots: readonly LogicalPlan[]): readonly LogicalPlan[] {
  const shared = consumerCounts(roots);
  const done = new Map<LogicalPlan, LogicalPlan>();
  const isShared = (node: LogicalPlan) => (shared.get(node) ?? 0) > 1;

  const visit = (node: LogicalPlan): LogicalPlan => {
    let result = done.get(node);
    if (result === undefined) {
      if (node.kind === "filter" && asksForWatermark(node.condition)) result = { ...node, input: visit(node.input) };
      else if (node.kind === "filter") result = pushInto(node, conjuncts(node.condition));
      else if (node.kind === "join") result = pushIntoJoin(node, []);
      else result = withInputs(node, inputsOf(node).map(visit));
      done.set(node, result);
    }
    return result;
  };

  /** The filter's input with the terms applied as deep as they go. */
  const pushInto = (filter: FilterNode, terms: readonly Expression[]): LogicalPlan => {
    const input = filter.input;
    if (!isShared(input)) {
      switch (input.kind) {
        case "filter":
          // The watermark is that of its place.
          if (asksForWatermark(input.condition)) break;
          return pushInto(input, [...conjuncts(input.condition), ...terms]);
        case "project":
          // Through a projection, if something below can make use of it; a watermark must see all rows.
          if (input.watermark === null && reachesJoinOrAggregate(input.input, isShared)) {
            const below = terms.map((term) => substitute(term, input.expressions));
            const pushed = pushInto(filterOn(input.input, conjunction(below)), below);
            return { ...input, input: pushed };
          }
          break;
        case "join":
          return pushIntoJoin(input, terms);
        case "temporal-join": {
          // Conditions on versions stay above: below they would bring older ones to light. In what is looked up there are none.
          const width = input.left.fields.length;
          const isLeft = (term: Expression) => [...columnsUsed(term)].every((index) => index < width);
          const onLeft = terms.filter(isLeft);
          const others = terms.filter((term) => !isLeft(term));
          const isOn = input.versioned === null && input.joinType === "inner";
          const left =
            onLeft.length === 0 ? visit(input.left) : pushInto(filterOn(input.left, conjunction(onLeft)), onLeft);
          const on = isOn ? conjunction([...conjuncts(input.condition), ...others]) : input.condition;
          return wrap({ ...input, left, right: visit(input.right), condition: on }, isOn ? [] : others);
        }
        case "aggregate": {
          const isOnKeys = (term: Expression) =>
            input.keys.length > 0 && [...columnsUsed(term)].every((index) => index < input.keys.length);
          const onKeys = terms.filter(isOnKeys);
          if (onKeys.length === 0) break;
          const below = onKeys.map((term) => remapColumns(term, (index) => input.keys[index]));
          const pushed = { ...input, input: pushInto(filterOn(input.input, conjunction(below)), below) };
          return wrap(
            pushed,
            terms.filter((term) => !isOnKeys(term)),
          );
        }
        case "over":
        case "top-n": {
          // Partitions are cut out as wholes; any other condition would change the rows that are counted.
          const columnOf = (index: number) => (input.kind === "over" ? index : (input.outputs[index] ?? -1));
          const isOnKeys = (term: Expression) =>
            columnsUsed(term).size > 0 &&
            [...columnsUsed(term)].every((index) => input.partitionKeys.includes(columnOf(index)));
          const below = terms.filter(isOnKeys).map((term) => remapColumns(term, columnOf));
          if (below.length === 0) break;
          const filtered = { ...input, input: pushInto(filterOn(input.input, conjunction(below)), below) };
          return wrap(
            filtered,
            terms.filter((term) => !isOnKeys(term)),
          );
        }
        case "match": {
          // Partitions are matched by themselves: one that is filtered out is not needed.
          const { partitionKeys } = input;
          const isOnKeys = (term: Expression) =>
            columnsUsed(term).size > 0 && [...columnsUsed(term)].every((index) => index < partitionKeys.length);
          const below = terms.filter(isOnKeys).map((term) => remapColumns(term, (index) => partitionKeys[index]));
          if (below.length === 0) break;
          const filtered = { ...input, input: pushInto(filterOn(input.input, conjunction(below)), below) };
          return wrap(
            filtered,
            terms.filter((term) => !isOnKeys(term)),
          );
        }
        case "table-function": {
          const width = input.input.fields.length;
          const isBelow = (term: Expression) => [...columnsUsed(term)].every((index) => index < width);
          const below = terms.filter(isBelow);
          if (below.length === 0) break;
          const filtered = { ...input, input: pushInto(filterOn(input.input, conjunction(below)), below) };
          return wrap(
            filtered,
            terms.filter((term) => !isBelow(term)),
          );
        }
        case "set-operation": {
          const filtered = (each: LogicalPlan) => pushInto(filterOn(each, conjunction(terms)), terms);
          return { ...input, left: filtered(input.left), right: filtered(input.right) };
        }
        case "union":
          return {
            ...input,
            inputs: input.inputs.map((each) => pushInto(filterOn(each, conjunction(terms)), terms)),
          };
        default:
          break;
      }
    }
    return wrap(visit(input), terms);
  };

  const pushIntoJoin = (join: JoinNode, above: readonly Expression[]): LogicalPlan => {
    const leftWidth = join.left.fields.length;
    const side = (term: Expression) => {
      const used = [...columnsUsed(term)];
      if (used.length === 0) return "none";
      if (used.every((index) => index < leftWidth)) return "left";
      return used.every((index) => index >= leftWidth) ? "right" : "both";
    };
    const onLeft: Expression[] = [];
    const onRight: Expression[] = [];
    const on: Expression[] = [];
    const after: Expression[] = [];
    const isInner = join.joinType === "inner";
    for (const term of conjuncts(join.condition)) {
      const where = side(term);
      // ON conditions of the side that is not preserved only decide about matches: they may be applied before.
      if (where === "left" && (isInner || join.joinType === "right" || join.joinType === "semi")) onLeft.push(term);
      else if (where === "right" && (isInner || join.joinType === "left" || isLeftOnly(join.joinType)))
        onRight.push(term);
      else on.push(term);
    }
    for (const term of above) {
      const where = side(term);
      if (where === "left" && join.joinType !== "right" && join.joinType !== "full") onLeft.push(term);
      else if (where === "right" && (isInner || join.joinType === "right")) onRight.push(term);
      else if (isInner) on.push(term);
      else after.push(term);
    }
    const rightTerms = onRight.map((term) => remapColumns(term, (index) => index - leftWidth));
    const left = onLeft.length === 0 ? visit(join.left) : pushInto(filterOn(join.left, conjunction(onLeft)), onLeft);
    const right =
      rightTerms.length === 0 ? visit(join.right) : pushInto(filterOn(join.right, conjunction(rightTerms)), rightTerms);
    return wrap({ ...join, left, right, condition: conjunction(on) }, after);
  };

  return roots.map(visit);
}

function filterOn(input: LogicalPlan, condition: Expression | null): FilterNode {
  return { kind: "filter", fields: input.fields, input, condition: condition as Expression };
}

function wrap(input: LogicalPlan, terms: readonly Expression[]): LogicalPlan {
  return terms.length === 0 ? input : filterOn(input, conjunction(terms));
}

function reachesJoinOrAggregate(node: LogicalPlan, isShared: (node: LogicalPlan) => boolean): boolean {
  if (isShared(node)) return false;
  if (
    node.kind === "join" ||
    node.kind === "temporal-join" ||
    node.kind === "aggregate" ||
    node.kind === "over" ||
    node.kind === "top-n" ||
    node.kind === "match" ||
    node.kind === "table-function" ||
    node.kind === "union" ||
    node.kind === "set-operation"
  )
    return true;
  if (node.kind === "project") return node.watermark === null && reachesJoinOrAggregate(node.input, isShared);
  return node.kind === "filter" && reachesJoinOrAggregate(node.input, isShared);
}
