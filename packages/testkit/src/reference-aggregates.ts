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
  const groups = new Map<string, { readonly key: unknown[]; readonly rows: (readonly unknown[])[] }>();
  if (keys.length === 0) groups.set("", { key: [], rows: [] });
  for (const row of rows) {
    const key = keys.map((column) => row[column]);
    const text = keys.length === 0 ? "" : valueText(key);
    const group = groups.get(text);
    if (group === undefined) groups.set(text, { key, rows: [row] });
    else group.rows.push(row);
  }
  return [...groups.values()].map((group) => [...group.key, ...specs.map((spec) => aggregate(group.rows, spec))]);
}

/** One aggregate over rows. */
export function aggregate(rows: readonly (readonly unknown[])[], spec: AggregateSpec): unknown {
  let taken = rows.filter((row) => spec.filter === null || row[spec.filter] === true);
  if (spec.function === "single_value") {
    if (taken.length > 1) throw new Error("more than one row for SINGLE_VALUE");
    return taken.length === 0 ? null : taken[0][spec.args[0]];
  }
  taken = taken.filter((row) => spec.args.every((column) => row[column] !== null));
  if (spec.distinct) {
    const byText = new Map(taken.map((row) => [valueText(spec.args.map((column) => row[column])), row]));
    taken = [...byText.values()];
  }
  if (spec.function === "count") return taken.length;
  if (taken.length === 0) return null;
  const values = taken.map((row) => row[spec.args[0]]);
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
  }
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
  if (type.kind !== "decimal" || result.kind !== "decimal") return plain(sum / count);
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
