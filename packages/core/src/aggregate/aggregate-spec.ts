import type { DataType } from "../batch/data-type.ts";

/** The aggregates there are. Semantics are Flink's: see the files of this folder. */
export const aggregateFunctionNames = [
  "count",
  "sum",
  "avg",
  "min",
  "max",
  "stddev_pop",
  "stddev_samp",
  "var_pop",
  "var_samp",
  "first_value",
  "last_value",
  "listagg",
  "array_agg",
  "collect",
  "json_arrayagg",
  "json_objectagg",
  "percentile",
  "single_value",
  "user",
] as const;

export type AggregateFunction = (typeof aggregateFunctionNames)[number];

/** `SUM(DISTINCT x) FILTER (WHERE c)` over the columns of a batch. Plain data. */
export interface AggregateSpec {
  readonly function: AggregateFunction;
  /** Input columns; empty for COUNT(*). */
  readonly args: readonly number[];
  readonly argTypes: readonly DataType[];
  /** A BOOLEAN input column: only rows where it is TRUE count. */
  readonly filter: number | null;
  readonly distinct: boolean;
  /** Literals besides the columns: LISTAGG's separator; the fractions of PERCENTILE, one or an array; the UserAggregate of `user`. */
  readonly parameters?: readonly unknown[];
  /** Type of the result: see `aggregateType`. */
  readonly type: DataType;
}

/** Whether the function takes arguments of the type. */
export function acceptsArgument(name: AggregateFunction, type: DataType): boolean {
  switch (name) {
    case "sum":
    case "avg":
    case "stddev_pop":
    case "stddev_samp":
    case "var_pop":
    case "var_samp":
      return isSummable(type);
    case "percentile":
      return isSummable(type) || (type.kind === "row" && type.fields.length === 2);
    case "listagg":
    case "json_arrayagg":
      return type.kind === "char" || type.kind === "varchar";
    case "json_objectagg":
      return type.kind === "row" && type.fields.length === 2;
    default:
      return true;
  }
}

/** Whether NULLs are values to the function, and not left out. */
export function countsNulls(name: AggregateFunction): boolean {
  return name === "array_agg" || name === "json_arrayagg" || name === "single_value" || name === "user";
}

function isSummable(type: DataType): boolean {
  return isDouble(type) || isInteger(type) || type.kind === "decimal";
}

/** FLOAT and DOUBLE: summed as doubles. */
export function isDouble(type: DataType): boolean {
  return type.kind === "float" || type.kind === "double";
}

/**
 * Whether rows can be taken away again without a trace. Doubles are left out: subtracting them leaves rounding errors, NaN and
 * infinities behind.
 */
export function isExactlyInvertible(name: string, argTypes: readonly DataType[]): boolean {
  return name === "count" || ((name === "sum" || name === "avg") && !isDouble(argTypes[0]));
}

/** TINYINT to BIGINT. */
export function isInteger(type: DataType): boolean {
  return type.kind === "tinyint" || type.kind === "smallint" || type.kind === "int" || type.kind === "bigint";
}

/** The result type Flink gives: SUM(DECIMAL(p, s)) is DECIMAL(38, s), AVG of it DECIMAL(38, max(s, 6)), COUNT is BIGINT NOT NULL. */
export function aggregateType(name: AggregateFunction, argTypes: readonly DataType[]): DataType {
  const [type] = argTypes;
  switch (name) {
    case "count":
      return { kind: "bigint", nullable: false };
    case "sum":
      return type.kind === "decimal"
        ? { kind: "decimal", precision: 38, scale: type.scale, nullable: true }
        : nullable(type);
    case "avg":
    case "stddev_pop":
    case "stddev_samp":
    case "var_pop":
    case "var_samp":
      if (type.kind !== "decimal") return nullable(type);
      return { kind: "decimal", precision: 38, scale: Math.max(type.scale, 6), nullable: true };
    case "array_agg":
      return { kind: "array", element: type, nullable: true };
    case "collect":
      return { kind: "multiset", element: type, nullable: false };
    case "json_arrayagg":
    case "json_objectagg":
      return { kind: "varchar", length: 2000, nullable: false };
    case "percentile":
      return { kind: "double", nullable: true };
    default:
      return nullable(type);
  }
}

function nullable(type: DataType): DataType {
  return { ...type, nullable: true };
}

/** COUNT(*): tells when the last row of a group whose rows may be taken away has gone. */
export const ROW_COUNT: AggregateSpec = {
  function: "count",
  args: [],
  argTypes: [],
  distinct: false,
  filter: null,
  type: { kind: "bigint", nullable: false },
};
