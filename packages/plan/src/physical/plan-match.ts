/**
 * MATCH_RECOGNIZE: what conditions say of a row alone is computed with the input, a batch at a time, and reaches the
 * operator as flags of the row; only the rest is asked row by row.
 *
 * What could fail is not computed before: a condition is asked only of rows that may be mapped to its variable.
 */
import { MAX_FLAGS } from "@millrace/core";
import { column, type Expression, forEachNode, transform } from "../expression/expression.ts";
import { expressionKey } from "../expression/expression-key.ts";
import { conjunction, conjuncts } from "../expression/rewrite.ts";
import type { MatchNode, PlanField } from "../logical/logical-plan.ts";
import { columnsOfMatchValue, isCandidateRow, type MatchValue, moveMatchValue } from "../logical/match-value.ts";
import { isNumeric } from "../type/numeric.ts";
import type { CalcSpec, PhysicalPlan } from "./physical-plan.ts";
import { type PlanContext, requireAppend } from "./plan-context.ts";

export function planMatch(context: PlanContext, node: MatchNode): PhysicalPlan {
  const inputFields = node.input.fields;
  const flags = new Map<string, { readonly bit: number; readonly expression: Expression }>();
  const flagOf: number[] = [];
  const conditions = node.conditions.map((condition, variable) => {
    const [alone, rest] = split(condition, variable, node.conditionValues);
    const term = conjunction(alone);
    if (term === null) {
      flagOf.push(0);
      return conjunction(rest);
    }
    const key = expressionKey(term);
    let flag = flags.get(key);
    if (flag === undefined && flags.size === MAX_FLAGS) {
      flagOf.push(0);
      return condition;
    }
    if (flag === undefined) {
      flag = { bit: 2 ** flags.size, expression: term };
      flags.set(key, flag);
    }
    flagOf.push(flag.bit);
    return conjunction(rest);
  });

  const usedValues = valuesUsed(conditions, node.conditionValues);
  const [time, ...order] = node.orderBy;
  const needed = new Set([
    ...node.partitionKeys,
    time.column,
    ...order.map((key) => key.column),
    ...[...usedValues.values, ...node.measures].flatMap(columnsOfMatchValue),
  ]);
  const kept = [...needed].sort((a, b) => a - b);
  const at = (index: number) => kept.indexOf(index);
  const flagExpressions = [...flags.values()].map(({ expression }) => expression);
  const calcFields: readonly PlanField[] = [
    ...kept.map((index) => inputFields[index]),
    ...flagExpressions.map(({ type }, i) => ({ name: `$flag${i}`, type })),
  ];
  const calc: CalcSpec = {
    inputTypes: inputFields.map((field) => field.type),
    filter: null,
    projections: [...kept.map((index) => column(index, inputFields[index].type)), ...flagExpressions],
    watermark: null,
  };
  const input = context.calcOver(node.input, calc, calcFields);
  requireAppend(input, "MATCH_RECOGNIZE");
  return {
    kind: "match-recognize",
    id: context.id("match-recognize"),
    fields: node.fields,
    changelogMode: "append",
    input,
    partitionKeys: node.partitionKeys.map(at),
    timeColumn: at(time.column),
    timeDomain: node.timeDomain,
    orderBy: order.map((key) => ({ ...key, column: at(key.column) })),
    variables: node.variables,
    pattern: node.pattern,
    flagColumns: flagExpressions.map((_, i) => kept.length + i),
    flagOf,
    conditions: usedValues.conditions,
    conditionValues: usedValues.values.map((value) => moveMatchValue(value, at)),
    choice: node.choice,
    skip: node.skip,
    withinMs: node.withinMs,
    output: node.output,
    measures: node.measures.map((value) => moveMatchValue(value, at)),
  };
}

/** The terms about nothing but the row itself, over the input's columns, and the others, over the values. */
function split(
  condition: Expression | null,
  variable: number,
  values: readonly MatchValue[],
): readonly [alone: readonly Expression[], rest: readonly Expression[]] {
  const alone: Expression[] = [];
  const rest: Expression[] = [];
  for (const term of conjuncts(condition)) {
    if (term.kind === "literal" && term.value === true) continue;
    let isAlone = cannotFail(term);
    forEachNode(term, (node) => {
      if (node.kind !== "column") return;
      const value = values[node.index];
      if (value.kind !== "row-column" || !isCandidateRow(value.row, variable)) isAlone = false;
    });
    if (!isAlone) rest.push(term);
    else {
      alone.push(
        transform(term, (node) => {
          if (node.kind !== "column") return node;
          const value = values[node.index];
          return value.kind === "row-column" ? column(value.column, node.type) : node;
        }),
      );
    }
  }
  return [alone, rest];
}

/** Conditions over the values that are left of them. */
function valuesUsed(
  conditions: readonly (Expression | null)[],
  values: readonly MatchValue[],
): { readonly conditions: readonly (Expression | null)[]; readonly values: readonly MatchValue[] } {
  const places = new Map<number, number>();
  const placed = conditions.map((condition) =>
    condition === null
      ? null
      : transform(condition, (node) => {
          if (node.kind !== "column") return node;
          const place = places.get(node.index) ?? places.size;
          places.set(node.index, place);
          return column(place, node.type);
        }),
  );
  return { conditions: placed, values: [...places.keys()].map((index) => values[index]) };
}

/** Functions that give a value or NULL, whatever their arguments. */
const harmless: ReadonlySet<string> = new Set([
  ...["=", "<>", "<", "<=", ">", ">=", "is distinct from", "is not distinct from", "in", "like", "||"],
  ...["and", "or", "not", "is null", "is not null", "is true", "is not true", "is false", "is not false"],
  ...["is unknown", "is not unknown", "case", "negate", "+", "-", "*"],
  ...["upper", "lower", "char_length", "trim", "ltrim", "rtrim"],
]);

/** Whether computing the expression can fail on no row. False is always right. */
function cannotFail(expression: Expression): boolean {
  let isHarmless = true;
  forEachNode(expression, (node) => {
    if (node.kind !== "call" || harmless.has(node.name)) return;
    const isNumberCast = node.name === "cast" && isNumeric(node.type) && node.args.every((arg) => isNumeric(arg.type));
    if (!isNumberCast) isHarmless = false;
  });
  return isHarmless;
}
