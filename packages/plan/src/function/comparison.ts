/** = <> < <= > >=, IN, IS [NOT] DISTINCT FROM. */
import { BOOLEAN, type DataType, DOUBLE, formatType } from "@millrace/core";
import { compareBytes, compareText, encodeUtf8, equalBytes } from "../codegen/text.ts";
import { type CallExpression, call, type Expression } from "../expression/expression.ts";
import { coerceAll, isCharacter } from "../type/coercion.ts";
import { asDecimal, isApproximate, isNumeric, MAX_DECIMAL_PRECISION } from "../type/numeric.ts";
import type { Code, CodeWriter } from "./code-writer.ts";
import * as exact from "./exact.ts";
import { FunctionError, nullableOf, type ScalarFunction } from "./scalar-function.ts";

type Comparison = "=" | "<>" | "<" | "<=" | ">" | ">=";
const comparisons: readonly Comparison[] = ["=", "<>", "<", "<=", ">", ">="];

const decide: Record<Comparison, (order: number) => boolean> = {
  "=": (order) => order === 0,
  "<>": (order) => order !== 0,
  "<": (order) => order < 0,
  "<=": (order) => order <= 0,
  ">": (order) => order > 0,
  ">=": (order) => order >= 0,
};

export const comparisonFunctions: readonly ScalarFunction[] = [
  ...comparisons.map(comparison),
  {
    name: "in",
    signature: "value IN (item, ...)",
    description:
      "Whether the value equals one of the items; unknown if none is equal and one of them, or the value, is NULL.",
    bind(args) {
      const common = coerceAll(args);
      if (common === undefined) throw incomparable("IN", args);
      return { kind: "call", name: "in", args: common.args, type: { ...BOOLEAN, nullable: nullableOf(args) } };
    },
    seesNull: true,
    evaluator:
      () =>
      ([value, ...items]) => {
        if (value === null) return null;
        let isUnknown = false;
        for (const item of items) {
          if (item === null) isUnknown = true;
          else if (compareValues(value, item) === 0) return true;
        }
        return isUnknown ? null : false;
      },
    emitsExact: true,
    emit: emitIn,
  },
  distinct("is distinct from", true),
  distinct("is not distinct from", false),
];

function incomparable(operator: string, args: readonly Expression[]): FunctionError {
  return new FunctionError(
    `'${operator}' cannot compare ${args.map((arg) => formatType(arg.type)).join(" with ")}; cast one of them`,
  );
}

function comparison(operator: Comparison): ScalarFunction {
  return {
    name: operator,
    signature: `value ${operator} value`,
    description: "Comparison; text by code point.",
    bind(args) {
      const common = asNumbers(args) ?? coerceAll(asComparable(operator, args));
      if (common === undefined) throw incomparable(operator, args);
      const isOrdered = !["map", "multiset", "bitmap", "variant"].includes(common.type.kind);
      if (!isOrdered && operator !== "=" && operator !== "<>") throw incomparable(operator, args);
      return {
        kind: "call",
        name: operator,
        args: common.args,
        type: { ...BOOLEAN, nullable: nullableOf(args) || args.some((arg) => hasNullableField(arg.type)) },
      };
    },
    evaluator: ({ args }) => {
      const test = decide[operator];
      if (operator === "=" && args[0].type.kind === "row")
        return ([a, b]) => equalRows(a as readonly unknown[], b as readonly unknown[]);
      const scales = scalesOf(args);
      if (scales !== null) return ([a, b]) => test(compareDecimals(a as exact.Exact, b as exact.Exact, scales));
      return ([a, b]) => (Number.isNaN(a) || Number.isNaN(b) ? operator === "<>" : test(compareValues(a, b)));
    },
    emitsExact: true,
    emit: (call, emitter) => (scalesOf(call.args) === null ? emitComparison(operator, call, emitter) : undefined),
  };
}

/** Equality of rows: unknown if fields that are there are equal and others are NULL. */
function equalRows(a: readonly unknown[], b: readonly unknown[]): boolean | null {
  let isUnknown = false;
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i] ?? null, b[i] ?? null];
    if (x === null || y === null) isUnknown = true;
    else if (compareValues(x, y) !== 0) return false;
  }
  return isUnknown ? null : true;
}

function hasNullableField(type: DataType): boolean {
  return type.kind === "row" && type.fields.some((field) => field.type.nullable);
}

/** FLOAT and DOUBLE, and exact numbers that no DECIMAL has room for both of: they are compared as they are. */
function asNumbers(
  args: readonly Expression[],
): { readonly type: DataType; readonly args: readonly Expression[] } | undefined {
  if (args.every((arg) => isApproximate(arg.type))) return { type: DOUBLE, args };
  const [p, q] = args.map((arg) => asDecimal(arg.type));
  if (p === undefined || q === undefined) return undefined;
  const digits = Math.max(p.precision - p.scale, q.precision - q.scale) + Math.max(p.scale, q.scale);
  return digits > MAX_DECIMAL_PRECISION && p.scale !== q.scale ? { type: args[0].type, args } : undefined;
}

/** The scales of exact numbers that were left at different ones; null for all other arguments. */
function scalesOf(args: readonly Expression[]): readonly [number, number] | null {
  const [p, q] = args.map((arg) => asDecimal(arg.type));
  return p === undefined || q === undefined || p.scale === q.scale ? null : [p.scale, q.scale];
}

function compareDecimals(a: exact.Exact, b: exact.Exact, [p, q]: readonly [number, number]): number {
  const scale = Math.max(p, q);
  return compareValues(exact.rescale(a, p, scale), exact.rescale(b, q, scale));
}

/**
 * Text compared with a time, a BOOLEAN or a number is converted to it, as Flink does, which fails for text that is none; beside
 * a BOOLEAN it is unknown. Whether text equals a number is not asked.
 */
function asComparable(operator: string, args: readonly Expression[]): readonly Expression[] {
  const [a, b] = args;
  const isOrder = operator.startsWith("<") || operator.startsWith(">");
  const convert = (text: Expression, other: DataType): Expression => {
    if (!isCharacter(text.type)) return text;
    const type = { ...other, nullable: text.type.nullable };
    if (other.kind === "boolean") return call("try_cast", [text], { ...other, nullable: true });
    return isTime(other) || (isNumeric(other) && isOrder && operator !== "<>") ? call("cast", [text], type) : text;
  };
  return [convert(a, b.type), convert(b, a.type)];
}

function isTime(type: DataType): boolean {
  return ["date", "time", "timestamp", "timestamp_ltz"].includes(type.kind);
}

/** Order of two values of the same type that are not NULL. */
function compareValues(a: unknown, b: unknown): number {
  if (typeof a === "string") return compareText(a, b as string);
  if (a instanceof Uint8Array) return compareBytes(a, 0, a.length, b as Uint8Array, 0, (b as Uint8Array).length);
  if (Array.isArray(a)) {
    const other = b as readonly unknown[];
    for (let i = 0; i < Math.min(a.length, other.length); i++) {
      const order = compareNullable(a[i], other[i]);
      if (order !== 0) return order;
    }
    return a.length - other.length;
  }
  if (a instanceof Map) {
    const other = b as Map<unknown, unknown>;
    if (a.size !== other.size) return a.size - other.size;
    for (const [key, value] of a) {
      const match = [...other].find(([candidate]) => compareNullable(candidate, key) === 0);
      if (match === undefined || compareNullable(match[1], value) !== 0) return 1;
    }
    return 0;
  }
  const [x, y] = [a as number | bigint, b as number | bigint];
  return x < y ? -1 : x > y ? 1 : 0;
}

/** As `compareValues`; NULL equals NULL and is before all else. */
function compareNullable(a: unknown, b: unknown): number {
  if (a === null || a === undefined) return b === null || b === undefined ? 0 : -1;
  return b === null || b === undefined ? 1 : compareValues(a, b);
}

function distinct(name: string, isDistinct: boolean): ScalarFunction {
  return {
    name,
    signature: `value ${name.toUpperCase()} value`,
    description: "Comparison in which NULL is a value equal to itself.",
    seesNull: true,
    bind(args) {
      const common = asNumbers(args) ?? coerceAll(asComparable(name, args));
      if (common === undefined) throw incomparable(name.toUpperCase(), args);
      return { kind: "call", name, args: common.args, type: { ...BOOLEAN, nullable: false } };
    },
    evaluator: ({ args }) => {
      const scales = scalesOf(args);
      const order = (a: unknown, b: unknown): number =>
        scales === null || a === null || b === null
          ? compareNullable(a, b)
          : compareDecimals(a as exact.Exact, b as exact.Exact, scales);
      return ([a, b]) => (order(a, b) !== 0) === isDistinct;
    },
  };
}

const scalarKinds = new Set([
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
  "boolean",
  "interval_day_time",
  "interval_year_month",
]);

function emitComparison(operator: Comparison, call: CallExpression, emitter: CodeWriter): Code | undefined {
  const { kind } = call.args[0].type;
  const js = operator === "=" ? "===" : operator === "<>" ? "!==" : operator;
  if (scalarKinds.has(kind)) {
    const args = call.args.map((arg) => emitter.compile(arg));
    return emitter.result(call.type, args, `${emitter.valueOf(args[0])} ${js} ${emitter.valueOf(args[1])}`);
  }
  if (!isCharacter(call.args[0].type)) return undefined;
  const args = call.args.map((arg) => emitter.compile(arg));
  const [a, b] = args;
  if (a.view !== undefined && b.view !== undefined) {
    const ranges = `${a.view.bytes}, ${a.view.start}, ${a.view.end}, ${b.view.bytes}, ${b.view.start}, ${b.view.end}`;
    if (operator === "=" || operator === "<>") {
      return emitter.result(
        call.type,
        args,
        `${operator === "=" ? "" : "!"}${emitter.constant(equalBytes)}(${ranges})`,
      );
    }
    return emitter.result(call.type, args, `${emitter.constant(compareBytes)}(${ranges}) ${js} 0`);
  }
  if (operator === "=" || operator === "<>")
    return emitter.result(call.type, args, `${emitter.valueOf(a)} ${js} ${emitter.valueOf(b)}`);
  return emitter.result(
    call.type,
    args,
    `${emitter.constant(compareText)}(${emitter.valueOf(a)}, ${emitter.valueOf(b)}) ${js} 0`,
  );
}

function emitIn(call: CallExpression, emitter: CodeWriter): Code | undefined {
  const [needle, ...items] = call.args;
  const values = items.map((item) => (item.kind === "literal" ? item.value : undefined));
  if (values.some((value) => value === null || value === undefined)) return undefined;
  const value = emitter.compile(needle);
  if (scalarKinds.has(needle.type.kind)) {
    const tests = items.map((item) => `${emitter.valueOf(value)} === ${emitter.valueOf(emitter.compile(item))}`);
    if (tests.length <= 8) return emitter.result(call.type, [value], tests.join(" || "));
    return emitter.result(call.type, [value], `${emitter.constant(new Set(values))}.has(${emitter.valueOf(value)})`);
  }
  if (!isCharacter(needle.type)) return undefined;
  if (value.view !== undefined && values.length <= 8) {
    const { bytes, start, end } = value.view;
    const tests = values.map((text) => {
      const encoded = encodeUtf8(text as string);
      return `${emitter.constant(equalBytes)}(${bytes}, ${start}, ${end}, ${emitter.constant(encoded)}, 0, ${encoded.length})`;
    });
    return emitter.result(call.type, [value], tests.join(" || "));
  }
  return emitter.result(call.type, [value], `${emitter.constant(new Set(values))}.has(${emitter.valueOf(value)})`);
}
