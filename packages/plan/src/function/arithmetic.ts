/** + - * / % and the unary minus, over numbers, timestamps and intervals. */
import { type DataType, type DecimalType, formatType, isExact, MillraceError, withNullable } from "@millrace/core";
import type { CallExpression, Expression } from "../expression/expression.ts";
import { coerce, isTimestamp } from "../type/coercion.ts";
import { arithmeticType, asDecimal, isInteger } from "../type/numeric.ts";
import type { Code, CodeWriter } from "./code-writer.ts";
import type { Evaluate } from "./evaluate.ts";
import * as exact from "./exact.ts";
import { FunctionError, nullableOf, type ScalarFunction } from "./scalar-function.ts";

type Operator = "+" | "-" | "*" | "/" | "%";

const descriptions: Record<Operator, string> = {
  "+": "Sum; of a time and an interval a time. Integers wrap, a DECIMAL that overflows is NULL.",
  "-": "Difference, likewise.",
  "*": "Product, likewise; of an interval and an integer an interval.",
  "/": "Quotient; of integers cut toward zero. Fails for division of integers or DECIMALs by zero.",
  "%": "Remainder of exact numbers, with the sign of the first. Fails for a divisor of zero.",
};

export const arithmeticFunctions: readonly ScalarFunction[] = [
  ...(["+", "-", "*", "/", "%"] as const).map(binary),
  {
    name: "negate",
    signature: "-number",
    description: "The negative of a number or an interval.",
    bind([arg]) {
      if (!isInteger(arg.type) && !["decimal", "float", "double"].includes(arg.type.kind) && !isInterval(arg.type)) {
        throw new FunctionError(`'-' does not take ${formatType(arg.type)}`);
      }
      return { kind: "call", name: "negate", args: [arg], type: arg.type };
    },
    evaluator: (call) => {
      const fit = fitter(call.type);
      return ([value]) => (isExact(call.type) ? fit(exact.negate(value as exact.Exact)) : fit(-(value as number)));
    },
    emit: (call, emitter) => {
      const arg = emitter.compile(call.args[0]);
      const value = emitter.valueOf(arg);
      // Exact types have no -0.
      const isApproximate = call.type.kind === "double" || call.type.kind === "float";
      return emitter.result(call.type, [arg], isApproximate ? `-${value}` : wrapCode(call.type, `0 - ${value}`));
    },
  },
];

function isInterval(type: DataType): boolean {
  return type.kind === "interval_day_time" || type.kind === "interval_year_month";
}

function isTemporal(type: DataType): boolean {
  return type.kind === "timestamp" || type.kind === "timestamp_ltz" || type.kind === "date" || type.kind === "time";
}

function binary(operator: Operator): ScalarFunction {
  return {
    name: operator,
    ...(operator === "%" ? { aliases: ["mod"] } : {}),
    signature: operator === "%" ? "MOD(number, number)" : `number ${operator} number`,
    description: descriptions[operator],
    bind: (args) => bindBinary(operator, args),
    evaluator: (call) => evaluator(operator, call),
    emit: (call, emitter) => emit(operator, call, emitter),
  };
}

function bindBinary(operator: Operator, given: readonly Expression[]): Expression {
  const [a, b] = given.map((arg, i) => (arg.type.kind === "null" ? coerce(arg, typeForNull(given[1 - i].type)) : arg));
  const nullable = nullableOf([a, b]);
  const make = (args: readonly Expression[], type: DataType): Expression => ({
    kind: "call",
    name: operator,
    args,
    type: withNullable(type, nullable || type.nullable),
  });
  const numeric = arithmeticType(operator, a.type, b.type);
  if (numeric !== undefined) return make([a, b], numeric);
  if (operator === "+" || operator === "-") {
    if (isTemporal(a.type) && isInterval(b.type)) return make([a, b], a.type);
    if (operator === "+" && isInterval(a.type) && isTemporal(b.type)) return make([b, a], b.type);
    if (a.type.kind === b.type.kind && isInterval(a.type)) return make([a, b], a.type);
    if (operator === "-" && isTemporal(a.type) && isTemporal(b.type) && a.type.kind === b.type.kind)
      return make([a, b], { kind: "interval_day_time", nullable });
  }
  if (operator === "*" && isInterval(a.type) && isInteger(b.type)) return make([a, b], a.type);
  if (operator === "*" && isInteger(a.type) && isInterval(b.type)) return make([b, a], b.type);
  throw new FunctionError(
    `'${operator}' does not take ${formatType(a.type)} and ${formatType(b.type)}; cast one of them`,
  );
}

function typeForNull(other: DataType): DataType {
  return other.kind === "null"
    ? { kind: "int", nullable: true }
    : isTemporal(other)
      ? { kind: "interval_day_time", nullable: true }
      : other;
}

function divisionByZero(): never {
  throw new MillraceError({ code: "EXPRESSION_FAILED", message: "division by zero" });
}

/** The value brought into the type: integers wrap, DECIMAL overflow is NULL, FLOAT is rounded. */
export function fitter(type: DataType): (value: exact.Exact) => unknown {
  switch (type.kind) {
    case "tinyint":
      return (value) => (Number(value) << 24) >> 24;
    case "smallint":
      return (value) => (Number(value) << 16) >> 16;
    case "int":
      return (value) => Number(value) | 0;
    case "bigint":
      return exact.wrapBigint;
    case "decimal":
      return (value) => exact.fitDecimal(value, type.precision);
    case "float":
      return (value) => Math.fround(Number(value));
    default:
      return (value) => Number(value);
  }
}

function evaluator(operator: Operator, call: CallExpression): Evaluate {
  const [a, b] = call.args.map((arg) => arg.type);
  const { type } = call;
  const fit = fitter(type);
  if (isTemporal(a) && isInterval(b)) {
    const sign = operator === "-" ? -1 : 1;
    return ([at, by]) => addInterval(at as number, sign * (by as number), a, b);
  }
  if (isTemporal(a)) {
    const unit = a.kind === "date" ? 86_400_000 : 1;
    return ([x, y]) => ((x as number) - (y as number)) * unit;
  }
  if (type.kind === "double" || type.kind === "float") {
    const [x, y] = [toDouble(a), toDouble(b)];
    const apply = approximate[operator];
    return ([p, q]) => fit(apply(x(p as exact.Exact), y(q as exact.Exact)));
  }
  if (type.kind === "decimal") {
    const p = asDecimal(a) as DecimalType;
    const q = asDecimal(b) as DecimalType;
    return ([x, y]) =>
      fit(decimalArithmetic(operator, x as exact.Exact, p.scale, y as exact.Exact, q.scale, type.scale));
  }
  const apply = integer[operator];
  return ([x, y]) => {
    if ((operator === "/" || operator === "%") && Number(y) === 0) divisionByZero();
    return type.kind === "int" && operator === "*"
      ? Math.imul(x as number, y as number)
      : fit(apply(x as exact.Exact, y as exact.Exact));
  };
}

const approximate: Record<Operator, (a: number, b: number) => number> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
  "%": (a, b) => a % b,
};

const integer: Record<Operator, (a: exact.Exact, b: exact.Exact) => exact.Exact> = {
  "+": exact.add,
  "-": exact.subtract,
  "*": exact.multiply,
  "/": exact.divideTruncating,
  "%": exact.remainder,
};

function toDouble(type: DataType): (value: exact.Exact) => number {
  return type.kind === "decimal" ? (value) => exact.decimalToDouble(value, type.scale) : Number;
}

function decimalArithmetic(
  operator: Operator,
  a: exact.Exact,
  scaleA: number,
  b: exact.Exact,
  scaleB: number,
  scale: number,
): exact.Exact {
  switch (operator) {
    case "+":
    case "-": {
      const common = Math.max(scaleA, scaleB);
      const apply = operator === "+" ? exact.add : exact.subtract;
      return exact.rescale(apply(exact.rescale(a, scaleA, common), exact.rescale(b, scaleB, common)), common, scale);
    }
    case "*":
      return exact.rescale(exact.multiply(a, b), scaleA + scaleB, scale);
    case "/": {
      if (Number(b) === 0) divisionByZero();
      const numerator = BigInt(a) * exact.powerOfTen(scale + scaleB);
      const quotient = exact.divideRounding(numerator, BigInt(b) * exact.powerOfTen(scaleA));
      return exact.add(quotient, 0);
    }
    case "%": {
      if (Number(b) === 0) divisionByZero();
      const common = Math.max(scaleA, scaleB);
      return exact.rescale(
        exact.remainder(exact.rescale(a, scaleA, common), exact.rescale(b, scaleB, common)),
        common,
        scale,
      );
    }
  }
}

/** A time plus an interval: months keep the day where the month has it. */
export function addInterval(at: number, by: number, type: DataType, interval: DataType): number {
  if (interval.kind === "interval_year_month") {
    if (type.kind === "time") return at;
    const days = type.kind === "date" ? at : Math.floor(at / 86_400_000);
    const rest = type.kind === "date" ? 0 : at - days * 86_400_000;
    const moved = addMonths(days, by);
    return type.kind === "date" ? moved : moved * 86_400_000 + rest;
  }
  if (type.kind === "date") return at + Math.trunc(by / 86_400_000);
  if (type.kind === "time") return (((at + by) % 86_400_000) + 86_400_000) % 86_400_000;
  return at + by;
}

export function addMonths(days: number, months: number): number {
  const date = new Date(days * 86_400_000);
  const target = new Date(Date.UTC(2000, 0, 1));
  target.setUTCFullYear(date.getUTCFullYear(), date.getUTCMonth() + months, 1);
  const lastDay = new Date(target.getTime());
  lastDay.setUTCMonth(lastDay.getUTCMonth() + 1, 0);
  return target.getTime() / 86_400_000 + Math.min(date.getUTCDate(), lastDay.getUTCDate()) - 1;
}

function wrapCode(type: DataType, value: string): string {
  switch (type.kind) {
    case "tinyint":
      return `((${value}) << 24) >> 24`;
    case "smallint":
      return `((${value}) << 16) >> 16`;
    case "int":
      return `(${value}) | 0`;
    default:
      return value;
  }
}

function emit(operator: Operator, call: CallExpression, emitter: CodeWriter): Code | undefined {
  const { type } = call;
  const [typeA, typeB] = call.args.map((arg) => arg.type);
  if (isTemporal(typeA) || isInterval(typeA)) {
    if (!isTimestamp(typeA) || typeB.kind !== "interval_day_time") return undefined;
    const [a, b] = call.args.map((arg) => emitter.compile(arg));
    return emitter.result(type, [a, b], `${emitter.valueOf(a)} ${operator} ${emitter.valueOf(b)}`);
  }
  if (type.kind === "decimal") return emitDecimal(operator, call, emitter);
  if (typeA.kind === "decimal" || typeB.kind === "decimal") return undefined;
  const args = call.args.map((arg) => emitter.compile(arg));
  const [a, b] = args.map((arg) => emitter.valueOf(arg));
  if (isInteger(type)) {
    if (operator === "/" || operator === "%") {
      const isNull = emitter.anyNull(args);
      const fail = emitter.constant(divisionByZero);
      // A literal divisor is known not to be zero.
      const divisor = call.args[1];
      if (divisor.kind !== "literal" || divisor.value === 0)
        emitter.line(`if (${isNull === "false" ? "" : `!${isNull} && `}${b} === 0) ${fail}();`);
      return emitter.result(
        type,
        args,
        operator === "/" ? wrapCode(type, `Math.trunc(${a} / ${b}) + 0`) : `${a} % ${b} + 0`,
      );
    }
    if (type.kind === "int" && operator === "*") return emitter.result(type, args, `Math.imul(${a}, ${b})`);
    const code = emitter.result(
      type,
      args,
      wrapCode(type, operator === "*" ? `${a} * ${b} + 0` : `${a} ${operator} ${b}`),
    );
    if (type.kind === "bigint") emitter.checkSafe(emitter.valueOf(code));
    return code;
  }
  const value = `${a} ${operator} ${b}`;
  return emitter.result(type, args, type.kind === "float" ? `Math.fround(${value})` : value);
}

function emitDecimal(operator: Operator, call: CallExpression, emitter: CodeWriter): Code | undefined {
  const type = call.type as DecimalType;
  const p = asDecimal(call.args[0].type) as DecimalType;
  const q = asDecimal(call.args[1].type) as DecimalType;
  // A result of 16 or more digits holds every safe integer: no overflow check. Others, and rounding, are left to `evaluator`.
  if (type.precision < 16) return undefined;
  if (operator === "*" && type.scale === p.scale + q.scale) {
    const args = call.args.map((arg) => emitter.compile(arg));
    const code = emitter.result(type, args, `${emitter.valueOf(args[0])} * ${emitter.valueOf(args[1])} + 0`);
    emitter.checkSafe(emitter.valueOf(code));
    return code;
  }
  if ((operator === "+" || operator === "-") && type.scale === Math.max(p.scale, q.scale) && type.scale < 16) {
    const args = call.args.map((arg) => emitter.compile(arg));
    const scaled = (value: string, scale: number) =>
      scale === type.scale ? value : `${value} * ${10 ** (type.scale - scale)}`;
    const code = emitter.result(
      type,
      args,
      `${scaled(emitter.valueOf(args[0]), p.scale)} ${operator} ${scaled(emitter.valueOf(args[1]), q.scale)}`,
    );
    emitter.checkSafe(emitter.valueOf(code));
    return code;
  }
  return undefined;
}
