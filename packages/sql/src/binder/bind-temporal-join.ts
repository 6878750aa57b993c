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
export type TemporalSides = Pick<TemporalJoinNode, "joinType" | "versioned" | "lookup"> & {
  readonly left: Side;
  readonly right: Side;
};

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
  if (role === "proctime") {
    if (!isTable(right.plan)) {
      fail(
        context,
        span,
        "FOR SYSTEM_TIME AS OF a processing time looks rows up in a table; a view that groups, joins or orders cannot be looked up: use an event time, or a join without FOR SYSTEM_TIME",
        { code: "SQL_UNSUPPORTED" },
      );
    }
    const [table] = right.scope.tables;
    const lookup = context.lookupHints?.take(table.path[table.path.length - 1]) ?? {};
    return { left, right, joinType, versioned: null, lookup };
  }
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
  return { left, right, joinType, versioned: { leftTime: bound.index, rightTime, rightKey }, lookup: {} };
}

export function temporalJoin(
  context: BindContext,
  { left, right, joinType, versioned, lookup }: TemporalSides,
  condition: Expression | null,
  span: Span,
): LogicalPlan {
  const width = left.plan.fields.length;
  const missing = (versioned?.rightKey ?? []).filter((key) => !isEquated(condition, width + key, width));
  if (missing.length > 0) {
    const names = missing.map((key) => `'${right.plan.fields[key].name}'`).join(", ");
    fail(context, span, `the condition of a temporal join equates each column of the primary key; it lacks ${names}`);
  }
  if (versioned === null) checkLookup(context, right.plan, condition, width, span);
  const padded = right.plan.fields.map(({ name, type }) =>
    planField(name, joinType === "left" ? { ...type, nullable: true } : type, undefined),
  );
  const fields = [...left.plan.fields, ...padded];
  return { kind: "temporal-join", joinType, left: left.plan, right: right.plan, condition, versioned, lookup, fields };
}

/** Whether a plan reads a table and at most filters and projects it. */
function isTable(plan: LogicalPlan): boolean {
  let node = plan;
  while (node.kind === "filter" || node.kind === "project") node = node.input;
  return node.kind === "scan";
}

/** What is looked up needs a key: an equality with the left or with a constant. */
function checkLookup(
  context: BindContext,
  right: LogicalPlan,
  condition: Expression | null,
  width: number,
  span: Span,
): void {
  const terms = conjuncts(condition);
  if (terms.some((term) => term.kind === "call" && term.name === "is not distinct from")) {
    unsupported(context, span, "IS NOT DISTINCT FROM in the condition of a lookup join", "use =");
  }
  const isKey = (index: number) => equalsOf(terms, width + index).some((other) => isLeft(other, width));
  if (right.fields.some((_, index) => isKey(index))) return;
  fail(
    context,
    span,
    "a lookup join needs an equality with a column of the table that is looked up, as in ON d.id = o.id",
  );
}

/** Whether a column of the right is equal to something of the left. */
function isEquated(condition: Expression | null, index: number, width: number): boolean {
  const others = equalsOf(conjuncts(condition), index);
  return others.some((other) => columnsUsed(other).size > 0 && isLeft(other, width));
}

/** What a column, or a cast of it, is equal to. */
function equalsOf(terms: readonly Expression[], index: number): readonly Expression[] {
  return terms.flatMap((term) => {
    if (term.kind !== "call" || term.name !== "=") return [];
    return term.args.flatMap((side, at) => {
      const own = side.kind === "call" && side.name === "cast" ? side.args[0] : side;
      return own.kind === "column" && own.index === index ? [term.args[1 - at]] : [];
    });
  });
}

function isLeft(expression: Expression, width: number): boolean {
  return [...columnsUsed(expression)].every((index) => index < width);
}
