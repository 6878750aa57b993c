/** What came first, and last. */
import type { RecordAggregate } from "../record-aggregate.ts";
import { overValue, type Reader } from "./over-value.ts";

/**
 * Of what `of` reads, what came first. Records themselves without `of`.
 *
 * @example
 * await pipeline("p").from([3, 1, 2]).windowAll(countWindow(3)).aggregate(first((n) => n)).toArray() // [{ value: 3 }]
 */
export function first<T>(): RecordAggregate<T, NoInfer<T> | null, NoInfer<T>>;
export function first<T, V>(of: Reader<T, V>): RecordAggregate<T, V | null, V>;
export function first<T, V>(of: Reader<T, V> = itself): RecordAggregate<T, V | null, V> {
  return overValue<T, V, V | null, V>(of, {
    create: () => null,
    add: (held, value) => held ?? value,
    result: (held) => held as V,
    merge: (a, b) => a ?? b,
  });
}

/**
 * Of what `of` reads, what came last. Records themselves without `of`.
 *
 * @example
 * await pipeline("p").from([3, 1, 2]).windowAll(countWindow(3)).aggregate(last((n) => n)).toArray() // [{ value: 2 }]
 */
export function last<T>(): RecordAggregate<T, NoInfer<T> | null, NoInfer<T>>;
export function last<T, V>(of: Reader<T, V>): RecordAggregate<T, V | null, V>;
export function last<T, V>(of: Reader<T, V> = itself): RecordAggregate<T, V | null, V> {
  return overValue<T, V, V | null, V>(of, {
    create: () => null,
    add: (_, value) => value,
    result: (held) => held as V,
    merge: (a, b) => b ?? a,
  });
}

function itself<T, V>(record: T): V {
  return record as unknown as V;
}
