/** A chain of filters and projections collapsed into one CalcSpec: one pass over the rows instead of one per node. */
import { column, type Expression } from "../expression/expression.ts";
import { conjunction, conjuncts, substitute } from "../expression/rewrite.ts";
import type { LogicalPlan, PlanField } from "../logical/logical-plan.ts";
import type { CalcSpec } from "./physical-plan.ts";

export interface CalcChain {
  /** The first node below that is no filter or projection, or that others use too. */
  readonly base: LogicalPlan;
  readonly calc: CalcSpec;
}

/** Collapses downwards from `top`, which belongs to the chain if it is a filter or a projection. */
export function collapseCalc(top: LogicalPlan, isShared: (node: LogicalPlan) => boolean): CalcChain {
  let projections: readonly Expression[] = top.fields.map((field, index) => column(index, field.type));
  let terms: readonly Expression[] = [];
  let watermark: Expression | null = null;
  let base = top;
  while (base === top || !isShared(base)) {
    if (base.kind === "filter") {
      terms = [...conjuncts(base.condition), ...terms];
      base = base.input;
    } else if (base.kind === "project") {
      const { expressions } = base;
      projections = projections.map((expression) => substitute(expression, expressions));
      terms = terms.map((term) => substitute(term, expressions));
      watermark = base.watermark;
      base = base.input;
    } else break;
  }
  return {
    base,
    calc: { inputTypes: base.fields.map((field) => field.type), filter: conjunction(terms), projections, watermark },
  };
}

/** Two passes as one. The upper one computes no watermark. */
export function onTopOf(lower: CalcSpec, upper: CalcSpec): CalcSpec {
  const above = upper.filter === null ? [] : [substitute(upper.filter, lower.projections)];
  return {
    inputTypes: lower.inputTypes,
    filter: conjunction([...conjuncts(lower.filter), ...above]),
    projections: upper.projections.map((expression) => substitute(expression, lower.projections)),
    watermark: lower.watermark,
  };
}

export function isIdentity(calc: CalcSpec, inputFields: readonly PlanField[]): boolean {
  return (
    calc.filter === null &&
    calc.watermark === null &&
    calc.projections.length === inputFields.length &&
    calc.projections.every((expression, index) => expression.kind === "column" && expression.index === index)
  );
}
