import { MillraceError } from "../../errors.ts";
import type { RecordAggregate } from "../record-aggregate.ts";
import { numbers, overValue, type Reader } from "./over-value.ts";

/** How many values are in [from, to). */
export interface Bucket {
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

/**
 * How many of what `of` reads lie between bounds that are given in ascending order; below the first and from the last on, too, so that
 * there is one bucket more than bounds. NaN is in none. Errors: OPTION_INVALID for bounds out of order.
 *
 * @example
 * const buckets = histogram([10], (n: number) => n);
 * buckets.result([3, 12, 7].reduce((held, n) => buckets.add(held, n, 0), buckets.create())).map(({ count }) => count) // [2, 1]
 */
export function histogram<T>(bounds: readonly number[], of: Reader<T, number>): RecordAggregate<T, number[], Bucket[]> {
  for (let i = 0; i < bounds.length; i++) {
    if (i === 0 ? !Number.isNaN(bounds[i]) : bounds[i] > bounds[i - 1]) continue;
    throw new MillraceError({
      code: "OPTION_INVALID",
      message: `histogram: the bound ${bounds[i]} is not above the one before`,
    });
  }
  const edges = [Number.NEGATIVE_INFINITY, ...bounds, Number.POSITIVE_INFINITY];
  const change = (counts: number[], value: number, by: number) => {
    if (Number.isNaN(value)) return counts;
    let low = 0;
    let high = bounds.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (bounds[middle] <= value) low = middle + 1;
      else high = middle;
    }
    counts[low] += by;
    return counts;
  };
  return overValue<T, number, number[], Bucket[]>(numbers("histogram", of), {
    create: () => new Array<number>(bounds.length + 1).fill(0),
    add: (counts, value) => change(counts, value, 1),
    result: (counts) => counts.map((count, i) => ({ from: edges[i], to: edges[i + 1], count })),
    merge: (a, b) => {
      for (let i = 0; i < b.length; i++) a[i] += b[i];
      return a;
    },
    retract: (counts, value) => change(counts, value, -1),
    sharesPanes: true,
  });
}
