/** Rounding to decimal places, half away from zero (ROUND) or toward zero (TRUNCATE). */
import { normalizeExact } from "@millrace/core";
import { divideRounding, type Exact, powerOfTen } from "./exact.ts";

export type Rounding = "half-up" | "down";

function divide(value: bigint, by: bigint, rounding: Rounding): bigint {
  return rounding === "down" ? value / by : divideRounding(value, by);
}

/** An unscaled decimal with the digits behind `places` made zero; `places` may be negative. The scale stays. */
export function roundUnscaled(value: Exact, scale: number, places: number, rounding: Rounding): Exact {
  if (places >= scale) return value;
  const unit = powerOfTen(scale - places);
  return normalizeExact(divide(BigInt(value), unit, rounding) * unit);
}

/** The double nearest to the rounded shortest decimal form: 2.675 to 2 places is 2.68, as in Java. */
export function roundDouble(value: number, places: number, rounding: Rounding): number {
  if (places >= 0 && Number.isInteger(value)) return value;
  const match = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(value.toExponential());
  if (match === null) return value;
  const [, sign, first, rest = "", exponent] = match;
  const drop = rest.length - Number(exponent) - places;
  if (drop <= 0) return value;
  // More digits go than there are: at most the first could have been rounded up.
  if (drop > rest.length + 1) return sign === "-" ? -0 : 0;
  return Number(`${sign}${divide(BigInt(first + rest), powerOfTen(drop), rounding)}e${-places}`);
}
