import type { OperatorFactory } from "@millrace/core";
import type { CalcKernel, CalcSpec, PhysicalPlan } from "@millrace/plan";

/** Turns the computing parts of a plan into code. */
export interface PlanCompiler {
  calc(spec: CalcSpec): CalcKernel;
  /** For nodes that neither read nor deliver. */
  operator(node: PhysicalPlan): OperatorFactory;
}
