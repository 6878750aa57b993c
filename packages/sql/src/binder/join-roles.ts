import { isLeftOnly, type JoinType } from "@millrace/core";
import { columnsUsed, conjuncts, type Expression, type LogicalPlan, type PlanField } from "@millrace/plan";

/**
 * Which roles columns keep through a join. A window join (equal window starts and ends) keeps the window; an interval join
 * (rowtimes bound from both sides) keeps all; any other join gives rows in no order of time, so none.
 */
export function joinRoles(
  joinType: JoinType,
  left: LogicalPlan,
  right: LogicalPlan,
  condition: Expression | null,
): "all" | "window" | "none" {
  // Marks are updated when matches come.
  if (joinType === "mark") return "none";
  const width = left.fields.length;
  const fields: readonly PlanField[] = [...left.fields, ...right.fields];
  const bounds = { window_start: false, window_end: false, below: false, above: false };
  for (const term of conjuncts(condition)) {
    if (term.kind !== "call" || term.args.length !== 2) continue;
    const [a, b] = term.args;
    const [roleA, sideA] = timeOf(a, fields, width);
    const [roleB, sideB] = timeOf(b, fields, width);
    if (roleA === null || roleB === null || sideA === sideB) continue;
    if (term.name === "=" && roleA === roleB && (roleA === "window_start" || roleA === "window_end"))
      bounds[roleA] = true;
    if (roleA !== "rowtime" || roleB !== "rowtime") continue;
    const isLess = term.name === "<" || term.name === "<=";
    const isGreater = term.name === ">" || term.name === ">=";
    if (term.name === "=") bounds.below = bounds.above = true;
    else if (isLess || isGreater) bounds[isLess === (sideA === "left") ? "below" : "above"] = true;
  }
  // A semi or anti join is no interval join: its rows come in no order of time.
  if (bounds.below && bounds.above && !isLeftOnly(joinType)) return "all";
  return bounds.window_start && bounds.window_end ? "window" : "none";
}

/** The role of the only time column that an expression uses, and its side of the join. */
function timeOf(
  expression: Expression,
  fields: readonly PlanField[],
  width: number,
): readonly [PlanField["role"] | null, "left" | "right"] {
  const used = [...columnsUsed(expression)];
  const side = used[0] < width ? "left" : "right";
  return [used.length === 1 ? (fields[used[0]].role ?? null) : null, side];
}
