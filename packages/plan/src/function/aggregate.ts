/** The aggregate functions as SQL calls them: arguments, result types and what of core's aggregates they are. */
import {
  type AggregateFunction,
  acceptsArgument,
  aggregateType,
  type DataType,
  DOUBLE,
  formatType,
  STRING,
} from "@millrace/core";
import { call, type Expression } from "../expression/expression.ts";
import { coerce, isCharacter } from "../type/coercion.ts";
import { isInteger, isNumeric } from "../type/numeric.ts";
import { type BitmapAggregate, bitmapAggregates } from "./bitmap-aggregate.ts";
import { FunctionError } from "./scalar-function.ts";

export interface AggregateSignature {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly signature: string;
  readonly description: string;
}

/** A call that is ready for the plan. */
export interface BoundAggregate {
  readonly name: AggregateFunction | string;
  readonly args: readonly Expression[];
  /** Literals besides the arguments; of a user's function its implementation. */
  readonly parameters: readonly unknown[];
  /** DISTINCT although it is not written. */
  readonly distinct: boolean;
  readonly type: DataType;
}

export const aggregateFunctions: readonly AggregateSignature[] = [
  {
    name: "count",
    signature: "COUNT(*) | COUNT([DISTINCT] value, ...)",
    description: "Rows, or rows in which no argument is NULL.",
  },
  {
    name: "sum",
    signature: "SUM([DISTINCT] number)",
    description: "Sum of the values that are not NULL; NULL if there is none.",
  },
  {
    name: "avg",
    signature: "AVG([DISTINCT] number)",
    description: "Average of the values that are not NULL; of integers an integer, cut.",
  },
  { name: "min", signature: "MIN(value)", description: "Least value that is not NULL." },
  { name: "max", signature: "MAX(value)", description: "Greatest value that is not NULL." },
  {
    name: "stddev_pop",
    signature: "STDDEV_POP([DISTINCT] number)",
    description: "Standard deviation of all values, in the type of the number; integers are cut.",
  },
  {
    name: "stddev_samp",
    aliases: ["stddev"],
    signature: "STDDEV_SAMP([DISTINCT] number)",
    description: "Standard deviation of a sample; NULL for fewer than two values.",
  },
  { name: "var_pop", signature: "VAR_POP([DISTINCT] number)", description: "Variance of all values." },
  {
    name: "var_samp",
    aliases: ["variance"],
    signature: "VAR_SAMP([DISTINCT] number)",
    description: "Variance of a sample; NULL for fewer than two values.",
  },
  {
    name: "first_value",
    signature: "FIRST_VALUE(value)",
    description: "First value that is not NULL, in the order of arrival.",
  },
  {
    name: "last_value",
    signature: "LAST_VALUE(value)",
    description: "Last value that is not NULL, in the order of arrival.",
  },
  {
    name: "listagg",
    signature: "LISTAGG([DISTINCT] string[, separator])",
    description: "The texts that are not NULL in the order of arrival, with the literal separator (',') between.",
  },
  {
    name: "array_agg",
    signature: "ARRAY_AGG([DISTINCT] value)",
    description: "The values, NULLs too, in the order of arrival; NULL of no rows.",
  },
  {
    name: "collect",
    signature: "COLLECT([DISTINCT] value)",
    description: "The values that are not NULL as a MULTISET.",
  },
  {
    name: "percentile",
    signature: "PERCENTILE(number, fraction | ARRAY[fraction, ...][, frequency])",
    description:
      "The values at literal fractions (0 to 1) of the sorted ones, between two of them by linear interpolation.",
  },
  {
    name: "approx_count_distinct",
    signature: "APPROX_COUNT_DISTINCT(value)",
    description: "Number of different values. Exact here: COUNT(DISTINCT value).",
  },
  {
    name: "json_arrayagg",
    signature: "JSON_ARRAYAGG(value [NULL | ABSENT ON NULL])",
    description: "The values as a JSON array; NULLs are left out unless NULL ON NULL.",
  },
  {
    name: "json_objectagg",
    signature: "JSON_OBJECTAGG([KEY] key VALUE value [NULL | ABSENT ON NULL])",
    description: "Keys and values as a JSON object; NULLs are null unless ABSENT. Fails for a key that comes twice.",
  },
  ...bitmapAggregates.map(({ name, signature, description }) => ({ name, signature, description })),
];

function definitionOf(name: string): AggregateSignature | undefined {
  const lower = name.toLowerCase();
  return aggregateFunctions.find((each) => each.name === lower || each.aliases?.includes(lower));
}

export function isAggregateFunction(name: string): boolean {
  return definitionOf(name) !== undefined;
}

/** An aggregate call; throws FunctionError if the function does not take such arguments. */
export function bindAggregate(name: string, args: readonly Expression[]): BoundAggregate {
  const definition = definitionOf(name);
  if (definition === undefined) throw new FunctionError(`there is no aggregate function ${name}`);
  if (definition.name === "approx_count_distinct") return { ...bound("count", one(definition, args)), distinct: true };
  const bitmap = bitmapAggregates.find((each) => each.name === definition.name);
  if (bitmap !== undefined) return bitmapAggregate(definition, bitmap, args);
  const known = definition.name as AggregateFunction;
  switch (known) {
    case "count":
      return bound(known, args);
    case "listagg":
      return listAggregate(definition, args);
    case "percentile":
      return percentile(definition, args);
    case "json_arrayagg":
    case "json_objectagg":
      throw wrong(definition, args);
    case "array_agg":
    case "collect":
    case "first_value":
    case "last_value":
      return bound(known, one(definition, args));
    default: {
      const [arg] = one(definition, args);
      const isOrdered = !["row", "array", "map", "multiset", "bitmap", "variant", "value", "null"].includes(
        arg.type.kind,
      );
      if (!isOrdered || !acceptsArgument(known, arg.type)) throw wrong(definition, args);
      return bound(known, [arg]);
    }
  }
}

/** JSON_ARRAYAGG of items, or JSON_OBJECTAGG of keys and values, whose JSON is computed already. */
export function bindJsonAggregate(onNull: string, args: readonly Expression[]): BoundAggregate {
  if (args.length === 1) return { ...bound("json_arrayagg", args), parameters: [onNull] };
  const [key] = args;
  if (!isCharacter(key.type))
    throw new FunctionError(`the key of JSON_OBJECTAGG is a text, not ${formatType(key.type)}`);
  return { ...bound("json_objectagg", [rowOf(args)]), parameters: [onNull] };
}

function bound(name: AggregateFunction, args: readonly Expression[]): BoundAggregate {
  const type = aggregateType(
    name,
    args.map((arg) => arg.type),
  );
  return { name, args, parameters: [], distinct: false, type };
}

function one(definition: AggregateSignature, args: readonly Expression[]): readonly Expression[] {
  if (args.length !== 1) throw wrong(definition, args);
  return args;
}

function bitmapAggregate(
  definition: AggregateSignature,
  { argument, name, aggregate, type }: BitmapAggregate,
  args: readonly Expression[],
): BoundAggregate {
  const [arg] = one(definition, args);
  const { kind } = arg.type;
  const fits = kind === argument.kind || kind === "null" || (argument.kind === "int" && /^(tiny|small)int$/.test(kind));
  if (!fits) throw wrong(definition, args);
  return { name, args: [coerce(arg, argument)], parameters: [aggregate], distinct: false, type };
}

function listAggregate(definition: AggregateSignature, args: readonly Expression[]): BoundAggregate {
  const [text, separator] = args;
  const isLiteral = separator === undefined || (separator.kind === "literal" && typeof separator.value === "string");
  if (args.length > 2 || !isCharacter(text.type) || !isLiteral) throw wrong(definition, args);
  const parameters = separator?.kind === "literal" ? [separator.value] : [","];
  return { ...bound("listagg", [text]), parameters, type: STRING };
}

function percentile(definition: AggregateSignature, args: readonly Expression[]): BoundAggregate {
  const [number, fractions, frequency] = args;
  const hasFrequency = frequency !== undefined && (isInteger(frequency.type) || frequency.type.kind === "null");
  const fits = args.length === 2 || (args.length === 3 && hasFrequency);
  if (!fits || !(isNumeric(number.type) || number.type.kind === "null")) throw wrong(definition, args);
  const list = fractions.kind === "call" && fractions.name === "array" ? fractions.args : [fractions];
  const values = list.map((each) => fractionOf(each));
  if (values.some((each) => each === undefined || each < 0 || each > 1))
    throw new FunctionError(`the fractions of ${definition.name.toUpperCase()} are literals from 0 to 1`);
  const value = coerce(number, DOUBLE);
  const parameters = [fractions.kind === "call" ? values : values[0]];
  const type: DataType = fractions.kind === "call" ? { kind: "array", element: DOUBLE, nullable: true } : DOUBLE;
  return { ...bound("percentile", [frequency === undefined ? value : rowOf([value, frequency])]), parameters, type };
}

function fractionOf(expression: Expression): number | undefined {
  const inner = expression.kind === "call" && expression.name === "cast" ? expression.args[0] : expression;
  if (inner.kind !== "literal" || typeof inner.value !== "number") return undefined;
  return inner.type.kind === "decimal" ? inner.value / 10 ** inner.type.scale : inner.value;
}

function rowOf(args: readonly Expression[]): Expression {
  const fields = args.map((arg, i) => ({ name: `f${i}`, type: arg.type }));
  return call("row", args, { kind: "row", fields, nullable: false });
}

function wrong(definition: AggregateSignature, args: readonly Expression[]): FunctionError {
  const types = args.map((arg) => formatType(arg.type)).join(", ");
  return new FunctionError(`no such form of the function for arguments (${types}); expected ${definition.signature}`);
}
