/** A user's scalar function as one of the registry: bound to its best form, called directly by generated code. */
import { type DataType, MillraceError } from "@millrace/core";
import type { CallExpression, Expression } from "../expression/expression.ts";
import type { Code, CodeWriter } from "../function/code-writer.ts";
import { nullableOf, type ScalarFunction } from "../function/scalar-function.ts";
import { fromUser, shownValue, toUser, WrongValue } from "./boundary.ts";
import { type ChosenForm, chooseForm, signatureOf } from "./user-form.ts";
import type { Callable, UserFunction, UserFunctionCode } from "./user-function.ts";

/** A call of a user's scalar function; throws FunctionError if it takes no such arguments. */
export function bindUserScalar(
  name: string,
  definition: UserFunction,
  given: readonly Expression[],
  names?: readonly (string | null)[],
): CallExpression {
  const chosen = chooseForm(name, definition, given, names);
  const { form, args, returns } = chosen;
  const nullable = returns.nullable || (form.strict && nullableOf(args));
  const type = { ...returns, nullable };
  return { kind: "call", name, args, type, definition: scalarOf(name, chosen) };
}

/** What went wrong in a call of a user's function. */
export function userFailure(name: string, args: readonly unknown[], error: unknown): MillraceError {
  if (error instanceof MillraceError && error.code === "USER_CODE") return error;
  const shown = `${name}(${args.map(shownValue).join(", ")})`;
  if (error instanceof WrongValue)
    return new MillraceError({ code: "USER_CODE", message: `function ${shown} ${error.message}`, cause: error });
  const cause = error instanceof Error ? `${error.name}: ${error.message}` : shownValue(error);
  return new MillraceError({ code: "USER_CODE", message: `function ${shown} failed: ${cause}`, cause: error });
}

/** What the engine needs to call an asynchronous function. */
export interface AsyncCode {
  readonly name: string;
  readonly isDeterministic: boolean;
  readonly capacity: number;
  readonly timeoutMs: number;
  /** The value, in the form of `valueAt`, for those of the arguments. */
  readonly invoke: (values: readonly unknown[]) => Promise<unknown>;
}

const asyncCodes = new WeakMap<object, AsyncCode>();

/** The code of a call of an asynchronous function; undefined for all other expressions. */
export function asyncCodeOf(expression: Expression): AsyncCode | undefined {
  return expression.kind === "call" && expression.definition !== undefined
    ? asyncCodes.get(expression.definition)
    : undefined;
}

const known = new WeakMap<object, Map<string, ScalarFunction>>();

/** One definition per form and types of the arguments, so that equal calls are known as equal. */
function scalarOf(name: string, chosen: ChosenForm): ScalarFunction {
  const key = JSON.stringify([name, chosen.types, chosen.returns]);
  const ofForm = known.get(chosen.form) ?? new Map<string, ScalarFunction>();
  known.set(chosen.form, ofForm);
  let scalar = ofForm.get(key);
  if (scalar === undefined) {
    scalar = chosen.form.code.timeoutMs === undefined ? makeScalar(name, chosen) : makeAsync(name, chosen);
    ofForm.set(key, scalar);
  }
  return scalar;
}

function makeScalar(name: string, { form, types, returns }: ChosenForm): ScalarFunction {
  const invoke = form.code.eval as Callable;
  const converters = types.map((type) => toUser(type));
  const toColumn = fromUser(returns);
  const call = (values: readonly unknown[]): unknown => {
    const args = values.map((value, i) => (value === null ? null : (converters[i]?.(value as never) ?? value)));
    try {
      return toColumn(invoke(...args));
    } catch (error) {
      throw userFailure(name, args, error);
    }
  };
  return {
    name,
    signature: signatureOf(name, form),
    description: "A function of the user.",
    bind: () => {
      throw new Error("functions of the user are bound by bindUserScalar");
    },
    evaluator: () => call,
    seesNull: !form.strict,
    isVolatile: !form.deterministic,
    emit: (expression, writer) => emitUserCall(expression, writer, name, invoke, form.strict, returns),
    emitsExact: true,
  };
}

/** Called by an operator of its own: as an expression it has no value. */
function makeAsync(name: string, { form, types, returns }: ChosenForm): ScalarFunction {
  const { eval: invoke, capacity, timeoutMs } = form.code as Required<UserFunctionCode>;
  const converters = types.map((type) => toUser(type));
  const toColumn = fromUser(returns);
  const misplaced = (): never => {
    throw new MillraceError({
      code: "SQL_UNSUPPORTED",
      message: `the asynchronous function ${name} can only stand in SELECT, WHERE and what is computed from a row, not in a condition between rows`,
    });
  };
  const scalar: ScalarFunction = {
    name,
    signature: signatureOf(name, form),
    description: "An asynchronous function of the user.",
    bind: misplaced,
    evaluator: misplaced,
    emit: misplaced,
    emitsExact: true,
    seesNull: true,
    isVolatile: true,
  };
  asyncCodes.set(scalar, {
    name,
    isDeterministic: form.deterministic,
    capacity,
    timeoutMs,
    invoke: async (values) => {
      if (form.strict && values.includes(null)) return null;
      const args = values.map((value, i) => (value === null ? null : (converters[i]?.(value as never) ?? value)));
      try {
        return toColumn(await invoke(...args));
      } catch (error) {
        throw userFailure(name, args, error);
      }
    },
  });
  return scalar;
}

function emitUserCall(
  { args, type }: CallExpression,
  writer: CodeWriter,
  name: string,
  invoke: Callable,
  strict: boolean,
  returns: DataType,
): Code {
  const codes = args.map((arg) => writer.compile(arg));
  const given = codes.map((code, i) => argumentCode(code, args[i].type, writer, strict));
  const absent = strict ? writer.anyNull(codes) : "false";
  const result = writer.fresh("r");
  const isNull = type.nullable ? writer.fresh("n") : "false";
  const value = writer.fresh("v");
  const functionName = writer.constant(invoke);
  const fail = writer.constant((error: unknown, values: readonly unknown[]) => userFailure(name, values, error));
  const call = () => {
    const list = given.join(", ");
    const failure = `${fail}(e, [${list}])`;
    writer.line(`try { ${result} = ${functionName}(${list}); } catch (e) { throw ${failure}; }`);
    writeResult(writer, result, value, returns, failure, isNull);
  };
  if (absent === "false") call();
  else {
    writer.line(`${isNull} = ${absent};`);
    writer.block(`if (!${isNull})`, call);
  }
  return { type, isNull, value };
}

function argumentCode(code: Code, type: DataType, writer: CodeWriter, strict: boolean): string {
  const raw = writer.valueOf(code);
  const convert = toUser(type);
  const converted =
    convert === null ? raw : type.kind === "bigint" ? `BigInt(${raw})` : `${writer.constant(convert)}(${raw})`;
  if (strict || code.isNull === "false") return converted;
  return `(${code.isNull} ? null : ${converted})`;
}

/** Checks the result where that can be written as a comparison; else by `fromUser`. */
function writeResult(
  writer: CodeWriter,
  result: string,
  value: string,
  returns: DataType,
  failure: string,
  isNull: string,
): void {
  const plain = plainTest(returns, result);
  const check = writer.constant(fromUser(returns));
  const checked = `try { ${value} = ${check}(${result}); } catch (e) { throw ${failure}; }`;
  if (plain === null) writer.line(checked);
  else {
    const same = returns.kind === "int" ? `${result} | 0` : result;
    writer.line(`if (${plain}) ${value} = ${same}; else { ${checked} }`);
  }
  if (isNull !== "false") writer.line(`${isNull} = ${value} === null;`);
  if (!writer.exact && (returns.kind === "bigint" || returns.kind === "decimal"))
    writer.line(`if (typeof ${value} === "bigint") ${writer.bailOut}`);
}

/** A condition under which the result is already in the form of columns. */
function plainTest(type: DataType, result: string): string | null {
  switch (type.kind) {
    case "double":
      return `typeof ${result} === "number"`;
    case "int":
      return `${result} === (${result} | 0)`;
    case "varchar":
      return `typeof ${result} === "string"`;
    case "boolean":
      return `typeof ${result} === "boolean"`;
    default:
      return null;
  }
}
