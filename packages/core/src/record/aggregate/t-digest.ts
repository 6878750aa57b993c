/**
 * Quantiles, about: Dunning and Ertl, "Computing extremely accurate quantiles using t-digests", 2019; the merging digest with the scale
 * function k1.
 *
 * Invariant  centroids stand in the order of their means. A centroid at quantile q has a weight of about 2 pi sqrt(q (1 - q)) n / compression
 *            at most: small at the ends, where quantiles are exact.
 * Cost       amortised O(log) per value; at most about `compression` centroids and 5 times as many values that wait.
 */
import { MillraceError } from "../../errors.ts";
import type { RecordAggregate } from "../record-aggregate.ts";
import { numbers, overValue, type Reader } from "./over-value.ts";

interface Digest {
  means: number[];
  weights: number[];
  /** Values that are no centroids yet. */
  waiting: number[];
  min: number;
  max: number;
}

export interface QuantileOptions {
  /** How many centroids are kept: more are more exact. Default: 100. */
  readonly compression?: number;
}

/**
 * A quantile of what `of` reads, 0.5 for the median, or several of them; NaN of nothing. Exact up to 5 times `compression` values, then
 * about: the rank of the answer is off by less than 1 / compression of all values as a rule (1 % at the default of 100), less near 0 and 1 (0.2 %
 * at 0.001). There is no bound that holds for all inputs. NaN is passed over.
 *
 * Errors: OPTION_INVALID for a quantile that is not from 0 to 1.
 *
 * @example
 * await pipeline("p").from([3, 1, 2]).windowAll(countWindow(3)).aggregate(quantile(0.5, (n) => n)).toArray() // [{ value: 2 }]
 */
export function quantile<T>(
  q: number,
  of: Reader<T, number>,
  options?: QuantileOptions,
): RecordAggregate<T, Digest, number>;
export function quantile<T>(
  q: readonly number[],
  of: Reader<T, number>,
  options?: QuantileOptions,
): RecordAggregate<T, Digest, number[]>;
export function quantile<T>(
  q: number | readonly number[],
  of: Reader<T, number>,
  { compression = 100 }: QuantileOptions = {},
): RecordAggregate<T, Digest, unknown> {
  for (const each of [q].flat()) {
    if (each >= 0 && each <= 1) continue;
    throw new MillraceError({
      code: "OPTION_INVALID",
      message: `quantile: expected a number from 0 to 1, not ${each}`,
    });
  }
  if (!(compression >= 20 && compression <= 10_000)) {
    const message = `quantile: the compression must be from 20 to 10000, not ${compression}`;
    throw new MillraceError({ code: "OPTION_INVALID", message });
  }
  return overValue<T, number, Digest, unknown>(numbers("quantile", of), {
    create: () => ({
      means: [],
      weights: [],
      waiting: [],
      min: Number.POSITIVE_INFINITY,
      max: Number.NEGATIVE_INFINITY,
    }),
    add: (digest, value) => {
      if (Number.isNaN(value)) return digest;
      if (value < digest.min) digest.min = value;
      if (value > digest.max) digest.max = value;
      digest.waiting.push(value);
      if (digest.waiting.length > 5 * compression) compress(digest, compression);
      return digest;
    },
    result: (digest) => {
      if (digest.means.length > 0) compress(digest, compression);
      const quantileOf = digest.means.length > 0 ? fromCentroids(digest) : exact(digest.waiting);
      return typeof q === "number" ? quantileOf(q) : q.map(quantileOf);
    },
    merge: (a, b) => {
      a.min = Math.min(a.min, b.min);
      a.max = Math.max(a.max, b.max);
      const areFew = a.means.length === 0 && b.means.length === 0;
      a.waiting = a.waiting.concat(b.waiting);
      a.means = a.means.concat(b.means);
      a.weights = a.weights.concat(b.weights);
      if (!areFew || a.waiting.length > 5 * compression) compress(a, compression, true);
      return a;
    },
    sharesPanes: true,
  });
}

/** Puts what waits into centroids. `isUnordered`: there are centroids out of order, too. */
function compress(digest: Digest, compression: number, isUnordered = false): void {
  if (digest.waiting.length === 0 && !isUnordered) return;
  const all = digest.waiting.map((mean) => ({ mean, weight: 1 }));
  for (const [i, mean] of digest.means.entries()) all.push({ mean, weight: digest.weights[i] });
  all.sort((a, b) => a.mean - b.mean);
  let total = 0;
  for (const { weight } of all) total += weight;
  const means: number[] = [];
  const weights: number[] = [];
  let before = 0;
  let limit = total * limitAfter(0, compression);
  let { mean, weight } = all[0];
  for (let i = 1; i < all.length; i++) {
    const next = all[i];
    if (before + weight + next.weight <= limit) {
      weight += next.weight;
      mean += ((next.mean - mean) * next.weight) / weight;
      continue;
    }
    means.push(mean);
    weights.push(weight);
    before += weight;
    limit = total * limitAfter(before / total, compression);
    ({ mean, weight } = next);
  }
  means.push(mean);
  weights.push(weight);
  digest.means = means;
  digest.weights = weights;
  digest.waiting = [];
}

/** Where a centroid that begins at quantile `q` ends at the latest: one step of k1(q) = compression / 2 pi asin(2q - 1). */
function limitAfter(q: number, compression: number): number {
  const angle = Math.asin(2 * q - 1) + (2 * Math.PI) / compression;
  return angle >= Math.PI / 2 ? 1 : (Math.sin(angle) + 1) / 2;
}

/** Between the middles of centroids, which stand at the middle of their weight, quantiles lie on straight lines. */
function fromCentroids({ means, weights, min, max }: Digest): (q: number) => number {
  let total = 0;
  for (const weight of weights) total += weight;
  return (q) => {
    const rank = q * total;
    let [position, value] = [0, min];
    let before = 0;
    for (let i = 0; i <= means.length; i++) {
      const isEnd = i === means.length;
      const nextPosition = isEnd ? total : before + weights[i] / 2;
      const nextValue = isEnd ? max : means[i];
      if (rank <= nextPosition) {
        const share = nextPosition === position ? 1 : (rank - position) / (nextPosition - position);
        return value + (nextValue - value) * share;
      }
      [position, value] = [nextPosition, nextValue];
      before += weights[i];
    }
    return max;
  };
}

/** Between two neighbours in proportion, as SQL's PERCENTILE. */
function exact(values: readonly number[]): (q: number) => number {
  const sorted = Float64Array.from(values).sort();
  return (q) => {
    if (sorted.length === 0) return Number.NaN;
    const rank = q * (sorted.length - 1);
    const low = Math.floor(rank);
    return low === rank ? sorted[low] : sorted[low] + (sorted[low + 1] - sorted[low]) * (rank - low);
  };
}
