/** Constructors of ARRAY, MAP and ROW, access to their elements, and their size. */
import { type DataType, formatType, INT, MillraceError } from "@millrace/core";
import type { Expression } from "../expression/expression.ts";
import { coerce } from "../type/coercion.ts";
import { isInteger } from "../type/numeric.ts";
import { arrayFunctions } from "./array.ts";
import type { Evaluate } from "./evaluate.ts";
import { identityOf } from "./identity.ts";
import { literalNumber } from "./literal-argument.ts";
import { mapFunctions } from "./map.ts";
import { FunctionError, type ScalarFunction, typesText } from "./scalar-function.ts";
import { structuredFunctions } from "./structured.ts";
import { bindVariantItem, variantItem } from "./variant.ts";

export const collectionFunctions: readonly ScalarFunction[] = [
  constructorOf("row", "ROW(value, ...)", "A row of the values.", () => (values) => values.slice()),
  constructorOf("array", "ARRAY[value, ...]", "An array of the values.", () => (values) => values.slice()),
  constructorOf(
    "map",
    "MAP[key, value, ...]",
    "A map of keys and values; of equal keys the last counts.",
    () => (values) => {
      const map = new Map<unknown, unknown>();
      for (let i = 0; i < values.length; i += 2) setEntry(map, values[i], values[i + 1]);
      return map;
    },
  ),
  {
    name: "item",
    signature: "array[index] | map[key] | row[index] | variant[key | index]",
    description: "The element of an array (from 1) or row, or the value of a key; NULL if there is none.",
    bind: bindItem,
    evaluator: ({ args: [{ type }] }) =>
      type.kind === "variant" ? variantItem : type.kind === "map" ? mapValue : element,
  },
  {
    name: "cardinality",
    signature: "CARDINALITY(array | map)",
    description: "Number of elements or entries.",
    bind(args) {
      const kind = args[0]?.type.kind;
      if (args.length !== 1 || !(kind === "array" || kind === "map" || kind === "multiset"))
        throw new FunctionError(`CARDINALITY takes an ARRAY, MAP or MULTISET, not ${typesText(args, formatType)}`);
      return { kind: "call", name: "cardinality", args, type: { ...INT, nullable: args[0].type.nullable } };
    },
    evaluator: () => sizeOf,
  },
  {
    name: "element",
    signature: "ELEMENT(array)",
    description: "The only element of an array; NULL of an empty one. Fails if there are more.",
    bind(args) {
      const [array] = args;
      if (args.length !== 1 || (array.type.kind !== "array" && array.type.kind !== "multiset"))
        throw new FunctionError(`ELEMENT takes an ARRAY, not ${typesText(args, formatType)}`);
      return { kind: "call", name: "element", args, type: { ...array.type.element, nullable: true } };
    },
    evaluator: () => onlyElement,
  },
  ...arrayFunctions,
  ...mapFunctions,
  ...structuredFunctions,
];

/** Sets the value of a key, which may be a row or bytes and then is found by content. */
function setEntry(map: Map<unknown, unknown>, key: unknown, value: unknown): void {
  map.set(keyIn(map, key), value);
}

/** The key of the map that equals this one; itself if there is none. */
function keyIn(map: ReadonlyMap<unknown, unknown>, key: unknown): unknown {
  if (typeof key !== "object" || key === null) return key;
  const identity = identityOf(key);
  for (const each of map.keys()) if (identityOf(each) === identity) return each;
  return key;
}

function constructorOf(
  name: string,
  signature: string,
  description: string,
  evaluator: () => Evaluate,
): ScalarFunction {
  return {
    name,
    signature,
    description,
    seesNull: true,
    bind: () => {
      throw new Error(`${name} is bound with its type`);
    },
    evaluator,
  };
}

const mapValue: Evaluate = ([map, key]) => {
  const entries = map as ReadonlyMap<unknown, unknown>;
  return entries.get(keyIn(entries, key)) ?? null;
};

const element: Evaluate = ([array, index]) => (array as readonly unknown[])[Number(index) - 1] ?? null;

const sizeOf: Evaluate = ([value]) =>
  Array.isArray(value) ? value.length : multisetSize(value as ReadonlyMap<unknown, unknown>);

function multisetSize(map: ReadonlyMap<unknown, unknown>): number {
  return map.size;
}

const onlyElement: Evaluate = ([array]) => {
  const values = array as readonly unknown[];
  if (values.length <= 1) return values[0] ?? null;
  throw new MillraceError({
    code: "EXPRESSION_FAILED",
    message: `ELEMENT takes an array of at most one element, not of ${values.length}`,
  });
};

function bindItem(args: readonly Expression[]): Expression {
  const [container, index] = args;
  const { type } = container;
  const make = (key: Expression, result: DataType): Expression => ({
    kind: "call",
    name: "item",
    args: [container, key],
    type: { ...result, nullable: true },
  });
  if (type.kind === "array") {
    if (!isInteger(index.type) && index.type.kind !== "null")
      throw new FunctionError(`the index of an array must be an integer, not ${formatType(index.type)}`);
    const at = literalNumber(index);
    if (at !== undefined && at < 1) throw new FunctionError(`the elements of an array are counted from 1, not ${at}`);
    return make(index.type.kind === "null" ? coerce(index, INT) : index, type.element);
  }
  if (type.kind === "map") {
    const isSame = index.type.kind === type.key.kind || index.type.kind === "null";
    const isText = ["char", "varchar"].includes(index.type.kind) && ["char", "varchar"].includes(type.key.kind);
    if (!isSame && !isText && !(isInteger(index.type) && isInteger(type.key)))
      throw new FunctionError(`the key of the map must be ${formatType(type.key)}, not ${formatType(index.type)}`);
    return make(coerce(index, type.key), type.value);
  }
  if (type.kind === "row") {
    const at = literalNumber(index);
    const field = at === undefined ? undefined : type.fields[at - 1];
    if (field === undefined) throw new FunctionError(`the fields of this row are 1 to ${type.fields.length}`);
    return { kind: "field", input: container, index: (at as number) - 1, type: field.type };
  }
  if (type.kind === "variant") return make(index, bindVariantItem([container, index]));
  throw new FunctionError(`[ ] takes an element of an ARRAY, MAP or ROW, not of ${formatType(type)}`);
}
