import type { DataType, OperatorFactory, PairPredicate } from "@millrace/core";
import type { CalcKernel, CalcSpec, Expression, PhysicalPlan } from "@millrace/plan";

/** Turns the computing parts of a plan into code. */
export interface PlanCompiler {
  calc(spec: CalcSpec): CalcKernel;
  /** The value, in the form of `valueAt`, of an expression without columns. */
  evaluate(expression: Expression): unknown;
  /** What must hold for pairs of rows of inputs with these types. */
  pairPredicate(condition: Expression, left: readonly DataType[], right: readonly DataType[]): PairPredicate;
  /** For nodes that neither read nor deliver. */
  operator(node: PhysicalPlan): OperatorFactory;
}
