import type { DataType } from "../batch/data-type.ts";

/** The aggregates there are. Semantics are Flink's: see the files of this folder. */
export type AggregateFunction = "count" | "sum" | "avg" | "min" | "max" | "single_value";

/** `SUM(DISTINCT x) FILTER (WHERE c)` over the columns of a batch. Plain data. */
export interface AggregateSpec {
  readonly function: AggregateFunction;
  /** Input columns; empty for COUNT(*). */
  readonly args: readonly number[];
  readonly argTypes: readonly DataType[];
  /** A BOOLEAN input column: only rows where it is TRUE count. */
  readonly filter: number | null;
  readonly distinct: boolean;
  /** Type of the result: see `aggregateType`. */
  readonly type: DataType;
}

/** Whether the function takes arguments of the type. */
export function acceptsArgument(name: AggregateFunction, type: DataType): boolean {
  return name === "count" || name === "min" || name === "max" || name === "single_value" || isSummable(type);
}

function isSummable(type: DataType): boolean {
  return isDouble(type) || isInteger(type) || type.kind === "decimal";
}

/** FLOAT and DOUBLE: summed as doubles. */
export function isDouble(type: DataType): boolean {
  return type.kind === "float" || type.kind === "double";
}

/** TINYINT to BIGINT. */
export function isInteger(type: DataType): boolean {
  return type.kind === "tinyint" || type.kind === "smallint" || type.kind === "int" || type.kind === "bigint";
}

/** The result type Flink gives: SUM(DECIMAL(p, s)) is DECIMAL(38, s), AVG of it DECIMAL(38, max(s, 6)), COUNT is BIGINT NOT NULL. */
export function aggregateType(name: AggregateFunction, argTypes: readonly DataType[]): DataType {
  if (name === "count") return { kind: "bigint", nullable: false };
  const [type] = argTypes;
  if (type.kind !== "decimal" || name === "min" || name === "max" || name === "single_value")
    return { ...type, nullable: true };
  return {
    kind: "decimal",
    precision: 38,
    scale: name === "avg" ? Math.max(type.scale, 6) : type.scale,
    nullable: true,
  };
}
