/** ROUND, TRUNCATE, and CEIL and FLOOR of numbers. */
import { type DataType, type DecimalType, decimal, formatType, MillraceError } from "@millrace/core";
import type { CallExpression, Expression } from "../expression/expression.ts";
import { isApproximate, isInteger, isNumeric } from "../type/numeric.ts";
import { fitter } from "./arithmetic.ts";
import type { Evaluate } from "./evaluate.ts";
import { type Exact, fitDecimal, powerOfTen, rescale } from "./exact.ts";
import { type Rounding, roundDouble, roundUnscaled } from "./exact-rounding.ts";
import { literalNumber } from "./literal-argument.ts";
import { FunctionError, nullableOf, type ScalarFunction, typesText } from "./scalar-function.ts";

export const roundingFunctions: readonly ScalarFunction[] = [
  toPlaces("round", "half-up", "The number rounded to so many decimal places (0 unless given), half away from zero."),
  toPlaces("truncate", "down", "The number cut to so many decimal places (0 unless given)."),
  toWhole("ceil", ["ceiling"], Math.ceil),
  toWhole("floor", [], Math.floor),
];

function toPlaces(name: "round" | "truncate", rounding: Rounding, description: string): ScalarFunction {
  const signature = `${name.toUpperCase()}(number[, places])`;
  return {
    name,
    signature,
    description,
    bind(args) {
      const [value, places] = args;
      const fits = args.length === 1 || (args.length === 2 && (isInteger(places.type) || places.type.kind === "null"));
      if (!fits || !isNumeric(value.type)) {
        throw new FunctionError(
          `no such form of the function for arguments (${typesText(args, formatType)}); expected ${signature}`,
        );
      }
      const type = placesType(value.type, args.length === 1 ? 0 : literalNumber(places));
      // One more digit before the point may be one too many, which is NULL.
      const mayOverflow = value.type.kind === "decimal" && value.type.precision === 38;
      return { kind: "call", name, args, type: { ...type, nullable: nullableOf(args) || mayOverflow } };
    },
    evaluator: (call) => placesEvaluator(call, rounding),
  };
}

/** As Flink: a DECIMAL keeps `places` digits behind the point, and may need one more before it. */
function placesType(type: DataType, places: number | undefined): DataType {
  if (type.kind !== "decimal" || places === undefined || places >= type.scale) return type;
  const whole = type.precision - type.scale + 1;
  return places < 0 ? decimal(Math.min(38, whole), 0) : decimal(whole + places, places);
}

function placesEvaluator(call: CallExpression, rounding: Rounding): Evaluate {
  const from = call.args[0].type;
  const to = call.type;
  const name = call.name.toUpperCase();
  if (isApproximate(from)) {
    const fit = to.kind === "float" ? Math.fround : (value: number) => value;
    return ([value, places = 0]) => {
      if (Number.isFinite(value)) return fit(roundDouble(value as number, Number(places), rounding));
      throw new MillraceError({ code: "EXPRESSION_FAILED", message: `${name} of ${value} has no digits` });
    };
  }
  if (from.kind === "decimal") {
    const { scale, precision } = to as DecimalType;
    return ([value, places = 0]) => {
      const rounded = roundUnscaled(value as Exact, from.scale, Number(places), rounding);
      return fitDecimal(rescale(rounded, from.scale, scale), precision);
    };
  }
  const fit = fitter(to);
  return ([value, places = 0]) => fit(roundUnscaled(value as Exact, 0, Number(places), rounding));
}

function toWhole(name: "ceil" | "floor", aliases: readonly string[], apply: (value: number) => number): ScalarFunction {
  const word = name === "ceil" ? "smallest whole number not below" : "largest whole number not above";
  const signature = `${name.toUpperCase()}(number)`;
  return {
    name,
    aliases,
    signature,
    description: `The ${word} the number.`,
    bind(args): Expression {
      if (args.length !== 1 || !isNumeric(args[0].type)) {
        throw new FunctionError(
          `no such form of the function for arguments (${typesText(args, formatType)}); expected ${signature}`,
        );
      }
      const [{ type }] = args;
      if (isInteger(type)) return args[0];
      const result = type.kind === "decimal" ? decimal(type.precision, 0, type.nullable) : type;
      return { kind: "call", name, args, type: result };
    },
    evaluator: ({ args: [{ type }] }) => {
      if (type.kind !== "decimal") return ([value]) => apply(value as number);
      const unit = powerOfTen(type.scale);
      return ([value]) => {
        const wide = BigInt(value as Exact);
        const quotient = wide / unit;
        const rest = wide - quotient * unit;
        const step = name === "ceil" ? (rest > 0n ? 1n : 0n) : rest < 0n ? -1n : 0n;
        return rescale(quotient + step, 0, 0);
      };
    },
    emit(call, emitter) {
      const { type } = call.args[0];
      if (type.kind === "decimal" && type.scale > 22) return undefined;
      const arg = emitter.compile(call.args[0]);
      const value = emitter.valueOf(arg);
      // Exact values have no -0; a safe integer divided by a power of ten never rounds to a whole number.
      const code =
        type.kind === "decimal" ? `Math.${name}(${value} / ${10 ** type.scale}) + 0` : `Math.${name}(${value})`;
      return emitter.result(call.type, [arg], code);
    },
  };
}
