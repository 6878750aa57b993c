/** Exact arithmetic on values in the form of `valueAt`: number where safe, else bigint. */
import { normalizeExact } from "@millrace/core";

export type Exact = number | bigint;

const MAX_SAFE = Number.MAX_SAFE_INTEGER;
const powers = Array.from({ length: 40 }, (_, i) => 10n ** BigInt(i));
const safePowers = Array.from({ length: 23 }, (_, i) => 10 ** i);

export function powerOfTen(exponent: number): bigint {
  return powers[exponent] ?? 10n ** BigInt(exponent);
}

export function add(a: Exact, b: Exact): Exact {
  if (typeof a === "number" && typeof b === "number") {
    const sum = a + b;
    if (sum <= MAX_SAFE && sum >= -MAX_SAFE) return sum;
  }
  return normalizeExact(BigInt(a) + BigInt(b));
}

export function subtract(a: Exact, b: Exact): Exact {
  return add(a, negate(b));
}

export function negate(a: Exact): Exact {
  return typeof a === "number" ? 0 - a : normalizeExact(-a);
}

export function multiply(a: Exact, b: Exact): Exact {
  if (typeof a === "number" && typeof b === "number") {
    const product = a * b;
    if (product <= MAX_SAFE && product >= -MAX_SAFE) return product === 0 ? 0 : product;
  }
  return normalizeExact(BigInt(a) * BigInt(b));
}

/** Toward zero. The divisor is not zero. */
export function divideTruncating(a: Exact, b: Exact): Exact {
  if (typeof a === "number" && typeof b === "number") return Math.trunc(a / b) + 0;
  return normalizeExact(BigInt(a) / BigInt(b));
}

export function remainder(a: Exact, b: Exact): Exact {
  if (typeof a === "number" && typeof b === "number") return (a % b) + 0;
  return normalizeExact(BigInt(a) % BigInt(b));
}

/** Half away from zero. */
export function divideRounding(a: bigint, b: bigint): bigint {
  const quotient = a / b;
  const rest = a % b;
  const twice = (rest < 0n ? -rest : rest) * 2n;
  if (twice < (b < 0n ? -b : b)) return quotient;
  return a < 0n === b < 0n ? quotient + 1n : quotient - 1n;
}

/** An unscaled integer at another scale, half up where digits go. */
export function rescale(value: Exact, from: number, to: number): Exact {
  if (from === to) return value;
  if (to > from) {
    const factor = safePowers[to - from];
    return factor !== undefined && to - from < 16
      ? multiply(value, factor)
      : normalizeExact(BigInt(value) * powerOfTen(to - from));
  }
  return normalizeExact(divideRounding(BigInt(value), powerOfTen(from - to)));
}

/** Null if the value has more digits than the precision allows. */
export function fitDecimal(value: Exact, precision: number): Exact | null {
  if (typeof value === "number" && precision >= 16) return value;
  const limit = powerOfTen(precision);
  const wide = BigInt(value);
  return wide >= limit || wide <= -limit ? null : value;
}

/** BIGINT arithmetic wraps at 64 bits, as Java's. */
export function wrapBigint(value: Exact): Exact {
  return typeof value === "number" ? value : normalizeExact(BigInt.asIntN(64, value));
}

/** The nearest double of an unscaled decimal. */
export function decimalToDouble(value: Exact, scale: number): number {
  if (typeof value === "number" && scale <= 22) return value / safePowers[scale];
  const text = value.toString();
  return Number(`${text}e-${scale}`);
}
