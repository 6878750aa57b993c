/** Three-valued logic. */
import { BOOLEAN, formatType } from "@millrace/core";
import type { CallExpression, Expression } from "../expression/expression.ts";
import { coerce } from "../type/coercion.ts";
import type { Code, CodeWriter } from "./code-writer.ts";
import { FunctionError, nullableOf, type ScalarFunction } from "./scalar-function.ts";

export const logicFunctions: readonly ScalarFunction[] = [
  {
    name: "and",
    signature: "condition AND condition",
    description: "FALSE if one is FALSE, else unknown if one is NULL.",
    seesNull: true,
    bind: (args) => bindLogic("and", args),
    evaluator: () => (args) => (args.includes(false) ? false : args.includes(null) ? null : true),
    emitsExact: true,
    emit: (call, emitter) => emitLogic(call, emitter, false),
  },
  {
    name: "or",
    signature: "condition OR condition",
    description: "TRUE if one is TRUE, else unknown if one is NULL.",
    seesNull: true,
    bind: (args) => bindLogic("or", args),
    evaluator: () => (args) => (args.includes(true) ? true : args.includes(null) ? null : false),
    emitsExact: true,
    emit: (call, emitter) => emitLogic(call, emitter, true),
  },
  {
    name: "not",
    signature: "NOT condition",
    description: "The opposite; unknown for NULL.",
    bind: (args) => bindLogic("not", args),
    evaluator:
      () =>
      ([value]) =>
        value !== true,
    emitsExact: true,
    emit: (call, emitter) => {
      const arg = emitter.compile(call.args[0]);
      return emitter.result(call.type, [arg], `!${emitter.valueOf(arg)}`);
    },
  },
  test(
    "is null",
    "any",
    (value) => value === null,
    (code) => code.isNull,
  ),
  test(
    "is not null",
    "any",
    (value) => value !== null,
    (code) => `!${code.isNull}`,
  ),
  test(
    "is true",
    "boolean",
    (value) => value === true,
    (code, value) => `!${code.isNull} && ${value}`,
  ),
  test(
    "is not true",
    "boolean",
    (value) => value !== true,
    (code, value) => `${code.isNull} || !${value}`,
  ),
  test(
    "is false",
    "boolean",
    (value) => value === false,
    (code, value) => `!${code.isNull} && !${value}`,
  ),
  test(
    "is not false",
    "boolean",
    (value) => value !== false,
    (code, value) => `${code.isNull} || ${value}`,
  ),
  test(
    "is unknown",
    "boolean",
    (value) => value === null,
    (code) => code.isNull,
  ),
  test(
    "is not unknown",
    "boolean",
    (value) => value !== null,
    (code) => `!${code.isNull}`,
  ),
];

function bindLogic(name: string, given: readonly Expression[]): Expression {
  const args = given.map((arg) => (arg.type.kind === "null" ? coerce(arg, BOOLEAN) : arg));
  const wrong = args.find((arg) => arg.type.kind !== "boolean");
  if (wrong !== undefined)
    throw new FunctionError(`'${name.toUpperCase()}' takes conditions (BOOLEAN), not ${formatType(wrong.type)}`);
  return { kind: "call", name, args, type: { ...BOOLEAN, nullable: nullableOf(args) } };
}

function test(
  name: string,
  kind: "any" | "boolean",
  holds: (value: unknown) => boolean,
  condition: (code: Code, value: string) => string,
): ScalarFunction {
  return {
    name,
    signature: `value ${name.toUpperCase()}`,
    description: "Never unknown itself.",
    seesNull: true,
    bind(given) {
      const arg = kind === "boolean" && given[0].type.kind === "null" ? coerce(given[0], BOOLEAN) : given[0];
      if (kind === "boolean" && arg.type.kind !== "boolean")
        throw new FunctionError(`'${name.toUpperCase()}' takes a condition (BOOLEAN), not ${formatType(arg.type)}`);
      return { kind: "call", name, args: [arg], type: { ...BOOLEAN, nullable: false } };
    },
    evaluator:
      () =>
      ([value]) =>
        holds(value),
    emitsExact: true,
    emit(call, emitter) {
      const code = emitter.compile(call.args[0]);
      const value = kind === "boolean" ? emitter.valueOf(code) : "";
      return emitter.result(call.type, [], condition(code, value));
    },
  };
}

/** With more operands, blocks stand behind and not inside each other: engines bound how deep code may be. */
const MAX_NESTED = 8;

/** The later operands are computed only if the earlier ones do not decide. `decisive` ends it: TRUE for OR, FALSE for AND. */
function emitLogic(call: CallExpression, emitter: CodeWriter, decisive: boolean): Code {
  const value = emitter.fresh("v");
  const isNull = emitter.fresh("n");
  emitter.line(`${value} = ${!decisive}; ${isNull} = false;`);
  const decide = (index: number): void => {
    const operand = emitter.compile(call.args[index]);
    const operandValue = emitter.valueOf(operand);
    const decides = `${operand.isNull === "false" ? "" : `!${operand.isNull} && `}${decisive ? "" : "!"}${operandValue}`;
    emitter.line(`if (${decides}) { ${value} = ${decisive}; ${isNull} = false; }`);
    if (operand.isNull !== "false") emitter.line(`else if (${operand.isNull}) ${isNull} = true;`);
  };
  const undecided = `if (${value} !== ${decisive})`;
  const visit = (index: number): void => {
    decide(index);
    if (index < call.args.length - 1) emitter.block(undecided, () => visit(index + 1));
  };
  if (call.args.length <= MAX_NESTED) visit(0);
  else for (const index of call.args.keys()) emitter.block(undecided, () => decide(index));
  return { type: call.type, isNull: call.type.nullable ? isNull : "false", value };
}
