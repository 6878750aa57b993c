/** Functions of numbers: sign and magnitude, powers and logarithms, angles, random numbers. */
import { type DataType, DOUBLE, INT, MillraceError } from "@millrace/core";
import { isApproximate } from "../type/numeric.ts";
import { fitter } from "./arithmetic.ts";
import { define } from "./define.ts";
import { type Exact, fitDecimal, negate, powerOfTen } from "./exact.ts";
import { JavaRandom } from "./java-random.ts";
import { roundingFunctions } from "./rounding.ts";
import type { ScalarFunction } from "./scalar-function.ts";

export const numericFunctions: readonly ScalarFunction[] = [
  ...roundingFunctions,
  define({
    name: "abs",
    signature: "ABS(number)",
    description: "The number without its sign. The lowest value of an integer type stays as it is.",
    args: ["number"],
    result: ([value]) => value.type,
    evaluateFor: ({ type }) => {
      if (isApproximate(type)) return ([value]) => Math.abs(value as number);
      const fit = fitter(type);
      return ([value]) => (Number(value) < 0 ? fit(negate(value as Exact)) : value);
    },
    emit(call, emitter) {
      if (call.type.kind === "tinyint" || call.type.kind === "smallint") return undefined;
      const arg = emitter.compile(call.args[0]);
      const code = `Math.abs(${emitter.valueOf(arg)})`;
      return emitter.result(call.type, [arg], call.type.kind === "int" ? `${code} | 0` : code);
    },
  }),
  define({
    name: "sign",
    signature: "SIGN(number)",
    description: "-1, 0 or 1, in the type of the number. NULL where a DECIMAL has no place for 1.",
    args: ["number"],
    result: ([value]) => value.type,
    evaluateFor: ({ type }) => {
      if (type.kind !== "decimal") return ([value]) => Math.sign(Number(value));
      const one = powerOfTen(type.scale);
      return ([value]) => {
        const sign = Math.sign(Number(value));
        return sign === 0 ? 0 : fitDecimal(BigInt(sign) * one, type.precision);
      };
    },
    emit(call, emitter) {
      if (call.type.kind === "decimal") return undefined;
      const arg = emitter.compile(call.args[0]);
      return emitter.result(call.type, [arg], `Math.sign(${emitter.valueOf(arg)})`);
    },
  }),
  ofDoubles("sqrt", "SQRT(number)", "The square root; NaN for a negative number.", (x) => `Math.sqrt(${x})`),
  ofDoubles("exp", "EXP(number)", "e to the power of the number.", (x) => `Math.exp(${x})`),
  ofDoubles("ln", "LN(number)", "The natural logarithm.", (x) => `Math.log(${x})`),
  ofDoubles("log10", "LOG10(number)", "The logarithm to the base 10.", (x) => `Math.log10(${x})`),
  ofDoubles("log2", "LOG2(number)", "The logarithm to the base 2.", (x) => `Math.log(${x}) / ${Math.LN2}`),
  ofDoubles("power", "POWER(base, exponent)", "The base to the power of the exponent.", (x, y) => `${x} ** ${y}`, 2),
  define({
    name: "log",
    signature: "LOG([base, ]number)",
    description: "The natural logarithm, or the one to the base.",
    args: ["double", "double"],
    required: 1,
    result: DOUBLE,
    evaluate: ([first, second]) =>
      second === undefined ? Math.log(first as number) : Math.log(second as number) / Math.log(first as number),
  }),
  ofDoubles("sin", "SIN(angle)", "The sine of an angle in radians.", (x) => `Math.sin(${x})`),
  ofDoubles("cos", "COS(angle)", "The cosine of an angle in radians.", (x) => `Math.cos(${x})`),
  ofDoubles("tan", "TAN(angle)", "The tangent of an angle in radians.", (x) => `Math.tan(${x})`),
  ofDoubles("cot", "COT(angle)", "The cotangent of an angle in radians.", (x) => `1 / Math.tan(${x})`),
  ofDoubles("asin", "ASIN(number)", "The angle with that sine; NaN outside -1 to 1.", (x) => `Math.asin(${x})`),
  ofDoubles("acos", "ACOS(number)", "The angle with that cosine; NaN outside -1 to 1.", (x) => `Math.acos(${x})`),
  ofDoubles("atan", "ATAN(number)", "The angle with that tangent.", (x) => `Math.atan(${x})`),
  ofDoubles(
    "atan2",
    "ATAN2(y, x)",
    "The angle of a point seen from the origin.",
    (y, x) => `Math.atan2(${y}, ${x})`,
    2,
  ),
  ofDoubles("sinh", "SINH(number)", "The hyperbolic sine.", (x) => `Math.sinh(${x})`),
  ofDoubles("cosh", "COSH(number)", "The hyperbolic cosine.", (x) => `Math.cosh(${x})`),
  ofDoubles("tanh", "TANH(number)", "The hyperbolic tangent.", (x) => `Math.tanh(${x})`),
  ofDoubles("degrees", "DEGREES(angle)", "An angle in radians as degrees.", (x) => `${x} * ${180 / Math.PI}`),
  ofDoubles("radians", "RADIANS(angle)", "An angle in degrees as radians.", (x) => `${x} * ${Math.PI / 180}`),
  constant("pi", Math.PI, "The ratio of a circle's circumference to its diameter."),
  constant("e", Math.E, "The base of the natural logarithm."),
  define({
    name: "rand",
    signature: "RAND([seed])",
    description: "A random number from 0 to below 1; with a literal seed the same sequence in each run.",
    args: ["integer"],
    required: 0,
    result: DOUBLE,
    isVolatile: true,
    evaluateFor: ({ args: [seed] }) => {
      if (seed === undefined) return () => Math.random();
      const random = seededBy(seed);
      return ([value]) => random(value).nextDouble();
    },
  }),
  define({
    name: "rand_integer",
    signature: "RAND_INTEGER([seed, ]bound)",
    description: "A random INT from 0 to below the bound, which must be positive.",
    args: ["integer", "integer"],
    required: 1,
    result: INT,
    isVolatile: true,
    evaluateFor: ({ args }) => {
      if (args.length === 1) return ([bound]) => Math.floor(Math.random() * positive(bound));
      const random = seededBy(args[0]);
      return ([seed, bound]) => random(seed).nextInteger(positive(bound));
    },
  }),
  define({
    name: "uuid",
    signature: "UUID()",
    description: "A random UUID of version 4.",
    args: [],
    result: { kind: "char", length: 36, nullable: false },
    isVolatile: true,
    evaluate: () => globalThis.crypto.randomUUID(),
  }),
];

function constant(name: string, value: number, description: string): ScalarFunction {
  const signature = `${name.toUpperCase()}()`;
  const result: DataType = { kind: "double", nullable: false };
  return define({ name, signature, description, args: [], result, evaluate: () => value });
}

/** A function of one or two DOUBLEs that is one JavaScript expression. */
function ofDoubles(
  name: string,
  signature: string,
  description: string,
  write: (x: string, y: string) => string,
  count = 1,
): ScalarFunction {
  return define({
    name,
    signature,
    description,
    args: count === 1 ? ["double"] : ["double", "double"],
    result: DOUBLE,
    evaluateFor: () => {
      const compute = new Function("x", "y", `return ${write("x", "y")};`) as (x: unknown, y: unknown) => number;
      return ([x, y]) => compute(x, y);
    },
    emit(call, emitter) {
      const args = call.args.map((arg) => emitter.compile(arg));
      const [x, y = ""] = args.map((arg) => emitter.valueOf(arg));
      return emitter.result(call.type, args, write(`(${x})`, `(${y})`));
    },
  });
}

/** One sequence for a literal seed; for others each row starts its own. */
function seededBy(seed: { readonly kind: string; readonly value?: unknown }): (seed: unknown) => JavaRandom {
  if (seed.kind !== "literal" || seed.value === null) return (value) => new JavaRandom(value as Exact);
  const random = new JavaRandom(seed.value as Exact);
  return () => random;
}

function positive(bound: unknown): number {
  if (Number(bound) > 0) return Number(bound);
  throw new MillraceError({
    code: "EXPRESSION_FAILED",
    message: `the bound of RAND_INTEGER must be positive, not ${String(bound)}`,
  });
}
