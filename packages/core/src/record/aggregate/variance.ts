/**
 * Variance and standard deviation by one pass that loses no digits: Welford, "Note on a method for calculating corrected sums of
 * squares and products", 1962; put together from parts as in Chan, Golub and LeVeque, "Updating formulae and a pairwise algorithm
 * for computing sample variances", 1979.
 */
import type { RecordAggregate } from "../record-aggregate.ts";
import { numbers, overValue, type Reader } from "./over-value.ts";

interface Moments {
  count: number;
  mean: number;
  /** Sum of squared distances from the mean. */
  squares: number;
}

export interface VarianceOptions {
  /** Of all there is, divided by n. Default: of a sample, divided by n - 1. */
  readonly population?: boolean;
}

/**
 * The variance of what `of` reads; NaN where there is too little of it.
 *
 * @example
 * await pipeline("p").from([1, 2, 3]).windowAll(countWindow(3)).aggregate(variance((n) => n)).toArray() // [{ value: 1 }]
 */
export function variance<T>(
  of: Reader<T, number>,
  { population = false }: VarianceOptions = {},
): RecordAggregate<T, Moments, number> {
  return moments(numbers("variance", of), (held) => varianceOf(held, population));
}

/**
 * The standard deviation of what `of` reads; NaN where there is too little of it.
 *
 * @example
 * await pipeline("p").from([1, 3]).windowAll(countWindow(2)).aggregate(stddev((n) => n, { population: true })).toArray() // [{ value: 1 }]
 */
export function stddev<T>(
  of: Reader<T, number>,
  { population = false }: VarianceOptions = {},
): RecordAggregate<T, Moments, number> {
  return moments(numbers("stddev", of), (held) => Math.sqrt(varianceOf(held, population)));
}

function moments<T>(of: Reader<T, number>, result: (held: Moments) => number): RecordAggregate<T, Moments, number> {
  return overValue<T, number, Moments, number>(of, {
    create: () => ({ count: 0, mean: 0, squares: 0 }),
    add: (held, value) => {
      held.count++;
      const distance = value - held.mean;
      held.mean += distance / held.count;
      held.squares += distance * (value - held.mean);
      return held;
    },
    result,
    merge: (a, b) => {
      if (b.count === 0) return a;
      const count = a.count + b.count;
      const distance = b.mean - a.mean;
      a.squares += b.squares + (distance * distance * a.count * b.count) / count;
      a.mean += (distance * b.count) / count;
      a.count = count;
      return a;
    },
    retract: (held, value) => {
      if (held.count <= 1) return { count: 0, mean: 0, squares: 0 };
      const distance = value - held.mean;
      held.count--;
      held.mean -= distance / held.count;
      // Taking values away may leave less than nothing.
      held.squares = held.count === 1 ? 0 : Math.max(0, held.squares - distance * (value - held.mean));
      return held;
    },
    sharesPanes: true,
  });
}

function varianceOf({ count, squares }: Moments, population: boolean): number {
  const divisor = population ? count : count - 1;
  return divisor > 0 ? squares / divisor : Number.NaN;
}
