/** A condition over the concatenated columns of two batches, for join residuals. */
import { type DataType, valueAt } from "@millrace/core";
import { defaultEvaluationContext, evaluate } from "../expression/evaluate.ts";
import type { Expression } from "../expression/expression.ts";
import { columnsUsed } from "../expression/rewrite.ts";
import type { EvaluationContext } from "../function/evaluate.ts";
import { Emitter } from "./emitter.ts";
import type { PairPredicate } from "./kernel.ts";

const numberKinds = new Set([
  "tinyint",
  "smallint",
  "int",
  "bigint",
  "decimal",
  "float",
  "double",
  "date",
  "time",
  "timestamp",
  "timestamp_ltz",
]);

/** `condition` is over left ++ right. NULL is false. */
export function compilePairPredicate(
  condition: Expression,
  leftTypes: readonly DataType[],
  rightTypes: readonly DataType[],
  context: EvaluationContext = defaultEvaluationContext,
): PairPredicate {
  const types = [...leftTypes, ...rightTypes];
  const used = [...columnsUsed(condition)];
  const reference: PairPredicate = (left, l, right, r) => {
    const row: unknown[] = [];
    for (const index of used) {
      const isLeft = index < leftTypes.length;
      row[index] = isLeft
        ? valueAt(left.columns[index], l, types[index])
        : valueAt(right.columns[index - leftTypes.length], r, types[index]);
    }
    return evaluate(condition, row, context) === true;
  };
  if (!used.every((index) => numberKinds.has(types[index].kind))) return reference;
  return generated(condition, types, leftTypes.length, context, reference);
}

/** Numbers only: values are read straight from the arrays; a batch with a wide column, or an overflow, goes to the reference. */
function generated(
  condition: Expression,
  types: readonly DataType[],
  leftWidth: number,
  context: EvaluationContext,
  reference: PairPredicate,
): PairPredicate {
  const emitter = new Emitter(types, context, false, "return reference(left, l, right, r);");
  const code = emitter.compile(condition);
  const value = emitter.valueOf(code);
  const head = [...emitter.usedColumns].flatMap((index) => {
    const [batch, column, row] = index < leftWidth ? ["left", index, "l"] : ["right", index - leftWidth, "r"];
    return [
      `const c${index} = ${batch}.columns[${column}];`,
      `if (c${index}.kind !== "float64") return reference(left, l, right, r);`,
      `const c${index}v = c${index}.values, c${index}n = c${index}.nulls === null ? never : c${index}.nulls, i${index} = ${row};`,
    ];
  });
  // Each side has its own row index.
  const lines = emitter.lines.map((line) =>
    line.replace(/c(\d+)(v|n)\[i\]/g, (_, index: string, part: string) => `c${index}${part}[i${index}]`),
  );
  const source = [
    '"use strict";',
    ...emitter.constants.map(({ name }, i) => `const ${name} = constants[${i}];`),
    "return function matches(left, l, right, r) {",
    ...head,
    emitter.variables.length === 0 ? "" : `let ${emitter.variables.join(", ")};`,
    ...lines,
    `return ${code.isNull === "false" ? "" : `!${code.isNull} && `}${value};`,
    "};",
  ].join("\n");
  const make = new Function("constants", "reference", "never", source) as (
    constants: readonly unknown[],
    reference: PairPredicate,
    never: { readonly [row: number]: number },
  ) => PairPredicate;
  return make(
    emitter.constants.map((each) => each.value),
    reference,
    [],
  );
}
