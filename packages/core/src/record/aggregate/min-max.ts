/** Extremes of values, and the records that have them. */
import type { RecordAggregate } from "../record-aggregate.ts";
import { overValue, type Reader } from "./over-value.ts";

/** What `<` puts in an order. */
export type Ordered = number | bigint | string | Date;

/**
 * The least of what `of` reads; NaN if one is NaN. Where there is none (an evictor has left no record), null.
 *
 * @example
 * await pipeline("p").from([3, 1, 2]).windowAll(countWindow(3)).aggregate(min((n) => n)).toArray() // [{ value: 1 }]
 */
export function min<T, V extends Ordered>(of: Reader<T, V>): RecordAggregate<T, V | null, V> {
  return extreme(of, (value, held) => value < held);
}

/**
 * The greatest of what `of` reads; NaN if one is NaN. Where there is none (an evictor has left no record), null.
 *
 * @example
 * await pipeline("p").from([3, 1, 2]).windowAll(countWindow(3)).aggregate(max((n) => n)).toArray() // [{ value: 3 }]
 */
export function max<T, V extends Ordered>(of: Reader<T, V>): RecordAggregate<T, V | null, V> {
  return extreme(of, (value, held) => value > held);
}

function extreme<T, V extends Ordered>(
  of: Reader<T, V>,
  beats: (value: V, held: V) => boolean,
): RecordAggregate<T, V | null, V> {
  const better = (held: V | null, value: V) =>
    held === null || beats(value, held) || Number.isNaN(value) ? value : held;
  return overValue<T, V, V | null, V>(of, {
    create: () => null,
    add: better,
    result: (held) => held as V,
    merge: (a, b) => (b === null ? a : better(a, b)),
    sharesPanes: true,
  });
}

interface Best<T, V> {
  readonly value: V;
  readonly record: T;
}

/**
 * The record with the least value; of several, the one that came first. Records without a value are passed over.
 *
 * @example
 * await pipeline("p").from([{ n: 2 }, { n: 1 }]).windowAll(countWindow(2)).aggregate(minBy(({ n }) => n)).toArray() // [{ value: { n: 1 } }]
 */
export function minBy<T, V extends Ordered>(
  of: Reader<T, V>,
): RecordAggregate<T, Best<NoInfer<T>, V> | null, NoInfer<T>> {
  return extremeBy(of, (value, held) => value < held);
}

/**
 * The record with the greatest value; of several, the one that came first. Records without a value are passed over.
 *
 * @example
 * await pipeline("p").from([{ n: 2 }, { n: 1 }]).windowAll(countWindow(2)).aggregate(maxBy(({ n }) => n)).toArray() // [{ value: { n: 2 } }]
 */
export function maxBy<T, V extends Ordered>(
  of: Reader<T, V>,
): RecordAggregate<T, Best<NoInfer<T>, V> | null, NoInfer<T>> {
  return extremeBy(of, (value, held) => value > held);
}

function extremeBy<T, V extends Ordered>(
  of: Reader<T, V>,
  beats: (value: V, held: V) => boolean,
): RecordAggregate<T, Best<NoInfer<T>, V> | null, NoInfer<T>> {
  return {
    create: () => null,
    add: (held, record) => {
      const value = of(record);
      if (value === null || value === undefined) return held;
      return held === null || beats(value, held.value) ? { value, record } : held;
    },
    result: (held) => (held?.record ?? null) as T,
    merge: (a, b) => (a === null || (b !== null && beats(b.value, a.value)) ? b : a),
  };
}
