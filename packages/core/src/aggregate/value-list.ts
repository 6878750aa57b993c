/**
 * Aggregates that need the values themselves: FIRST_VALUE, LAST_VALUE, LISTAGG, ARRAY_AGG, COLLECT, JSON_ARRAYAGG, JSON_OBJECTAGG,
 * PERCENTILE.
 *
 * Kept is the list of values in the order of their rows; taking a row away takes the first value equal to its own. Of rows that
 * are only added FIRST_VALUE and LAST_VALUE keep one.
 * Cost   O(1) for a row added, O(values) for one taken away and for a result.
 */
import { valueAt } from "../batch/column.ts";
import { columnOf } from "../batch/column-builder.ts";
import type { DataType } from "../batch/data-type.ts";
import { sameJavaScriptValue } from "../batch/same-value.ts";
import { MillraceError } from "../errors.ts";
import type { Accumulator, AggregateResult, RowSource } from "./accumulator.ts";
import { sourceId } from "./accumulator.ts";
import type { AggregateSpec } from "./aggregate-spec.ts";

const listFunctionNames = [
  "first_value",
  "last_value",
  "listagg",
  "array_agg",
  "collect",
  "json_arrayagg",
  "json_objectagg",
  "percentile",
] as const;

export type ListFunction = (typeof listFunctionNames)[number];

/** Whether a function needs the list of its values. */
export function isListFunction(name: string): name is ListFunction {
  return listFunctionNames.some((each) => each === name);
}

function listAccumulator(column: number, type: DataType, source: RowSource): Accumulator {
  return {
    id: `list:${column}:${sourceId(source)}`,
    source,
    argument: column,
    fields: [{ name: "list", type: { kind: "array", element: { ...type, nullable: true }, nullable: true } }],
    isInvertible: false,
    isOrdered: true,
    code: null,
    add: ([state], slot, input, row, sign) => {
      const value = valueAt(input!, row, type);
      const list = (state.get(slot) as unknown[] | null) ?? [];
      if (sign > 0) list.push(value);
      else {
        const at = list.findIndex((each) => sameJavaScriptValue(each, value));
        if (at >= 0) list.splice(at, 1);
      }
      state.set(slot, list);
    },
    merge: ([state], slot, [from], fromSlot, _sign, fromIsOlder) => {
      const list = (state.get(slot) as unknown[] | null) ?? [];
      const other = (from.get(fromSlot) as readonly unknown[] | null) ?? [];
      if (fromIsOlder === true) list.unshift(...other);
      else for (const value of other) list.push(value);
      state.set(slot, list);
    },
  };
}

/** The first or the last value that is not NULL, of rows that are only added. */
function edgeAccumulator(isFirst: boolean, column: number, type: DataType, source: RowSource): Accumulator {
  return {
    id: `${isFirst ? "first" : "last"}:${column}:${sourceId(source)}`,
    source,
    argument: column,
    fields: [{ name: isFirst ? "first" : "last", type: { ...type, nullable: true } }],
    isInvertible: false,
    isOrdered: true,
    code: null,
    add: ([state], slot, input, row) => {
      if (!isFirst || state.nulls[slot] === 1) state.set(slot, valueAt(input!, row, type));
    },
    merge: ([state], slot, [from], fromSlot, _sign, fromIsOlder) => {
      const isWanted = from.nulls[fromSlot] === 0 && isFirst === (fromIsOlder === true);
      if (isWanted || state.nulls[slot] === 1) state.set(slot, from.get(fromSlot));
    },
  };
}

export function listResult(spec: AggregateSpec, source: RowSource, inputIsAppendOnly: boolean): AggregateResult {
  const name = spec.function as ListFunction;
  const [column] = spec.args;
  const [argType] = spec.argTypes;
  if (inputIsAppendOnly && source.distinct === null && (name === "first_value" || name === "last_value")) {
    return {
      accumulators: [edgeAccumulator(name === "first_value", column, argType, source)],
      columnOf: ([[value]], slots, length) => value.columnOf(slots, length),
    };
  }
  const result = listFunction(name, spec.parameters ?? []);
  return {
    accumulators: [listAccumulator(column, argType, source)],
    columnOf: ([[list]], slots, length) =>
      columnOf(
        spec.type,
        Array.from(slots.subarray(0, length), (slot) => result((list.get(slot) as unknown[] | null) ?? [])),
      ),
  };
}

/** How the result is made of a list, which is not handed on: it changes with further rows. */
export function listFunction(
  name: ListFunction,
  parameters: readonly unknown[],
): (list: readonly unknown[]) => unknown {
  switch (name) {
    case "first_value":
      return (list) => list[0] ?? null;
    case "last_value":
      return (list) => list.at(-1) ?? null;
    case "listagg": {
      const [separator = ","] = parameters as readonly string[];
      return (list) => (list.length === 0 ? null : list.join(separator));
    }
    case "array_agg":
      return (list) => (list.length === 0 ? null : list.slice());
    case "collect":
      return countedValues;
    case "json_arrayagg": {
      const [onNull] = parameters;
      return (list) => {
        const items = onNull === "ABSENT" ? list.filter((item) => item !== null) : list.map((item) => item ?? "null");
        return `[${items.join(",")}]`;
      };
    }
    case "json_objectagg": {
      const [onNull] = parameters;
      return (list) => {
        const entries = list as readonly (readonly [string, string | null])[];
        return jsonObject(onNull === "ABSENT" ? entries.filter(([, value]) => value !== null) : entries);
      };
    }
    case "percentile": {
      const [percentages] = parameters;
      return (list) => {
        const weighted = sortedNumbers(list);
        if (weighted.length === 0) return null;
        if (typeof percentages === "number") return percentile(weighted, percentages);
        return (percentages as readonly number[]).map((each) => percentile(weighted, each));
      };
    }
  }
}

/** A multiset: how often each value comes. */
function countedValues(list: readonly unknown[]): Map<unknown, number> {
  const counts = new Map<unknown, number>();
  for (const value of list) {
    const known =
      typeof value === "object" ? [...counts.keys()].find((each) => sameJavaScriptValue(each, value)) : undefined;
    const key = known ?? value;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

/** Keys and values as JSON, the keys sorted. */
function jsonObject(entries: readonly (readonly [string, string | null])[]): string {
  const sorted = entries.toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  sorted.forEach(([key], i) => {
    if (i > 0 && sorted[i - 1][0] === key)
      throw new MillraceError({ code: "EXPRESSION_FAILED", message: `JSON_OBJECTAGG: the key '${key}' comes twice` });
  });
  return `{${sorted.map(([key, value]) => `${JSON.stringify(key)}:${value ?? "null"}`).join(",")}}`;
}

interface Weighted {
  readonly value: number;
  /** How many values there are up to the end of this one's run. */
  readonly until: number;
}

/** Items are numbers, or rows of a number and how often it counts. */
function sortedNumbers(list: readonly unknown[]): readonly Weighted[] {
  const pairs = list.map((item) => (Array.isArray(item) ? [Number(item[0]), Number(item[1] ?? 0)] : [Number(item), 1]));
  const taken = pairs.filter(
    ([, weight], i) => weight > 0 && !(Array.isArray(list[i]) && (list[i] as unknown[])[0] === null),
  );
  let until = 0;
  return taken
    .toSorted(([a], [b]) => a - b)
    .map(([value, weight]) => {
      until += weight;
      return { value, until };
    });
}

/** By linear interpolation between the two values around the place. */
function percentile(sorted: readonly Weighted[], fraction: number): number {
  const total = sorted[sorted.length - 1].until;
  const place = (total - 1) * fraction;
  const [below, above] = [Math.floor(place), Math.ceil(place)];
  const at = (index: number) => (sorted.find(({ until }) => index < until) as Weighted).value;
  const low = at(below);
  return below === above || low === at(above) ? low : (above - place) * low + (place - below) * at(above);
}
