import { BOOLEAN, isLeftOnly, type JoinType } from "@millrace/core";
import type { Expression, JoinNode, LogicalPlan } from "@millrace/plan";
import { planField } from "./build-plan.ts";
import { joinRoles } from "./join-roles.ts";

/** A join; the columns of a side that may be missing can be NULL, roles stay as far as the join keeps their meaning. */
export function joinPlan(
  joinType: JoinType,
  left: LogicalPlan,
  right: LogicalPlan,
  condition: Expression | null,
): JoinNode {
  const roles = joinRoles(joinType, left, right, condition);
  const outputs = [...left.fields, ...(isLeftOnly(joinType) ? [] : right.fields)];
  const fields = outputs.map((field, index) => {
    const isLeft = index < left.fields.length;
    const padded = joinType === "full" || joinType === (isLeft ? "right" : "left");
    const role = roles === "all" || (roles === "window" && field.role?.startsWith("window_")) ? field.role : undefined;
    return planField(field.name, padded ? { ...field.type, nullable: true } : field.type, role);
  });
  const mark = joinType === "mark" ? [{ name: "$mark", type: { ...BOOLEAN, nullable: false } }] : [];
  return { kind: "join", joinType, left, right, condition, fields: [...fields, ...mark] };
}
