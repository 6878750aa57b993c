/** `JOIN t FOR SYSTEM_TIME AS OF time`: what stands for a row of the left at its time. */
import {
  columnsUsed,
  conjuncts,
  type Expression,
  type LogicalPlan,
  type TemporalJoinNode,
  uniqueKeyOf,
} from "@millrace/plan";
import type { Expression as Tree } from "../ast/expression.ts";
import type { Span } from "../text/span.ts";
import { type BindContext, fail, unsupported } from "./bind-context.ts";
import { bindExpression } from "./bind-expression.ts";
import { planField } from "./build-plan.ts";
import { expressionContext } from "./expression-context.ts";
import type { Scope } from "./scope.ts";

interface Side {
  readonly plan: LogicalPlan;
  readonly scope: Scope;
}

/** Everything of the join but its condition, which is bound over both sides. */
export interface TemporalSides {
  readonly left: Side;
  readonly right: Side;
  readonly joinType: "inner" | "left";
  readonly versioned: TemporalJoinNode["versioned"];
}

export function bindTemporalSides(
  context: BindContext,
  left: Side,
  right: Side,
  joinType: string,
  time: Tree,
  span: Span,
): TemporalSides {
  if (joinType !== "inner" && joinType !== "left") {
    return unsupported(
      context,
      span,
      `${joinType.toUpperCase()} JOIN with FOR SYSTEM_TIME AS OF`,
      "use JOIN or LEFT JOIN",
    );
  }
  const bound = bindExpression(expressionContext(context, left.scope, "FOR SYSTEM_TIME AS OF"), time);
  const role = bound.kind === "column" ? left.plan.fields[bound.index].role : undefined;
  if (bound.kind !== "column" || (role !== "rowtime" && role !== "proctime" && role !== "window_time")) {
    const others = left.plan.fields.filter((field) => field.role === "rowtime" || field.role === "proctime");
    const hint = others.length === 0 ? "" : `: here ${others.map((field) => `'${field.name}'`).join(" or ")}`;
    return fail(context, time.span, `FOR SYSTEM_TIME AS OF takes a time attribute of the left side${hint}`);
  }
  if (role === "proctime") return { left, right, joinType, versioned: null };
  const rightKey = uniqueKeyOf(right.plan);
  const rightTime = right.plan.fields.findIndex((field) => field.role === "rowtime");
  if (rightKey === null || rightTime < 0) {
    const lacks = rightKey === null ? "no primary key" : "no event time (WATERMARK)";
    return fail(
      context,
      span,
      `the table FOR SYSTEM_TIME AS OF an event time must be versioned, by a primary key and an event time, but it has ${lacks}`,
    );
  }
  return { left, right, joinType, versioned: { leftTime: bound.index, rightTime, rightKey } };
}

export function temporalJoin(
  context: BindContext,
  { left, right, joinType, versioned }: TemporalSides,
  condition: Expression | null,
  span: Span,
): LogicalPlan {
  const width = left.plan.fields.length;
  const missing = (versioned?.rightKey ?? []).filter((key) => !isEquated(condition, width + key, width));
  if (missing.length > 0) {
    const names = missing.map((key) => `'${right.plan.fields[key].name}'`).join(", ");
    fail(context, span, `the condition of a temporal join equates each column of the primary key; it lacks ${names}`);
  }
  const padded = right.plan.fields.map(({ name, type }) =>
    planField(name, joinType === "left" ? { ...type, nullable: true } : type, undefined),
  );
  const fields = [...left.plan.fields, ...padded];
  return { kind: "temporal-join", joinType, left: left.plan, right: right.plan, condition, versioned, fields };
}

/** Whether a column of the right is equal to something of the left. */
function isEquated(condition: Expression | null, index: number, width: number): boolean {
  return conjuncts(condition).some((term) => {
    if (term.kind !== "call" || term.name !== "=") return false;
    return term.args.some((side, at) => {
      const other = [...columnsUsed(term.args[1 - at])];
      return side.kind === "column" && side.index === index && other.length > 0 && other.every((each) => each < width);
    });
  });
}
