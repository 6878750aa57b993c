/** Result types of the aggregate functions, as Flink. What computes them is in core. */
import { BIGINT, type DataType, decimal, formatType } from "@millrace/core";
import { isApproximate, isInteger, isNumeric } from "../type/numeric.ts";
import { FunctionError } from "./scalar-function.ts";

export interface AggregateSignature {
  readonly name: string;
  readonly signature: string;
  readonly description: string;
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
];

export function isAggregateFunction(name: string): boolean {
  return aggregateFunctions.some((each) => each.name === name.toLowerCase());
}

/** The type of an aggregate call; throws FunctionError if it does not take such arguments. */
export function bindAggregate(name: string, args: readonly DataType[]): DataType {
  const lower = name.toLowerCase();
  const definition = aggregateFunctions.find((each) => each.name === lower);
  if (definition === undefined) throw new FunctionError(`there is no aggregate function ${name}`);
  if (lower === "count") return { ...BIGINT, nullable: false };
  const [type] = args;
  if (args.length !== 1) throw wrong(definition, args);
  if (lower === "sum" || lower === "avg") {
    if (!isNumeric(type)) throw wrong(definition, args);
    if (type.kind === "decimal")
      return lower === "sum" ? decimal(38, type.scale) : decimal(38, Math.max(type.scale, 6));
    if (isInteger(type) || isApproximate(type)) return { ...type, nullable: true };
  }
  if (["row", "array", "map", "multiset", "value", "null"].includes(type.kind)) throw wrong(definition, args);
  return { ...type, nullable: true };
}

function wrong(definition: AggregateSignature, args: readonly DataType[]): FunctionError {
  return new FunctionError(
    `no such form of the function for arguments (${args.map(formatType).join(", ")}); expected ${definition.signature}`,
  );
}
