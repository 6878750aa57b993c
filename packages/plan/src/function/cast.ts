/** CAST and TRY_CAST. The target type is the type of the call. */
import { type DataType, formatType, instantToLocal, isExact, MillraceError } from "@millrace/core";
import type { CallExpression, Expression } from "../expression/expression.ts";
import { isCharacter, isTimestamp } from "../type/coercion.ts";
import { asDecimal, isInteger, isNumeric } from "../type/numeric.ts";
import { castBetween } from "./cast-value.ts";
import type { Code, CodeWriter } from "./code-writer.ts";
import { FunctionError, type ScalarFunction } from "./scalar-function.ts";

export const castFunctions: readonly ScalarFunction[] = [
  {
    name: "cast",
    signature: "CAST(value AS type)",
    description: "The value as another type; fails if it is none.",
    bind: () => {
      throw new Error("casts are bound by bindCast");
    },
    evaluator: (call) => {
      const cast = castBetween(call.args[0].type, call.type);
      if (cast === undefined) throw impossible(call.args[0].type, call.type);
      return ([value], context) => cast(value as never, context.timeZone);
    },
    emitsExact: false,
    emit: emitCast,
  },
  {
    name: "try_cast",
    signature: "TRY_CAST(value AS type)",
    description: "The value as another type; NULL if it is none.",
    bind: () => {
      throw new Error("casts are bound by bindCast");
    },
    evaluator: (call) => {
      const cast = castBetween(call.args[0].type, call.type);
      if (cast === undefined) throw impossible(call.args[0].type, call.type);
      return ([value], context) => {
        try {
          return cast(value as never, context.timeZone);
        } catch (error) {
          if (error instanceof MillraceError && error.code === "EXPRESSION_FAILED") return null;
          throw error;
        }
      };
    },
  },
];

function impossible(from: DataType, to: DataType): FunctionError {
  return new FunctionError(
    `there is no cast from ${formatType({ ...from, nullable: true })} to ${formatType({ ...to, nullable: true })}${wayOf(from, to)}`,
  );
}

/** How Flink has users turn numbers into times and back. */
function wayOf(from: DataType, to: DataType): string {
  if (from.kind === "variant") return "; JSON_STRING gives its text, JSON_VALUE what is in JSON text";
  if (isNumeric(from) && isTimestamp(to))
    return `; use TO_TIMESTAMP${to.kind === "timestamp" ? "(FROM_UNIXTIME(seconds))" : "_LTZ(seconds, 0)"}`;
  if (isTimestamp(from) && isNumeric(to)) return "; use UNIX_TIMESTAMP(CAST(value AS STRING))";
  return "";
}

/** CAST or TRY_CAST of an expression; throws FunctionError if there is no such cast. */
export function bindCast(name: "cast" | "try_cast", input: Expression, to: DataType): Expression {
  const from = input.type;
  if (castBetween(from, to) === undefined) throw impossible(from, to);
  const nullable = from.nullable || name === "try_cast" || mayOverflow(from, to);
  return { kind: "call", name, args: [input], type: { ...to, nullable } };
}

/** Whether a number may be too large for the DECIMAL it is cast to, which gives NULL. */
function mayOverflow(from: DataType, to: DataType): boolean {
  if (to.kind !== "decimal" || !isNumeric(from)) return false;
  const given = asDecimal(from);
  // A digit more where fraction digits are rounded away: 9.99 is 10.0.
  const rounds = given !== undefined && given.scale > to.scale ? 1 : 0;
  return given === undefined || given.precision - given.scale + rounds > to.precision - to.scale;
}

function emitCast(call: CallExpression, emitter: CodeWriter): Code | undefined {
  const from = call.args[0].type;
  const to = call.type;
  const pass = (): Code => ({ ...emitter.compile(call.args[0]), type: to });
  if (isCharacter(from) && to.kind === "varchar" && "length" in from && from.length <= to.length) return pass();
  if (from.kind === "timestamp" && to.kind === "timestamp" && to.precision >= from.precision) return pass();
  if (from.kind === "timestamp_ltz" && to.kind === "timestamp_ltz" && to.precision >= from.precision) return pass();
  if (from.kind === "timestamp_ltz" && to.kind === "timestamp" && to.precision >= from.precision) {
    const arg = emitter.compile(call.args[0]);
    const { timeZone } = emitter.context;
    if (timeZone === "UTC") return { ...arg, type: to };
    const local = emitter.constant(instantToLocal);
    return emitter.result(to, [arg], `${local}(${emitter.valueOf(arg)}, ${JSON.stringify(timeZone)})`);
  }
  const rank = ["tinyint", "smallint", "int", "bigint"];
  if (isInteger(from) && isInteger(to) && rank.indexOf(to.kind) >= rank.indexOf(from.kind)) return pass();
  if (isInteger(from) && to.kind === "double") return pass();
  if (from.kind === "float" && to.kind === "double") return pass();
  const scale = isInteger(from) ? 0 : from.kind === "decimal" ? from.scale : -1;
  if (scale >= 0 && to.kind === "double" && isExact(from) && scale <= 22) {
    const arg = emitter.compile(call.args[0]);
    return emitter.result(to, [arg], `${emitter.valueOf(arg)} / ${10 ** scale}`);
  }
  if (scale >= 0 && to.kind === "decimal" && to.scale >= scale && to.precision >= 16 && to.scale - scale < 16) {
    const arg = emitter.compile(call.args[0]);
    if (to.scale === scale) return { ...arg, type: to };
    const code = emitter.result(to, [arg], `${emitter.valueOf(arg)} * ${10 ** (to.scale - scale)}`);
    emitter.checkSafe(emitter.valueOf(code));
    return code;
  }
  return undefined;
}
