/**
 * Asynchronous functions: a kernel cannot wait, so calls in a calc become operators below it, innermost first, and columns in
 * their place. Conditions without calls go first, then those with calls, and only then what SELECT calls.
 */
import { MillraceError } from "@millrace/core";
import { type CallExpression, column, type Expression, forEachNode, transform } from "../expression/expression.ts";
import { expressionKey } from "../expression/expression-key.ts";
import { conjunction, conjuncts } from "../expression/rewrite.ts";
import type { PlanField } from "../logical/logical-plan.ts";
import { asyncCodeOf } from "../user-function/user-scalar.ts";
import type { CalcSpec, PhysicalAsyncCall, PhysicalPlan } from "./physical-plan.ts";
import type { PlanContext } from "./plan-context.ts";

export function hasAsyncCall(expressions: readonly Expression[]): boolean {
  return expressions.some((expression) => {
    let isFound = false;
    forEachNode(expression, (node) => {
      if (asyncCodeOf(node) !== undefined) isFound = true;
    });
    return isFound;
  });
}

/** Whether a calc has calls that it cannot make itself. */
export function needsAsyncCalls({ filter, projections }: CalcSpec): boolean {
  return hasAsyncCall(filter === null ? projections : [filter, ...projections]);
}

/** The calc without what needs calls: conditions and the watermark, over all columns. */
export function beforeAsyncCalls(calc: CalcSpec): CalcSpec {
  const ready = conjuncts(calc.filter).filter((term) => !hasAsyncCall([term]));
  return {
    ...calc,
    filter: conjunction(ready),
    projections: calc.inputTypes.map((type, index) => column(index, type)),
  };
}

/** The rest of the calc, on the rows that `beforeAsyncCalls` lets pass. */
export function planAsyncCalls(
  context: PlanContext,
  input: PhysicalPlan,
  calc: CalcSpec,
  fields: readonly PlanField[],
): PhysicalPlan {
  let terms = conjuncts(calc.filter).filter((term) => hasAsyncCall([term]));
  let projections = calc.projections;
  let below = input;
  const isFiltered = terms.length > 0;
  for (let calls = innermostCalls(terms); calls.length > 0; calls = innermostCalls(terms)) {
    const { node, replace } = callOn(context, below, calls);
    below = node;
    terms = terms.map(replace);
    projections = projections.map(replace);
  }
  if (isFiltered) below = context.calcOn(below, { ...identityOf(below), filter: conjunction(terms) }, below.fields);
  for (let calls = innermostCalls(projections); calls.length > 0; calls = innermostCalls(projections)) {
    const { node, replace } = callOn(context, below, calls);
    below = node;
    projections = projections.map(replace);
  }
  return context.calcOn(below, { ...identityOf(below), projections }, fields);
}

/** Each once, those whose arguments hold no other. */
function innermostCalls(expressions: readonly Expression[]): readonly CallExpression[] {
  const found = new Map<string, CallExpression>();
  for (const expression of expressions)
    forEachNode(expression, (node) => {
      if (node.kind === "call" && asyncCodeOf(node) !== undefined && !hasAsyncCall(node.args))
        found.set(expressionKey(node), node);
    });
  return [...found.values()];
}

function callOn(
  context: PlanContext,
  input: PhysicalPlan,
  calls: readonly CallExpression[],
): { readonly node: PhysicalAsyncCall; readonly replace: (expression: Expression) => Expression } {
  for (const call of calls) requireDeterministic(call, input);
  const passed = input.fields.length;
  const extra: Expression[] = [];
  const place = (arg: Expression) => (arg.kind === "column" ? arg.index : passed + extra.push(arg) - 1);
  const placed = calls.map((call) => ({ call, args: call.args.map(place) }));
  const node: PhysicalAsyncCall = {
    kind: "async-call",
    id: context.id("async-call"),
    fields: [...input.fields, ...calls.map((call, i) => ({ name: `${call.name}$${passed + i}`, type: call.type }))],
    changelogMode: input.changelogMode,
    input: context.withKeys(input, extra),
    passed,
    calls: placed,
  };
  const columnOf = new Map(calls.map((call, i) => [expressionKey(call), column(passed + i, call.type)]));
  const replace = (expression: Expression) =>
    transform(expression, (each) => columnOf.get(expressionKey(each)) ?? each);
  return { node, replace };
}

/** A row that is taken away must take the same value with it. */
function requireDeterministic(call: CallExpression, input: PhysicalPlan): void {
  if (input.changelogMode === "append" || asyncCodeOf(call)?.isDeterministic !== false) return;
  throw new MillraceError({
    code: "SQL_UNSUPPORTED",
    message: `the asynchronous function ${call.name} is not deterministic, so it cannot be called for rows that are taken away again (operator ${input.id} updates rows it has emitted)`,
  });
}

function identityOf({ fields }: PhysicalPlan): CalcSpec {
  const inputTypes = fields.map((field) => field.type);
  const projections = inputTypes.map((type, index) => column(index, type));
  return { inputTypes, filter: null, projections, watermark: null };
}
