/** ARRAY_*: elements are equal by content, NULL to NULL. */
import { BOOLEAN, compareValues, type DataType, formatType, INT, STRING, sameType } from "@millrace/core";
import type { CallExpression, Expression } from "../expression/expression.ts";
import { coerce, commonType, isCharacter } from "../type/coercion.ts";
import { isInteger } from "../type/numeric.ts";
import type { Evaluate } from "./evaluate.ts";
import { identityOf } from "./identity.ts";
import { FunctionError, nullableOf, type ScalarFunction, typesText } from "./scalar-function.ts";

type Values = readonly unknown[];

export const arrayFunctions: readonly ScalarFunction[] = [
  withElement("array_contains", "ARRAY_CONTAINS(array, value)", "Whether the value is an element.", {
    seesNullValue: true,
    result: () => BOOLEAN,
    evaluate: ([array, value]) => placeOf(array as Values, value) >= 0,
  }),
  withElement(
    "array_position",
    "ARRAY_POSITION(array, value)",
    "Place of the first such element, from 1; 0 if none. NULL for NULL.",
    {
      result: () => INT,
      evaluate: ([array, value]) => (value === null ? null : placeOf(array as Values, value) + 1),
    },
  ),
  withElement("array_append", "ARRAY_APPEND(array, value)", "The array with one more element at its end.", {
    result: (type) => type,
    evaluate: ([array, value]) => [...(array as Values), value],
  }),
  withElement("array_prepend", "ARRAY_PREPEND(array, value)", "The array with one more element at its start.", {
    result: (type) => type,
    evaluate: ([array, value]) => [value, ...(array as Values)],
  }),
  withElement("array_remove", "ARRAY_REMOVE(array, value)", "The array without the elements that equal the value.", {
    keeps: true,
    seesNullValue: true,
    result: (type) => type,
    evaluate: ([array, value]) => {
      const identity = identityOf(value);
      return (array as Values).filter((each) => identityOf(each) !== identity);
    },
  }),
  ofArrays(
    "array_concat",
    "ARRAY_CONCAT(array, ...)",
    "The elements of all arrays, one array behind the other.",
    1,
    () => (args) => args.flatMap((array) => array as Values),
  ),
  ofArrays(
    "array_union",
    "ARRAY_UNION(array, array)",
    "The elements of both arrays, each once.",
    2,
    () =>
      ([a, b]) =>
        distinct([...(a as Values), ...(b as Values)]),
  ),
  ofArrays(
    "array_except",
    "ARRAY_EXCEPT(array, array)",
    "The elements of the first array that are not in the second, each once.",
    2,
    () =>
      ([a, b]) => {
        const others = new Set((b as Values).map(identityOf));
        return distinct(a as Values).filter((each) => !others.has(identityOf(each)));
      },
  ),
  ofArrays(
    "array_intersect",
    "ARRAY_INTERSECT(array, array)",
    "The elements that are in both, each once.",
    2,
    () =>
      ([a, b]) => {
        const others = new Set((b as Values).map(identityOf));
        return distinct(a as Values).filter((each) => others.has(identityOf(each)));
      },
  ),
  ofArray(
    "array_distinct",
    "ARRAY_DISTINCT(array)",
    "The elements, each once.",
    (type) => type,
    ([array]) => distinct(array as Values),
  ),
  ofArray(
    "array_reverse",
    "ARRAY_REVERSE(array)",
    "The elements in reverse.",
    (type) => type,
    ([array]) => (array as Values).toReversed(),
  ),
  ofArray("array_max", "ARRAY_MAX(array)", "The greatest element that is not NULL.", elementOf, ([array]) =>
    extreme(array as Values, 1),
  ),
  ofArray("array_min", "ARRAY_MIN(array)", "The least element that is not NULL.", elementOf, ([array]) =>
    extreme(array as Values, -1),
  ),
  {
    name: "array_sort",
    signature: "ARRAY_SORT(array[, ascending[, nulls first]])",
    description: "The elements in order; NULLs are first in ascending order and last in descending, unless told.",
    bind(args) {
      const type = args[0]?.type;
      if (type?.kind === "array" && !isOrdered(type.element)) throw mismatch(this.signature, args);
      return bindWith("array_sort", args, ["boolean", "boolean"], 1);
    },
    evaluator: () => sorted,
  },
  {
    name: "array_slice",
    signature: "ARRAY_SLICE(array, from[, to])",
    description: "The elements from a place to another, from 1, both included; negative ones count from the end.",
    bind: (args) => bindWith("array_slice", args, ["integer", "integer"], 2),
    evaluator: () => sliced,
  },
  {
    name: "array_join",
    signature: "ARRAY_JOIN(array, separator[, text for NULL])",
    description: "The texts with the separator between them; NULLs are left out unless there is a text for them.",
    bind(args) {
      const [array, separator, forNull] = args;
      const fits =
        array?.type.kind === "array" && isCharacter(array.type.element) && args.length >= 2 && args.length <= 3;
      const isText = (arg: Expression | undefined) =>
        arg === undefined || isCharacter(arg.type) || arg.type.kind === "null";
      if (!fits || !isText(separator) || !isText(forNull)) throw mismatch(this.signature, args);
      const typed = [array, ...args.slice(1).map((arg) => coerce(arg, STRING))];
      return { kind: "call", name: "array_join", args: typed, type: { ...STRING, nullable: nullableOf(args) } };
    },
    evaluator:
      () =>
      ([array, separator, forNull]) =>
        (array as Values)
          .flatMap((each) => (each !== null ? [each] : forNull === undefined ? [] : [forNull]))
          .join(separator as string),
  },
];

/** Numbers, texts, bytes and times have an order that functions on arrays take. */
function isOrdered(type: DataType): boolean {
  return !["boolean", "row", "array", "map", "multiset", "bitmap", "variant", "value", "null"].includes(type.kind);
}

function mismatch(signature: string, args: readonly Expression[]): FunctionError {
  return new FunctionError(
    `no such form of the function for arguments (${typesText(args, formatType)}); expected ${signature}`,
  );
}

function elementOf(type: DataType): DataType {
  return type.kind === "array" ? { ...type.element, nullable: true } : type;
}

function placeOf(array: Values, value: unknown): number {
  const identity = identityOf(value);
  return array.findIndex((each) => Object.is(identityOf(each), identity) || identityOf(each) === identity);
}

function distinct(array: Values): Values {
  const seen = new Set<unknown>();
  return array.filter((each) => {
    const identity = identityOf(each);
    if (seen.has(identity)) return false;
    seen.add(identity);
    return true;
  });
}

function extreme(array: Values, sign: number): unknown {
  let best: unknown = null;
  for (const each of array) if (each !== null && (best === null || compareValues(each, best) * sign > 0)) best = each;
  return best;
}

const sorted: Evaluate = ([array, ascending = true, nullsFirst = ascending]) => {
  const sign = ascending === true ? 1 : -1;
  const nulls = nullsFirst === true ? -1 : 1;
  return (array as Values).toSorted((a, b) => {
    if (a === null || b === null) return a === b ? 0 : a === null ? nulls : -nulls;
    return compareValues(a, b) * sign;
  });
};

const sliced: Evaluate = ([array, from, to]) => {
  const values = array as Values;
  const place = (index: number) => (index < 0 ? values.length + index + 1 : index === 0 ? 1 : index);
  const first = Math.max(1, place(Number(from)));
  const last = to === undefined ? values.length : place(Number(to));
  return first > last ? [] : values.slice(first - 1, last);
};

/** A function of one array. */
function ofArray(
  name: string,
  signature: string,
  description: string,
  result: (type: DataType) => DataType,
  evaluate: Evaluate,
): ScalarFunction {
  return {
    name,
    signature,
    description,
    bind(args) {
      const type = args[0]?.type;
      if (args.length !== 1 || type.kind !== "array") throw mismatch(signature, args);
      if (result === elementOf && !isOrdered(type.element)) throw mismatch(signature, args);
      const bound = result(type);
      return { kind: "call", name, args, type: { ...bound, nullable: bound === type ? type.nullable : true } };
    },
    evaluator: () => evaluate,
  };
}

/** A function of an array and literals or values of simple kinds. */
function bindWith(
  name: string,
  args: readonly Expression[],
  kinds: readonly ("boolean" | "integer")[],
  required: number,
): Expression {
  const [array, ...rest] = args;
  const fits = rest.every(({ type }, i) =>
    kinds[i] === "boolean" ? type.kind === "boolean" || type.kind === "null" : isInteger(type) || type.kind === "null",
  );
  if (array?.type.kind !== "array" || args.length < required || rest.length > kinds.length || !fits)
    throw mismatch(`${name.toUpperCase()}(array, ${kinds.join(", ")})`, args);
  const typed = rest.map((arg, i) =>
    arg.type.kind === "null" ? coerce(arg, kinds[i] === "boolean" ? BOOLEAN : INT) : arg,
  );
  return { kind: "call", name, args: [array, ...typed], type: { ...array.type, nullable: nullableOf(args) } };
}

interface ElementFunction {
  /** The elements keep their type, whatever the value's. */
  readonly keeps?: boolean;
  /** The result is not nullable for a nullable value. */
  readonly seesNullValue?: boolean;
  readonly result: (array: DataType) => DataType;
  readonly evaluate: Evaluate;
}

/** A function of an array and a value of its elements' type. NULL is a value like others. */
function withElement(name: string, signature: string, description: string, spec: ElementFunction): ScalarFunction {
  return {
    name,
    signature,
    description,
    seesNull: true,
    bind(args) {
      const [array, value] = args;
      if (args.length !== 2 || array.type.kind !== "array") throw mismatch(signature, args);
      const element = commonType([array.type.element, value.type]);
      // The value may become an element; the elements do not become what the value is.
      const isWider = element !== undefined && !isCharacter(element) && !sameType(element, array.type.element);
      if (element === undefined || isWider) throw mismatch(signature, args);
      const type: DataType = { kind: "array", element: spec.keeps ? array.type.element : element, nullable: true };
      const nullable = spec.seesNullValue === true ? array.type.nullable : nullableOf(args);
      const typed = [coerce(array, { ...type, element }), coerce(value, element)];
      return { kind: "call", name, args: typed, type: { ...spec.result(type), nullable } };
    },
    evaluator: () => (args, context) => (args[0] === null ? null : spec.evaluate(args, context)),
  };
}

/** A function of arrays of one type. */
function ofArrays(
  name: string,
  signature: string,
  description: string,
  count: number,
  evaluator: (call: CallExpression) => Evaluate,
): ScalarFunction {
  return {
    name,
    signature,
    description,
    bind(args) {
      const isArrays = args.every((arg) => arg.type.kind === "array" || arg.type.kind === "null");
      const common = args.length === 0 ? undefined : commonType(args.map((arg) => arg.type));
      const fits = count === 1 ? args.length >= 1 : args.length === count;
      if (!isArrays || !fits || common?.kind !== "array") throw mismatch(signature, args);
      const typed = args.map((arg) => coerce(arg, common));
      return { kind: "call", name, args: typed, type: { ...common, nullable: nullableOf(args) } };
    },
    evaluator,
  };
}
