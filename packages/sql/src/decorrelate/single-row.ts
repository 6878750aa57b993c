import type { LogicalPlan } from "@millrace/plan";
import { planField } from "../binder/build-plan.ts";

/** Whether a query gives one row at most, whatever its tables hold. */
export function isAtMostOneRow(plan: LogicalPlan): boolean {
  switch (plan.kind) {
    case "values":
      return plan.rows.length <= 1;
    case "aggregate":
      return plan.keys.length === 0;
    case "limit":
      return (plan.limit !== null && plan.limit <= 1) || isAtMostOneRow(plan.input);
    case "filter":
    case "project":
    case "sort":
      return isAtMostOneRow(plan.input);
    default:
      return false;
  }
}

/** The query as one row: its only one, or NULL if there is none; a second row is an error when it comes. */
export function singleRow(plan: LogicalPlan): LogicalPlan {
  const calls = plan.fields.map(({ type }, index) => ({
    name: "single_value",
    args: [index],
    distinct: false,
    filter: null,
    type: { ...type, nullable: true },
  }));
  const fields = plan.fields.map(({ name }, index) => planField(name, calls[index].type, undefined));
  return { kind: "aggregate", input: plan, keys: [], aggregates: calls, fields };
}
