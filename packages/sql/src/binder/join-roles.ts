import { isLeftOnly, type JoinType } from "@millrace/core";
import {
  conjuncts,
  type Expression,
  foldConstants,
  intervalBoundsOf,
  type LogicalPlan,
  type PlanField,
} from "@millrace/plan";

/**
 * Which roles columns keep through a join. A window join (equal window starts and ends) keeps the window; an interval join
 * (event times bound from both sides) keeps all; any other join gives rows in no order of time, so none.
 */
export function joinRoles(
  joinType: JoinType,
  left: LogicalPlan,
  right: LogicalPlan,
  condition: Expression | null,
): "all" | "window" | "none" {
  // Marks are updated when matches come.
  if (joinType === "mark" || condition === null) return "none";
  const folded = foldConstants(condition);
  // A semi or anti join is no interval join: its rows come in no order of time.
  if (!isLeftOnly(joinType) && intervalBoundsOf(folded, left.fields, right.fields) !== null) return "all";
  return isSameWindow(folded, left, right) ? "window" : "none";
}

function isSameWindow(condition: Expression, left: LogicalPlan, right: LogicalPlan): boolean {
  const fields: readonly PlanField[] = [...left.fields, ...right.fields];
  const equal = new Set<PlanField["role"]>();
  for (const term of conjuncts(condition)) {
    if (term.kind !== "call" || term.name !== "=") continue;
    const [a, b] = term.args;
    if (a.kind !== "column" || b.kind !== "column") continue;
    if (a.index < left.fields.length === b.index < left.fields.length) continue;
    if (fields[a.index].role === fields[b.index].role) equal.add(fields[a.index].role);
  }
  return equal.has("window_start") && equal.has("window_end");
}
