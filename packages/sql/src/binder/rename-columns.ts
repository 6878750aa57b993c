import type { LogicalPlan } from "@millrace/plan";
import type { Span } from "../text/span.ts";
import { type BindContext, fail } from "./bind-context.ts";
import { rename } from "./build-plan.ts";

/** The plan under the names of a column list, which has one for each column or is empty. */
export function renamed(
  context: BindContext,
  plan: LogicalPlan,
  columns: readonly { readonly name: string }[],
  span: Span,
  owner: string,
): LogicalPlan {
  if (columns.length === 0) return plan;
  if (columns.length !== plan.fields.length) {
    const lists = `lists ${columns.length} column(s), its query has ${plan.fields.length}`;
    fail(context, span, `${owner} ${lists}: ${plan.fields.map((field) => field.name).join(", ")}`);
  }
  return rename(
    plan,
    columns.map((each) => each.name),
  );
}
