/**
 * Window functions by their definition, over rows in memory: for each row its frame is picked out of the whole partition and
 * computed from scratch. What the engine is compared with.
 */
import type { AggregateSpec, OverCallSpec, OverFrame, SortKey } from "@millrace/core";
import { valueText } from "./compare-rows.ts";
import { aggregate } from "./reference-aggregates.ts";

type Row = readonly unknown[];

export interface ReferenceOver {
  /** Columns of the partition. */
  readonly keys: readonly number[];
  readonly order: readonly SortKey[];
  readonly calls: readonly OverCallSpec[];
}

/** Each row with the values of the functions. Rows that are equal in the order stand as they are given. */
export function referenceOver(rows: readonly Row[], { keys, order, calls }: ReferenceOver): unknown[][] {
  const partitions = new Map<string, Row[]>();
  for (const row of rows) {
    const key = valueText(keys.map((column) => row[column]));
    partitions.set(key, [...(partitions.get(key) ?? []), row]);
  }
  return [...partitions.values()].flatMap((partition) => {
    const sorted = partition.toSorted((a, b) => compare(order, a, b));
    return sorted.map((row, place) => [...row, ...calls.map((call) => resultOf(call, order, sorted, place))]);
  });
}

function compare(order: readonly SortKey[], a: Row, b: Row): number {
  for (const key of order) {
    const difference = distance(key, a[key.column], b[key.column]);
    if (difference !== 0) return difference < 0 ? -1 : 1;
  }
  return 0;
}

/** How far `x` is before (below 0) or behind `y` in the order of a key. */
function distance({ descending, nullsFirst }: SortKey, x: unknown, y: unknown): number {
  if (x === null || y === null) {
    if (x === y) return 0;
    return (x === null) === nullsFirst ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  }
  if (typeof x === "string" || typeof y === "string") {
    const ascending = x === y ? 0 : String(x) < String(y) ? -1 : 1;
    return descending ? -ascending : ascending;
  }
  const difference = Number(BigInt(Math.round(Number(x) * 1024)) - BigInt(Math.round(Number(y) * 1024))) / 1024;
  return descending ? -difference : difference;
}

function frameOf(frame: OverFrame, order: readonly SortKey[], sorted: readonly Row[], place: number): readonly Row[] {
  const { mode, start, end } = frame;
  const isOffset = (start ?? 0) !== 0 || (end ?? 0) !== 0;
  return sorted.filter((row, other) => {
    let from: number;
    if (mode === "rows") from = other - place;
    else if (isOffset) from = distance(order[0], row[order[0].column], sorted[place][order[0].column]);
    else from = compare(order, row, sorted[place]);
    return (start === null || from >= start) && (end === null || from <= end);
  });
}

function resultOf(call: OverCallSpec, order: readonly SortKey[], sorted: readonly Row[], place: number): unknown {
  const total = sorted.length;
  const rank = sorted.findIndex((row) => compare(order, row, sorted[place]) === 0);
  const values = (rows: readonly Row[]) => rows.map((row) => row[call.args[0]]);
  switch (call.function) {
    case "row_number":
      return place + 1;
    case "rank":
      return rank + 1;
    case "dense_rank":
      return sorted.filter((row, i) => i <= place && (i === 0 || compare(order, sorted[i - 1], row) !== 0)).length;
    case "percent_rank":
      return total === 1 ? 0 : rank / (total - 1);
    case "cume_dist":
      return sorted.filter((row) => compare(order, row, sorted[place]) <= 0).length / total;
    case "ntile": {
      const parts = call.parameters[0] as number;
      const sizes = Array.from({ length: parts }, (_, i) => Math.floor(total / parts) + (i < total % parts ? 1 : 0));
      return sizes.flatMap((size, i) => new Array<number>(size).fill(i + 1))[place];
    }
    case "lag":
    case "lead": {
      const offset = (call.parameters[0] as number) * (call.function === "lag" ? -1 : 1);
      if (!call.ignoresNulls || offset === 0) return values(sorted)[place + offset] ?? null;
      const besides = offset < 0 ? values(sorted.slice(0, place)).reverse() : values(sorted.slice(place + 1));
      return besides.filter((value) => value !== null)[Math.abs(offset) - 1] ?? null;
    }
    default: {
      const frame = frameOf(call.frame, order, sorted, place);
      if (call.function === "nth_value") {
        const kept = values(frame).filter((value) => value !== null || !call.ignoresNulls);
        return kept[(call.parameters[0] as number) - 1] ?? null;
      }
      return aggregate(frame, { ...call, filter: null } as AggregateSpec);
    }
  }
}
