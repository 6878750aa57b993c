import { seededRandom } from "@millrace/testkit";
import { describe, expect, it } from "vitest";
import { ByteReader } from "../../batch/byte-reader.ts";
import { ByteWriter } from "../../batch/byte-writer.ts";
import { readValue, writeValue } from "../../batch/value-codec.ts";
import type { AnyAggregate } from "../accumulators.ts";
import type { RecordAggregate } from "../record-aggregate.ts";
import { avg } from "./avg.ts";
import { collect, collectSet, countDistinct, topK } from "./collect.ts";
import { count } from "./count.ts";
import { first, last } from "./first-last.ts";
import { histogram } from "./histogram.ts";
import { approxCountDistinct } from "./hyper-log-log.ts";
import { max, maxBy, min, minBy } from "./min-max.ts";
import { approxTopK } from "./space-saving.ts";
import { sum } from "./sum.ts";
import { quantile } from "./t-digest.ts";
import { stddev, variance } from "./variance.ts";

const itself = (n: number) => n;

function stored<A>(accumulator: A): A {
  const writer = new ByteWriter();
  writeValue(writer, accumulator);
  return readValue(new ByteReader(writer.finish())) as A;
}

function addAll<T, A, R>(aggregate: RecordAggregate<T, A, R>, values: readonly T[], from = aggregate.create()): A {
  let held = from;
  for (const value of values) held = aggregate.add(held, value, Number.NaN);
  return held;
}

/** Added one by one, in two parts that are merged, and through a snapshot on the way: the same. */
function resultOf<T, A, R>(aggregate: RecordAggregate<T, A, R>, values: readonly T[]): R {
  const all = aggregate.result(addAll(aggregate, values));
  const half = values.length >> 1;
  const [a, b] = [addAll(aggregate, values.slice(0, half)), addAll(aggregate, values.slice(half))];
  const kept = JSON.stringify(stored(b), asText);
  expect(aggregate.result(aggregate.merge!(aggregate.merge!(aggregate.create(), a), b)), "merged").toEqual(all);
  expect(JSON.stringify(stored(b), asText), "what is merged stays as it is").toBe(kept);
  const restored = addAll(aggregate, values.slice(half), stored(addAll(aggregate, values.slice(0, half))));
  expect(aggregate.result(restored), "through a snapshot").toEqual(all);
  return all;
}

function asText(_: string, value: unknown): unknown {
  if (typeof value === "bigint") return `${value}n`;
  return value instanceof Map ? [...value] : value;
}

describe("exact aggregates", () => {
  const values = [4, 1, 4, 9, 2];

  it.each<[string, AnyAggregate, unknown]>([
    ["count", count() as AnyAggregate, 5],
    ["sum", sum(itself) as AnyAggregate, 20],
    ["sum of bigints", sum((n: number) => BigInt(n) * 10n ** 18n) as AnyAggregate, 20n * 10n ** 18n],
    ["sum of small bigints", sum((n: number) => BigInt(n)) as AnyAggregate, 20n],
    ["avg", avg(itself) as AnyAggregate, 4],
    ["min", min(itself) as AnyAggregate, 1],
    ["max", max((n: number) => String(n)) as AnyAggregate, "9"],
    ["minBy", minBy((n: number) => n % 4) as AnyAggregate, 4],
    ["maxBy", maxBy((n: number) => n % 4) as AnyAggregate, 2],
    ["first", first() as AnyAggregate, 4],
    ["last", last() as AnyAggregate, 2],
    ["collect", collect() as AnyAggregate, values],
    ["collectSet", collectSet() as AnyAggregate, [4, 1, 9, 2]],
    ["countDistinct", countDistinct((n: number) => [n]) as AnyAggregate, 4],
    ["topK", topK(1, itself) as AnyAggregate, [{ value: 4, count: 2 }]],
    ["quantile of few", quantile([0, 0.5, 0.75, 1], itself) as AnyAggregate, [1, 4, 4, 9]],
    [
      "histogram",
      histogram([2, 9], itself) as AnyAggregate,
      [
        { from: Number.NEGATIVE_INFINITY, to: 2, count: 1 },
        { from: 2, to: 9, count: 3 },
        { from: 9, to: Number.POSITIVE_INFINITY, count: 1 },
      ],
    ],
    ["approxTopK of few", approxTopK(1, itself) as AnyAggregate, [{ value: 4, count: 2, error: 0 }]],
    ["approxCountDistinct of few", approxCountDistinct(itself) as AnyAggregate, 4],
  ])("%s", (_, aggregate, expected) => {
    expect(resultOf(aggregate, values)).toEqual(expected);
  });

  it("variance and deviation, of samples and of all", () => {
    // Squared distances from the mean 4: 0, 9, 0, 25, 4.
    expect(resultOf(variance(itself), values)).toBeCloseTo(38 / 4, 12);
    expect(resultOf(variance(itself, { population: true }), values)).toBeCloseTo(38 / 5, 12);
    expect(resultOf(stddev(itself), values)).toBeCloseTo(Math.sqrt(38 / 4), 12);
    expect(resultOf(variance(itself), [1e9 + 1, 1e9 + 2, 1e9 + 3])).toBe(1);
    expect(resultOf(stddev(itself), [1])).toBeNaN();
  });

  it("pass over null and undefined, refuse what they cannot add up", () => {
    const list = [{ n: 1 }, { n: null }, {}, { n: 3 }] as readonly { readonly n?: number | null }[];
    const of = (each: { readonly n?: number | null }) => each.n;
    expect(resultOf(avg(of), list)).toBe(2);
    expect(resultOf(min(of), list)).toBe(1);
    expect(resultOf(collect(of), list)).toEqual([1, 3]);
    expect(resultOf(sum(of), [])).toBe(0);
    const texts = sum(((text: unknown) => text) as () => number);
    expect(() => texts.add(0, "a", Number.NaN)).toThrow('sum: expected a number or bigint, not "a"');
    const mixed = sum(((each: unknown) => each) as () => number);
    expect(() => addAll(mixed, [1, 2n] as never)).toThrow("cannot be added up together");
  });

  it("take back what they have added", () => {
    const kinds = [count(), sum(itself), avg(itself), countDistinct(itself), collectSet(itself), topK(2, itself)];
    for (const each of [...kinds, histogram([3], itself), variance(itself)] as AnyAggregate[]) {
      const rest = [4, 4, 2].reduce((held, value) => each.retract!(held, value), addAll(each, [4, 4, 2, 9, 7]));
      expect(each.result(rest)).toEqual(each.result(addAll(each, [9, 7])));
    }
  });
});

describe("sketches", () => {
  it.each([10, 500, 20_000, 300_000])("HyperLogLog of %i values is less than 5 in 100 off, by parts too", (n) => {
    const aggregate = approxCountDistinct<number, string>((i) => `user ${i}`);
    const values = Array.from({ length: n }, (_, i) => i);
    const estimate = n > 20_000 ? aggregate.result(addAll(aggregate, values)) : resultOf(aggregate, values);
    expect(Math.abs(estimate - n) / n).toBeLessThan(0.05);
    expect(aggregate.result(addAll(aggregate, [...values, ...values.slice(0, 100)]))).toBe(estimate);
  });

  it("HyperLogLog's error is what is said of it: 1.6 % in the mean of squares", () => {
    let squares = 0;
    for (let run = 0; run < 60; run++) {
      const aggregate = approxCountDistinct<number, string>((i) => `${run}:${i}`);
      const values = Array.from({ length: 5000 }, (_, i) => i);
      squares += (aggregate.result(addAll(aggregate, values)) / 5000 - 1) ** 2;
    }
    expect(Math.sqrt(squares / 60)).toBeLessThan(0.022);
  });

  it.each([1, 2, 3])("t-digest's ranks are less than 1 in 100 off, near the ends 2 in 1000, seed %i", (seed) => {
    const random = seededRandom(seed);
    const values = Array.from({ length: 50_000 }, () => random() ** 3 * 1000);
    const sorted = Float64Array.from(values).sort();
    const qs = [0.001, 0.01, 0.25, 0.5, 0.9, 0.99, 0.999];
    const aggregate = quantile(qs, itself);
    const parts = [0, 1, 2, 3].map((i) => addAll(aggregate, values.slice(i * 12_500, (i + 1) * 12_500)));
    const merged = parts.reduce((a, b) => aggregate.merge!(a, stored(b)), aggregate.create());
    for (const digest of [addAll(aggregate, values), merged]) {
      for (const [i, value] of aggregate.result(digest).entries()) {
        const rank = sorted.findIndex((each) => each >= value) / sorted.length;
        expect(Math.abs(rank - qs[i]), `rank of ${qs[i]}`).toBeLessThan(
          Math.min(qs[i], 1 - qs[i]) <= 0.01 ? 0.002 : 0.01,
        );
      }
      expect(digest.means.length).toBeLessThan(200);
    }
  });

  it.each([1, 2, 3])("Space-Saving keeps its bounds, merged too, seed %i", (seed) => {
    const random = seededRandom(seed);
    const values = Array.from({ length: 20_000 }, () => Math.floor(random() ** 4 * 2000));
    const truth = new Map<number, number>();
    for (const value of values) truth.set(value, (truth.get(value) ?? 0) + 1);
    const aggregate = approxTopK(100, itself, { counters: 100 });
    const parts = [0, 1].map((i) => addAll(aggregate, values.slice(i * 10_000, (i + 1) * 10_000)));
    for (const summary of [addAll(aggregate, values), aggregate.merge!(parts[0], stored(parts[1]))]) {
      const top = aggregate.result(summary);
      for (const { value, count: counted, error } of top) {
        expect(counted).toBeGreaterThanOrEqual(truth.get(value)!);
        expect(counted - error).toBeLessThanOrEqual(truth.get(value)!);
        expect(error).toBeLessThanOrEqual(values.length / 100);
      }
      for (const [value, times] of truth)
        if (times > values.length / 100) expect(top.some((each) => each.value === value)).toBe(true);
    }
  });
});
