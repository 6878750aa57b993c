/**
 * Aggregates over the rows of a match, which grow row by row and branch: what is known so far is a value that is never
 * changed.
 *
 * COUNT, SUM, AVG, MIN and MAX take a row in constant time. The others keep the list of rows and are computed by core's
 * kernel when they are asked for.
 */
import {
  AggregateKernel,
  type AggregateSpec,
  aggregateFunctionNames,
  averageOf,
  columnOf,
  compareValues,
  createMemoryState,
  type DataType,
  fitSum,
  hashNumber,
  MAX_BATCH_ROWS,
  normalizeExact,
  valueAt,
} from "@millrace/core";
import type { MatchAggregate } from "../logical/match-value.ts";

export interface RowAggregate {
  /** Of no rows. */
  readonly initial: unknown;
  /** With one more row. */
  add(known: unknown, slot: number): unknown;
  /** In the form of `valueAt`. */
  result(known: unknown): unknown;
  /** Whether two can never be told apart again. False is always right. */
  isSame(a: unknown, b: unknown): boolean;
  /** Equal for what is the same. */
  hash(known: unknown): number;
}

/** The value of an argument in a row, as `valueAt` gives it. */
export interface RowArgument {
  readonly type: DataType;
  get(slot: number): unknown;
}

export function createRowAggregate(call: MatchAggregate, args: readonly RowArgument[]): RowAggregate {
  switch (call.name) {
    case "count":
      return counting(args);
    case "sum":
      return summing(args[0], call.type);
    case "avg":
      return averaging(args[0], call.type);
    case "min":
    case "max":
      return extreme(args[0], call.name === "min" ? -1 : 1);
    default:
      return listing(call, args);
  }
}

const same = (a: unknown, b: unknown): boolean => a === b;
const hashOf = (known: unknown): number => (typeof known === "number" ? hashNumber(known) : 0);

function counting(args: readonly RowArgument[]): RowAggregate {
  return {
    initial: 0,
    add(known, slot) {
      for (const arg of args) if (arg.get(slot) === null) return known;
      return (known as number) + 1;
    },
    result: (known) => known,
    isSame: same,
    hash: hashOf,
  };
}

const isDouble = (type: DataType): boolean => type.kind === "double" || type.kind === "float";

type Exact = number | bigint;

function plus(a: Exact, b: Exact): Exact {
  if (typeof a === "number" && typeof b === "number") {
    const sum = a + b;
    if (Number.isSafeInteger(sum)) return sum;
  }
  return normalizeExact(BigInt(a) + BigInt(b));
}

/** The sum of the values that are not NULL, and their number. */
interface Sum {
  readonly sum: Exact;
  readonly count: number;
}

const NOTHING: Sum = { sum: 0, count: 0 };

function addTo(known: unknown, arg: RowArgument, slot: number): Sum {
  const { sum, count } = known as Sum;
  const value = arg.get(slot) as Exact | null;
  if (value === null) return known as Sum;
  return { sum: isDouble(arg.type) ? (sum as number) + (value as number) : plus(sum, value), count: count + 1 };
}

function isSameSum(a: unknown, b: unknown): boolean {
  return (a as Sum).sum === (b as Sum).sum && (a as Sum).count === (b as Sum).count;
}

function summing(arg: RowArgument, type: DataType): RowAggregate {
  return {
    initial: NOTHING,
    add: (known, slot) => addTo(known, arg, slot),
    result(known) {
      const { sum, count } = known as Sum;
      if (count === 0) return null;
      if (isDouble(type)) return type.kind === "float" ? Math.fround(sum as number) : sum;
      const isWide = type.kind === "bigint" || type.kind === "decimal";
      const isSmall = typeof sum === "number" && (isWide || (type.kind === "int" && (sum | 0) === sum));
      return isSmall ? sum : fitSum(BigInt(sum), type);
    },
    isSame: isSameSum,
    hash: (known) => hashOf((known as Sum).sum),
  };
}

function averaging(arg: RowArgument, type: DataType): RowAggregate {
  const scaleOf = (of: DataType) => (of.kind === "decimal" ? of.scale : 0);
  const shift = scaleOf(type) - scaleOf(arg.type);
  return {
    initial: NOTHING,
    add: (known, slot) => addTo(known, arg, slot),
    result(known) {
      const { sum, count } = known as Sum;
      if (count === 0) return null;
      if (!isDouble(type)) {
        if (typeof sum === "number" && arg.type.kind !== "decimal") return (sum - (sum % count)) / count;
        return averageOf(BigInt(sum), count, arg.type, shift);
      }
      const average = (sum as number) / count;
      return type.kind === "float" ? Math.fround(average) : average;
    },
    isSame: isSameSum,
    hash: (known) => hashOf((known as Sum).sum),
  };
}

function extreme(arg: RowArgument, direction: 1 | -1): RowAggregate {
  return {
    initial: null,
    add(known, slot) {
      const value = arg.get(slot);
      if (value === null) return known;
      return known === null || compareValues(value, known) * direction > 0 ? value : known;
    },
    result: (known) => known,
    isSame: same,
    hash: hashOf,
  };
}

interface RowList {
  readonly slot: number;
  readonly before: RowList | null;
}

function listing(call: MatchAggregate, args: readonly RowArgument[]): RowAggregate {
  const name = aggregateFunctionNames.find((each) => each === call.name);
  if (name === undefined) throw new Error(`core has no aggregate ${call.name}`);
  const spec: AggregateSpec = {
    function: name,
    args: args.map((_, i) => i),
    argTypes: args.map((arg) => arg.type),
    filter: null,
    distinct: false,
    parameters: call.parameters,
    type: call.type,
  };
  const compute = (slots: readonly number[]): unknown => {
    const kernel = new AggregateKernel({ keys: [], keyColumns: [], aggregates: [spec], inputIsAppendOnly: true });
    const tables = kernel.open(createMemoryState());
    const group = new Int32Array(MAX_BATCH_ROWS);
    tables.groups.slotsOf([], 1, group);
    group.fill(group[0]);
    for (let from = 0; from < slots.length; from += MAX_BATCH_ROWS) {
      const part = slots.slice(from, from + MAX_BATCH_ROWS);
      const columns = args.map((arg) =>
        columnOf(
          arg.type,
          part.map((slot) => arg.get(slot)),
        ),
      );
      kernel.update(tables, columns, null, part.length, group);
    }
    return valueAt(kernel.results(tables, group, 1)[0], 0, call.type);
  };
  return {
    initial: null,
    add: (known, slot): RowList => ({ slot, before: known as RowList | null }),
    result(known) {
      const slots: number[] = [];
      for (let row = known as RowList | null; row !== null; row = row.before) slots.push(row.slot);
      return compute(slots.reverse());
    },
    isSame: same,
    hash: (known) => (known as RowList | null)?.slot ?? -1,
  };
}
