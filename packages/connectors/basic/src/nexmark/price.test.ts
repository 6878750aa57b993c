import { expect, test } from "vitest";
import { priceOf } from "./price.ts";

const reference = (bits: number) => Math.round(100 * 10 ** (6 * ((bits >>> 0) / 2 ** 32)));

test("agrees with the power at the ends, at the borders of the table and on a walk through all 32-bit numbers", () => {
  const bits = [0, 1, -1, 0x7fffffff, -0x80000000];
  for (let upper = 0; upper < 4096; upper++) bits.push(upper << 20, (upper << 20) - 1, (upper << 20) + 1);
  for (let i = 0; i < 2_000_000; i++) bits.push(Math.imul(i, 0x9e3779b1));
  const wrong = bits.filter((candidate) => priceOf(candidate) !== reference(candidate));
  expect(wrong).toEqual([]);
});
