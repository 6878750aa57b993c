/** Aggregates that give bitmaps or how many integers they hold: in how many rows each integer is, and how many rows there are. */
import { BIGINT, BITMAP, type DataType, INT, type UserAggregate } from "@millrace/core";
import type { Bitmap } from "./bitmap-bytes.ts";

/** Plain, as state keeps it. */
interface Occurrences {
  rows: number;
  readonly counts: Map<number, number>;
}

type Keeps = (count: number, rows: number) => boolean;

export interface BitmapAggregate {
  readonly name: string;
  readonly signature: string;
  readonly description: string;
  readonly argument: DataType;
  readonly type: DataType;
  readonly aggregate: UserAggregate;
}

const always: Keeps = () => true;

export const bitmapAggregates: readonly BitmapAggregate[] = [
  ...pair("bitmap_build", INT, "the integers", always),
  ...pair("bitmap_and", BITMAP, "the integers that are in all bitmaps", (count, rows) => count === rows),
  ...pair("bitmap_or", BITMAP, "the integers that are in one of the bitmaps", always),
  ...pair("bitmap_xor", BITMAP, "the integers that are in an odd number of the bitmaps", (count) => count % 2 === 1),
];

function pair(family: string, argument: DataType, what: string, keeps: Keeps): readonly BitmapAggregate[] {
  const of = argument.kind === "int" ? "integer" : "bitmap";
  const one = (suffix: string, description: string, type: DataType, result: (values: number[]) => unknown) => {
    const name = `${family}${suffix}`;
    const wanted = ({ rows, counts }: Occurrences) =>
      [...counts].flatMap(([value, count]) => (keeps(count, rows) ? [value] : []));
    return {
      name,
      signature: `${name.toUpperCase()}(${of})`,
      description,
      argument,
      type,
      aggregate: aggregateOf(name, (held) => result(wanted(held))),
    };
  };
  return [
    one("_agg", `A bitmap of ${what}; NULL of none.`, BITMAP, (values) => values.sort((a, b) => a - b)),
    one("_cardinality_agg", `How many ${what} are; NULL of none.`, BIGINT, (values) => values.length),
  ];
}

function aggregateOf(name: string, result: (held: Occurrences) => unknown): UserAggregate {
  const change = (sign: 1 | -1) => (accumulator: unknown, value: unknown) => {
    const held = accumulator as Occurrences;
    if (value === null) return held;
    held.rows += sign;
    for (const each of typeof value === "number" ? [value >>> 0] : (value as Bitmap)) add(held, each, sign);
    return held;
  };
  return {
    name,
    create: (): Occurrences => ({ rows: 0, counts: new Map() }),
    accumulate: change(1),
    retract: change(-1),
    merge: (a, b) => {
      const [older, newer] = [a as Occurrences, b as Occurrences];
      const held: Occurrences = { rows: older.rows + newer.rows, counts: new Map(older.counts) };
      for (const [value, count] of newer.counts) add(held, value, count);
      return held;
    },
    result: (accumulator) => {
      const held = accumulator as Occurrences;
      return held.rows === 0 ? null : result(held);
    },
  };
}

function add({ counts }: Occurrences, value: number, by: number): void {
  const count = (counts.get(value) ?? 0) + by;
  if (count === 0) counts.delete(value);
  else counts.set(value, count);
}
