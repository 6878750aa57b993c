/**
 * The most frequent values, about: Metwally, Agrawal and El Abbadi, "Efficient computation of frequent and top-k elements in data
 * streams", 2005; put together as in Agarwal and others, "Mergeable summaries", 2012.
 *
 * Invariant  at most `counters` values are counted, each at least as high as it is and at most `error` higher, which is at most
 *            n / counters after n values; every value that came more often is among them.
 * Cost       O(1) for a value that is counted, O(counters) for one that takes the place of the rarest.
 */
import { keyIdentity } from "../../batch/key-identity.ts";
import { MillraceError } from "../../errors.ts";
import type { RecordAggregate } from "../record-aggregate.ts";
import { overValue, type Reader } from "./over-value.ts";

interface Counter<V> {
  readonly value: V;
  count: number;
  readonly error: number;
}

type Summary<V> = Map<unknown, Counter<V>>;

/** A frequent value: it came at most `count` times, and at least `count - error` times. */
export interface FrequentValue<V> {
  readonly value: V;
  readonly count: number;
  readonly error: number;
}

/**
 * The `k` most frequent of what `of` reads, the most frequent first, with so many counters (10 k as a rule). A count is at most
 * n / counters too high after n values, and no value that is more frequent than that is missing.
 *
 * Errors: OPTION_INVALID for fewer counters than `k`.
 *
 * @example
 * await pipeline("p").from(["a", "b", "a"]).windowAll(countWindow(3)).aggregate(approxTopK(1, (text) => text)).toArray() // [{ value: [{ value: "a", count: 2, error: 0 }] }]
 */
export function approxTopK<T, V>(
  k: number,
  of: Reader<T, V>,
  { counters = 10 * k }: { readonly counters?: number } = {},
): RecordAggregate<T, Summary<V>, FrequentValue<V>[]> {
  if (!(counters >= k && k > 0)) {
    const message = `approxTopK: expected at least as many counters as values, and at least one, not ${counters} for ${k}`;
    throw new MillraceError({ code: "OPTION_INVALID", message });
  }
  return overValue<T, V, Summary<V>, FrequentValue<V>[]>(of, {
    create: () => new Map(),
    add: (summary, value) => {
      const key = keyIdentity(value);
      const counter = summary.get(key);
      if (counter !== undefined) counter.count++;
      else if (summary.size < counters) summary.set(key, { value, count: 1, error: 0 });
      else {
        const [rarest, error] = leastOf(summary);
        summary.delete(rarest);
        summary.set(key, { value, count: error + 1, error });
      }
      return summary;
    },
    result: (summary) => mostFrequent(summary, k).map(([, counter]) => ({ ...counter })),
    merge: (a, b) => {
      // A value that only one has counted may have come to the other as often as its rarest.
      const missedByA = a.size < counters ? 0 : leastOf(a)[1];
      const missedByB = b.size < counters ? 0 : leastOf(b)[1];
      const both: Summary<V> = new Map();
      for (const key of new Set([...a.keys(), ...b.keys()])) {
        const [left, right] = [a.get(key), b.get(key)];
        both.set(key, {
          value: (left ?? right)!.value,
          count: (left?.count ?? missedByA) + (right?.count ?? missedByB),
          error: (left?.error ?? missedByA) + (right?.error ?? missedByB),
        });
      }
      return new Map(mostFrequent(both, counters));
    },
    sharesPanes: true,
  });
}

function leastOf<V>(summary: Summary<V>): [key: unknown, count: number] {
  let rarest: unknown;
  let least = Number.POSITIVE_INFINITY;
  for (const [key, { count }] of summary) {
    if (count >= least) continue;
    rarest = key;
    least = count;
  }
  return [rarest, least];
}

function mostFrequent<V>(summary: Summary<V>, k: number): [unknown, Counter<V>][] {
  return [...summary].sort(([, a], [, b]) => b.count - a.count).slice(0, k);
}
