/** The interpreter of expressions: the reference that generated code is tested against, and what folds constants. */
import { MillraceError } from "@millrace/core";
import type { Evaluate, EvaluationContext } from "../function/evaluate.ts";
import { functionOf } from "../function/registry.ts";
import type { CallExpression, Expression } from "./expression.ts";

export const defaultEvaluationContext: EvaluationContext = { now: () => Date.now(), timeZone: "UTC" };

const evaluators = new WeakMap<CallExpression, Evaluate>();

/** The value of an expression over a row of values, all in the form of `valueAt`. */
export function evaluate(expression: Expression, row: readonly unknown[], context = defaultEvaluationContext): unknown {
  switch (expression.kind) {
    case "column":
      return row[expression.index];
    case "literal":
      return expression.value;
    case "field": {
      const input = evaluate(expression.input, row, context) as readonly unknown[] | null;
      return input === null ? null : (input[expression.index] ?? null);
    }
    case "call":
      return evaluateCall(expression, row, context);
  }
}

function evaluateCall(call: CallExpression, row: readonly unknown[], context: EvaluationContext): unknown {
  const { name, args } = call;
  // Only what decides is looked at: `x <> 0 AND 1 / x > 2` does not fail.
  if (name === "and" || name === "or") {
    const decisive = name === "or";
    let isUnknown = false;
    for (const arg of args) {
      const value = evaluate(arg, row, context);
      if (value === decisive) return decisive;
      if (value === null) isUnknown = true;
    }
    return isUnknown ? null : !decisive;
  }
  if (name === "case") {
    for (let i = 0; i + 1 < args.length; i += 2) {
      if (evaluate(args[i], row, context) === true) return evaluate(args[i + 1], row, context);
    }
    return evaluate(args[args.length - 1], row, context);
  }
  const definition = functionOf(call);
  if (definition === undefined) throw new MillraceError({ code: "INVARIANT", message: `unknown function ${name}` });
  const values = args.map((arg) => evaluate(arg, row, context));
  if (definition.seesNull !== true && values.includes(null)) return null;
  let evaluator = evaluators.get(call);
  if (evaluator === undefined) {
    evaluator = definition.evaluator(call);
    evaluators.set(call, evaluator);
  }
  return evaluator(values, context);
}
