/** Values as they are. */
import { keyIdentity } from "../../batch/key-identity.ts";
import type { RecordAggregate } from "../record-aggregate.ts";
import { overValue, type Reader } from "./over-value.ts";

/**
 * All that `of` reads, in the order in which it came. Records themselves without `of`.
 *
 * @example
 * await pipeline("p").from([1, 2]).windowAll(countWindow(2)).aggregate(collect((n) => n)).toArray() // [{ value: [1, 2] }]
 */
export function collect<T>(): RecordAggregate<T, NoInfer<T>[], NoInfer<T>[]>;
export function collect<T, V>(of: Reader<T, V>): RecordAggregate<T, V[], V[]>;
export function collect<T, V>(of: Reader<T, V> = itself): RecordAggregate<T, V[], V[]> {
  return overValue<T, V, V[], V[]>(of, {
    create: () => [],
    add: (held, value) => {
      held.push(value);
      return held;
    },
    result: (held) => [...held],
    merge: (a, b) => {
      for (const value of b) a.push(value);
      return a;
    },
  });
}

type Counted<V> = Map<unknown, { readonly value: V; count: number }>;

/**
 * What `of` reads, each value once, in the order in which it first came. Values are compared by value.
 *
 * @example
 * await pipeline("p").from(["a", "b", "a"]).windowAll(countWindow(3)).aggregate(collectSet((text) => text)).toArray() // [{ value: ["a", "b"] }]
 */
export function collectSet<T>(): RecordAggregate<T, Counted<NoInfer<T>>, NoInfer<T>[]>;
export function collectSet<T, V>(of: Reader<T, V>): RecordAggregate<T, Counted<V>, V[]>;
export function collectSet<T, V>(of: Reader<T, V> = itself): RecordAggregate<T, Counted<V>, V[]> {
  return counted(of, (held) => Array.from(held.values(), ({ value }) => value));
}

/**
 * How many different values `of` reads; exact, so that all of them are kept. `approxCountDistinct` is the one for many.
 *
 * @example
 * await pipeline("p").from(["a", "b", "a"]).windowAll(countWindow(3)).aggregate(countDistinct((text) => text)).toArray() // [{ value: 2 }]
 */
export function countDistinct<T, V>(of: Reader<T, V>): RecordAggregate<T, Counted<V>, number> {
  return { ...counted(of, (held) => held.size), sharesPanes: true };
}

/**
 * The `k` most frequent of what `of` reads, the most frequent first; exact, so that all values are counted. Of values that are
 * equally frequent any may be left out. `approxTopK` is the one for many.
 *
 * @example
 * await pipeline("p").from(["a", "b", "a"]).windowAll(countWindow(3)).aggregate(topK(1, (text) => text)).toArray() // [{ value: [{ value: "a", count: 2 }] }]
 */
export function topK<T, V>(
  k: number,
  of: Reader<T, V>,
): RecordAggregate<T, Counted<V>, { readonly value: V; readonly count: number }[]> {
  return {
    ...counted(of, (held) =>
      Array.from(held.values(), ({ value, count }) => ({ value, count }))
        .sort((a, b) => b.count - a.count)
        .slice(0, k),
    ),
    sharesPanes: true,
  };
}

function counted<T, V, R>(of: Reader<T, V>, result: (held: Counted<V>) => R): RecordAggregate<T, Counted<V>, R> {
  return overValue<T, V, Counted<V>, R>(of, {
    create: () => new Map(),
    add: (held, value) => addTimes(held, value, 1),
    result,
    merge: (a, b) => {
      for (const { value, count } of b.values()) addTimes(a, value, count);
      return a;
    },
    retract: (held, value) => addTimes(held, value, -1),
  });
}

function addTimes<V>(held: Counted<V>, value: V, times: number): Counted<V> {
  const key = keyIdentity(value);
  const entry = held.get(key);
  if (entry === undefined) held.set(key, { value, count: times });
  else {
    entry.count += times;
    if (entry.count === 0) held.delete(key);
  }
  return held;
}

function itself<T, V>(record: T): V {
  return record as unknown as V;
}
