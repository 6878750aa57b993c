/**
 * Aggregates computed from scratch over lists of plain values: the oracle for kernels and operators. Written from the
 * semantics, sharing no code with them.
 */
import type { AggregateSpec, DataType } from "@millrace/core";
import { type Change, changeOf, type TestRow } from "./change.ts";
import { valueText } from "./compare-rows.ts";

/** The rows left of a changelog: each row that was taken away cancels one that was added. */
export function remainingRows(changes: readonly TestRow[]): (readonly unknown[])[] {
  const rows = new Map<string, (readonly unknown[])[]>();
  for (const { kind, values } of changes.map((row): Change => changeOf(row))) {
    const text = valueText(values);
    const same = rows.get(text) ?? [];
    if (kind === 0 || kind === 2) same.push(values);
    else same.pop();
    rows.set(text, same);
  }
  return [...rows.values()].flat();
}

/** GROUP BY: one row of keys and results per group of the rows; without keys one row, of no rows too. */
export function aggregateRows(
  rows: readonly (readonly unknown[])[],
  keys: readonly number[],
  specs: readonly AggregateSpec[],
): unknown[][] {
  return aggregateChanges(rows, keys, specs);
}

/** As `aggregateRows` of what a changelog leaves; groups of which no row is left are left out. */
export function aggregateChanges(
  changes: readonly TestRow[],
  keys: readonly number[],
  specs: readonly AggregateSpec[],
): unknown[][] {
  const groups = new Map<string, { readonly key: unknown[]; readonly changes: Change[]; rows: number }>();
  if (keys.length === 0) groups.set("", { key: [], changes: [], rows: 1 });
  for (const row of changes) {
    const change = changeOf(row);
    const key = keys.map((column) => change.values[column]);
    const text = keys.length === 0 ? "" : valueText(key);
    const group = groups.get(text) ?? { key, changes: [], rows: 0 };
    groups.set(text, group);
    group.changes.push(change);
    group.rows += isAddition(change) ? 1 : -1;
  }
  return [...groups.values()]
    .filter((group) => group.rows > 0)
    .map((group) => [...group.key, ...specs.map((spec) => aggregate(group.changes, spec))]);
}

const isAddition = ({ kind }: Change) => kind === 0 || kind === 2;

/** The values that an aggregate is over, in order; taking a row away takes the first value that equals its own. */
function valuesLeft(changes: readonly Change[], spec: AggregateSpec): (readonly unknown[])[] {
  const left: { readonly text: string; readonly values: readonly unknown[] }[] = [];
  const counts = new Map<string, number>();
  const keepsNulls = ["array_agg", "json_arrayagg", "single_value"].includes(spec.function);
  for (const change of changes) {
    const values = spec.args.map((column) => change.values[column]);
    if (spec.filter !== null && change.values[spec.filter] !== true) continue;
    if (!keepsNulls && values.includes(null)) continue;
    const text = valueText(values);
    const before = counts.get(text) ?? 0;
    const after = before + (isAddition(change) ? 1 : -1);
    counts.set(text, after);
    if (isAddition(change) && (!spec.distinct || before === 0)) left.push({ text, values });
    else if (!isAddition(change) && (!spec.distinct || after === 0))
      left.splice(
        left.findIndex((each) => each.text === text),
        1,
      );
  }
  return left.map((each) => each.values);
}

/** One aggregate over the rows that are left of a changelog. */
export function aggregate(changes: readonly TestRow[], spec: AggregateSpec): unknown {
  const taken = valuesLeft(
    changes.map((row) => changeOf(row)),
    spec,
  );
  if (spec.function === "count") return taken.length;
  const values = taken.map(([value]) => value);
  if (spec.function === "collect") {
    const counts = new Map<string, [unknown, number]>();
    for (const value of values) counts.set(valueText(value), [value, (counts.get(valueText(value))?.[1] ?? 0) + 1]);
    return new Map(counts.values());
  }
  if (spec.function === "json_arrayagg") return `[${values.map((value) => value ?? "null").join(",")}]`;
  if (taken.length === 0) return null;
  if (spec.function === "single_value") {
    if (taken.length > 1) throw new Error("more than one row for SINGLE_VALUE");
    return values[0];
  }
  const [type] = spec.argTypes;
  switch (spec.function) {
    case "min":
      return values.reduce((a, b) => (order(b) < order(a) ? b : a));
    case "max":
      return values.reduce((a, b) => (order(b) > order(a) ? b : a));
    case "sum":
      return isApproximate(type) ? addDoubles(values) : fit(addExact(values), spec.type);
    case "avg":
      return isApproximate(type) ? addDoubles(values) / values.length : average(values, type, spec.type);
    case "first_value":
      return values[0];
    case "last_value":
      return values[values.length - 1];
    case "array_agg":
      return values;
    case "listagg":
      return values.join(String(spec.parameters?.[0] ?? ","));
    case "percentile":
      return percentile(values as readonly number[], spec.parameters?.[0] as number);
    case "var_pop":
    case "stddev_pop":
      return deviation(values as readonly number[], values.length, spec.function === "stddev_pop");
    case "var_samp":
    case "stddev_samp":
      return values.length === 1
        ? null
        : deviation(values as readonly number[], values.length - 1, spec.function === "stddev_samp");
    default:
      throw new Error(`no reference for ${spec.function}`);
  }
}

/** In two passes: the mean, then the distances from it. */
function deviation(values: readonly number[], divisor: number, isRoot: boolean): number {
  const mean = addDoubles(values) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / divisor;
  return isRoot ? Math.sqrt(variance) : variance;
}

function percentile(values: readonly number[], fraction: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const place = fraction * (sorted.length - 1);
  const below = sorted[Math.floor(place)];
  const above = sorted[Math.ceil(place)];
  return below + (above - below) * (place - Math.floor(place));
}

const isApproximate = (type: DataType) => type.kind === "float" || type.kind === "double";
const addDoubles = (values: readonly unknown[]) => values.reduce<number>((sum, value) => sum + (value as number), 0);
const addExact = (values: readonly unknown[]) =>
  values.reduce<bigint>((sum, value) => sum + BigInt(value as number | bigint), 0n);

/** A form that JavaScript compares as SQL does: text as its code points, padded. */
function order(value: unknown): number | bigint | string {
  if (typeof value === "boolean") return value ? 1 : 0;
  if (typeof value !== "string") return value as number | bigint;
  return Array.from(value, (character) => (character.codePointAt(0) as number).toString(16).padStart(6, "0")).join("");
}

function average(values: readonly unknown[], type: DataType, result: DataType): number | bigint {
  const sum = addExact(values);
  const count = BigInt(values.length);
  if (type.kind !== "decimal" || result.kind !== "decimal") return plain(BigInt.asIntN(64, sum) / count);
  const scaled = sum * 10n ** BigInt(result.scale - type.scale);
  const magnitude = scaled < 0n ? -scaled : scaled;
  const rounded = magnitude / count + (2n * (magnitude % count) >= count ? 1n : 0n);
  return plain(scaled < 0n ? -rounded : rounded);
}

function fit(sum: bigint, type: DataType): number | bigint | null {
  const bits = { tinyint: 8, smallint: 16, int: 32, bigint: 64 }[type.kind as "int"];
  if (bits !== undefined) return plain(BigInt.asIntN(bits, sum));
  const limit = 10n ** 38n;
  return sum >= limit || sum <= -limit ? null : plain(sum);
}

const plain = (value: bigint) =>
  value <= BigInt(Number.MAX_SAFE_INTEGER) && value >= -BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
