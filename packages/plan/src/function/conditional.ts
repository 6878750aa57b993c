/** CASE and what is defined by it. */
import { BOOLEAN, compareValues, DOUBLE, formatType, STRING } from "@millrace/core";
import { type CallExpression, type Expression, literal, call as makeCall } from "../expression/expression.ts";
import { coerce, coerceAll, isBinary, isCharacter } from "../type/coercion.ts";
import { isInteger, isNumeric } from "../type/numeric.ts";
import { serializedType } from "../type/serialized-type.ts";
import type { Code, CodeWriter } from "./code-writer.ts";
import { comparisonFunctions } from "./comparison.ts";
import { FunctionError, type ScalarFunction } from "./scalar-function.ts";

const equality = comparisonFunctions.find(({ name }) => name === "=") as ScalarFunction;

export const conditionalFunctions: readonly ScalarFunction[] = [
  {
    name: "case",
    signature: "CASE WHEN condition THEN value ... [ELSE value] END",
    description: "The value of the first condition that is TRUE.",
    seesNull: true,
    bind: bindCase,
    evaluator: () => (args) => {
      for (let i = 0; i + 1 < args.length; i += 2) if (args[i] === true) return args[i + 1];
      return args.at(-1) ?? null;
    },
    emitsExact: true,
    emit: emitCase,
  },
  derived("ifnull", [], "IFNULL(value, value)", "The first value, or the second if that is NULL.", 2, bindCoalesce),
  derived("coalesce", [], "COALESCE(value, ...)", "The first value that is not NULL.", 1, bindCoalesce),
  derived("nullif", [], "NULLIF(value, value)", "NULL if both are equal, else the first.", 2, (args) => {
    return bindCase([equality.bind(args), literal(null, { ...args[0].type, nullable: true }), args[0]]);
  }),
  derived(
    "if",
    [],
    "IF(condition, value, value)",
    "The second argument if the first is TRUE, else the third.",
    3,
    (args) => {
      const bound = bindCase(args);
      return { ...bound, type: { ...bound.type, nullable: bound.type.nullable || args[0].type.nullable } };
    },
  ),
  elementOf(),
  {
    name: "typeof",
    signature: "TYPEOF(value[, serializable])",
    description: "The type of the value as text; with TRUE in the form that Flink stores.",
    seesNull: true,
    constantArgs: [1],
    bind(args) {
      const [value, form] = args;
      const isLiteral = form === undefined || (form.kind === "literal" && typeof form.value === "boolean");
      if (value === undefined || args.length > 2 || !isLiteral)
        throw new FunctionError("expected TYPEOF(value[, TRUE | FALSE])");
      const isLong = form?.kind === "literal" && form.value === true;
      const isInterval = value.type.kind.startsWith("interval");
      return literal(isLong || isInterval ? serializedType(value.type) : formatType(value.type), {
        ...STRING,
        nullable: true,
      });
    },
    evaluator: () => {
      throw new Error("TYPEOF is known when it is bound");
    },
  },
  extreme("greatest", 1),
  extreme("least", -1),
];

function bindCoalesce(args: readonly Expression[]): Expression {
  const common = common2("COALESCE", args);
  const parts = common
    .slice(0, -1)
    .flatMap((arg) => [makeCall("is not null", [arg], { ...BOOLEAN, nullable: false }), arg]);
  const bound = common.length === 1 ? common[0] : bindCase([...parts, common[common.length - 1]]);
  // Known not to be NULL if one of the values is.
  return common.some((arg) => !arg.type.nullable) ? { ...bound, type: { ...bound.type, nullable: false } } : bound;
}

function common2(name: string, args: readonly Expression[]): readonly Expression[] {
  const common = coerceAll(args);
  if (common === undefined)
    throw new FunctionError(
      `the arguments of ${name} have no common type: ${args.map((arg) => formatType(arg.type)).join(", ")}`,
    );
  return common.args;
}

function derived(
  name: string,
  aliases: readonly string[],
  signature: string,
  description: string,
  least: number,
  expand: (args: readonly Expression[]) => Expression,
): ScalarFunction {
  return {
    name,
    aliases,
    signature,
    description,
    bind(args) {
      if (args.length < least || (name !== "coalesce" && args.length !== least))
        throw new FunctionError(`wrong number of arguments (${args.length}); expected ${signature}`);
      return expand(args);
    },
    evaluator: () => {
      throw new Error(`${name} is expanded when it is bound`);
    },
  };
}

function bindCase(args: readonly Expression[]): Expression {
  const conditions = args
    .filter((_, i) => i % 2 === 0 && i < args.length - 1)
    .map((arg) => (arg.type.kind === "null" ? coerce(arg, BOOLEAN) : arg));
  const wrong = conditions.find((condition) => condition.type.kind !== "boolean");
  if (wrong !== undefined) throw new FunctionError(`a condition must be BOOLEAN, not ${formatType(wrong.type)}`);
  const values = args.filter((_, i) => i % 2 === 1 || i === args.length - 1);
  const common = coerceAll(values);
  if (common === undefined)
    throw new FunctionError(
      `the branches have no common type: ${values.map((value) => formatType(value.type)).join(", ")}`,
    );
  const bound = conditions.flatMap((condition, i) => [condition, common.args[i]]);
  return { kind: "call", name: "case", args: [...bound, common.args[conditions.length]], type: common.type };
}

/** ELT: like a CASE of the index, but every text is computed. */
function elementOf(): ScalarFunction {
  const signature = "ELT(index, text, ...)";
  return {
    name: "elt",
    signature,
    description: "The text (or bytes) at the index, from 1; NULL if there is none. A negative literal is refused.",
    seesNull: true,
    bind(args) {
      const [index, ...texts] = args;
      const common = texts.length === 0 ? undefined : coerceAll(texts);
      const isText = common !== undefined && (isCharacter(common.type) || isBinary(common.type));
      const negative = index?.kind === "literal" && Number(index.value) < 0;
      if (index === undefined || !(isInteger(index.type) || index.type.kind === "null") || !isText || negative)
        throw new FunctionError(`expected ${signature}, the index an integer that is not negative`);
      return { kind: "call", name: "elt", args: [index, ...common.args], type: { ...common.type, nullable: true } };
    },
    evaluator:
      () =>
      ([index, ...texts]) =>
        index === null ? null : (texts[Number(index) - 1] ?? null),
  };
}

function extreme(name: "greatest" | "least", sign: number): ScalarFunction {
  return {
    name,
    signature: `${name.toUpperCase()}(value, ...)`,
    description: `The ${name} of the values; NULL if one is.`,
    bind(args) {
      if (args.length === 0) throw new FunctionError(`expected ${name.toUpperCase()}(value, ...)`);
      const double = args.find((arg) => arg.type.kind === "double");
      // The widest of FLOAT and DOUBLE, wherever it stands.
      const isWide = double !== undefined && args.every((arg) => isNumeric(arg.type) || arg.type.kind === "null");
      const common = isWide ? args.map((arg) => coerce(arg, DOUBLE)) : common2(name.toUpperCase(), args);
      return {
        kind: "call",
        name,
        args: common,
        type: { ...common[0].type, nullable: args.some((arg) => arg.type.nullable) },
      };
    },
    evaluator: () => (args) => args.reduce((best, value) => (compareValues(value, best) * sign > 0 ? value : best)),
  };
}

/** Branches are computed only when they are taken. Text comes out as a view if every branch has one. */
function emitCase(call: CallExpression, emitter: CodeWriter): Code {
  const isText = isCharacter(call.type);
  const isNull = emitter.fresh("n");
  const value = emitter.fresh("v");
  const [bytes, start, end] = isText ? [emitter.fresh("b"), emitter.fresh("s"), emitter.fresh("e")] : ["", "", ""];
  const asViews = isText && branches(call).every(givesView);
  const columns = new Set(
    asViews ? branches(call).map((branch) => (branch.kind === "column" ? branch.index : -1)) : [],
  );
  const assign = (branch: Expression): void => {
    if (branch.kind === "literal" && branch.value === null) return emitter.line(`${isNull} = true;`);
    const code = emitter.compile(branch);
    if (asViews && code.view !== undefined) {
      emitter.line(
        `${isNull} = ${code.isNull}; ${bytes} = ${code.view.bytes}; ${start} = ${code.view.start}; ${end} = ${code.view.end};`,
      );
    } else emitter.line(`${isNull} = ${code.isNull}; ${value} = ${emitter.valueOf(code)};`);
  };
  const visit = (index: number): void => {
    if (index === call.args.length - 1) return assign(call.args[index]);
    const condition = emitter.compile(call.args[index]);
    const holds =
      condition.isNull === "false"
        ? emitter.valueOf(condition)
        : `!${condition.isNull} && ${emitter.valueOf(condition)}`;
    emitter.block(`if (${holds})`, () => assign(call.args[index + 1]));
    emitter.block("else", () => visit(index + 2));
  };
  visit(0);
  if (!asViews) return { type: call.type, isNull, value };
  const [column] = columns;
  const view = { bytes, start, end, ...(columns.size === 1 && column >= 0 ? { column } : {}) };
  return { type: call.type, isNull, view };
}

function branches(call: CallExpression): readonly Expression[] {
  return call.args.filter(
    (arg, i) => (i % 2 === 1 || i === call.args.length - 1) && !(arg.kind === "literal" && arg.value === null),
  );
}

function givesView(branch: Expression): boolean {
  return (
    branch.kind === "column" ||
    branch.kind === "literal" ||
    (branch.kind === "call" && branch.name === "case" && branches(branch).every(givesView))
  );
}
