/** What the planning of a node needs of the planner: its inputs planned, names, and calcs that fuse with what is below. */
import { MillraceError } from "@millrace/core";
import type { AggregateCall, Expression } from "../expression/expression.ts";
import type { LogicalPlan, PlanField } from "../logical/logical-plan.ts";
import { userAggregateOf } from "../user-function/user-aggregate.ts";
import type { CalcSpec, ChangelogMode, PhysicalPlan } from "./physical-plan.ts";
import type { PlannerOptions } from "./physical-planner.ts";

export interface PlanContext {
  readonly options: PlannerOptions;
  /** The physical node of a logical one; the same for a node that is used twice. */
  readonly plan: (node: LogicalPlan) => PhysicalPlan;
  /** A new operator id, `kind-N`. */
  readonly id: (kind: string) => string;
  /** Whether several nodes read this one. */
  readonly isShared: (node: LogicalPlan) => boolean;
  /** Whether a temporal join looks up rows of this node as they were at some time. */
  readonly isVersioned: (node: LogicalPlan) => boolean;
  /** Whether all that a node reads ends by itself. */
  readonly isBounded: (node: LogicalPlan) => boolean;
  /** A calc on a planned input; nothing if it changes nothing. */
  readonly calcOn: (input: PhysicalPlan, calc: CalcSpec, fields: readonly PlanField[]) => PhysicalPlan;
  /** The calc over a logical input, fused with the chain of filters and projections below it. */
  readonly calcOver: (input: LogicalPlan, calc: CalcSpec, fields: readonly PlanField[]) => PhysicalPlan;
  /** An input with computed columns behind its own. */
  readonly withKeys: (input: PhysicalPlan, extra: readonly Expression[]) => PhysicalPlan;
}

export function modeOf(inputs: readonly PhysicalPlan[]): ChangelogMode {
  return inputs.every((input) => input.changelogMode === "append") ? "append" : "retract";
}

export function requireAppend(input: PhysicalPlan, what: string): void {
  if (input.changelogMode === "append") return;
  throw new MillraceError({
    code: "SQL_UNSUPPORTED",
    message: `${what} needs rows that are only added, but its input updates rows it has emitted (operator ${input.id}); aggregate by window below it, or move it above`,
  });
}

/** Functions of users that are given rows which are taken away again must say how. */
export function requireRetract(aggregates: readonly AggregateCall[], input: PhysicalPlan): void {
  const lacking = aggregates.map(userAggregateOf).find((each) => each?.retract === null);
  if (lacking == null) return;
  throw new MillraceError({
    code: "SQL_UNSUPPORTED",
    message: `the aggregate function ${lacking.name} has no retract, which it needs where rows are taken away again (operator ${input.id} updates rows it has emitted)`,
  });
}

export function unsupported(what: string): MillraceError {
  return new MillraceError({ code: "SQL_UNSUPPORTED", message: `${what} is not supported yet` });
}
