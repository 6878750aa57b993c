/**
 * Numbers from ASCII bytes, exactly rounded.
 *
 * Up to 15 significant digits are collected in one double, which is then exact; the rare rest goes through the engine's own
 * parser (`Number`, `BigInt`), so no digit is ever lost on the way.
 */
import { normalizeExact, parseDecimal } from "@millrace/core";
import { textOf } from "./utf8.ts";

const POWERS = Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));

/** What `scanNumber` found: value = sign * mantissa * 10^exponent, if `isExact`. One record, reused: no allocation. */
const scanned = { negative: false, mantissa: 0, exponent: 0, isExact: true };

/**
 * Reads `[+-]digits[.digits][e[+-]digits]` (digits on at least one side of the point) into `scanned`; false for other text.
 */
function scanNumber(bytes: Uint8Array, start: number, end: number): boolean {
  let at = start;
  scanned.negative = false;
  if (at < end && (bytes[at] === 0x2d || bytes[at] === 0x2b)) scanned.negative = bytes[at++] === 0x2d;
  let mantissa = 0;
  let significant = 0;
  let fraction = 0;
  let isFraction = false;
  let hasDigit = false;
  for (; at < end; at++) {
    const digit = bytes[at] - 48;
    if (digit >>> 0 <= 9) {
      hasDigit = true;
      if (significant > 0 || digit > 0) significant++;
      if (significant <= 15) mantissa = mantissa * 10 + digit;
      if (isFraction) fraction++;
    } else if (bytes[at] === 0x2e && !isFraction) isFraction = true;
    else break;
  }
  if (!hasDigit) return false;
  let exponent = 0;
  if (at < end) {
    if ((bytes[at] | 0x20) !== 0x65) return false;
    at++;
    let isNegative = false;
    if (at < end && (bytes[at] === 0x2d || bytes[at] === 0x2b)) isNegative = bytes[at++] === 0x2d;
    if (at >= end) return false;
    for (; at < end; at++) {
      const digit = bytes[at] - 48;
      if (digit >>> 0 > 9) return false;
      if (exponent < 1e8) exponent = exponent * 10 + digit;
    }
    if (isNegative) exponent = -exponent;
  }
  scanned.mantissa = mantissa;
  scanned.exponent = exponent - fraction;
  scanned.isExact = significant <= 15;
  return true;
}

/** The nearest double of a number's text; undefined if it is none. 'NaN', 'Infinity' and '-Infinity' are numbers here. */
export function doubleOf(bytes: Uint8Array, start: number, end: number): number | undefined {
  if (!scanNumber(bytes, start, end)) {
    const text = textOf(bytes, start, end);
    return text === "NaN" || text === "Infinity" || text === "-Infinity" ? Number(text) : undefined;
  }
  const { exponent } = scanned;
  let { mantissa } = scanned;
  if (!scanned.isExact || exponent < -22 || exponent > 22) return Number(textOf(bytes, start, end));
  // Both operands are exact doubles, so the one operation rounds correctly.
  if (exponent > 0) mantissa *= POWERS[exponent];
  else if (exponent < 0) mantissa /= POWERS[-exponent];
  return scanned.negative ? -mantissa : mantissa;
}

/**
 * The integer of a number's text ('12', '12.0', '1.2e1'); undefined if it is no number or has a fraction. Integers of more
 * than 40 digits come back as +-Infinity: no type holds them.
 */
export function integerOf(bytes: Uint8Array, start: number, end: number): number | bigint | undefined {
  const isNegative = bytes[start] === 0x2d;
  const first = isNegative ? start + 1 : start;
  // Nearly all integers are plain digits, exact in a double.
  if (end - first <= 15 && first < end) {
    let value = 0;
    let at = first;
    for (let digit = bytes[at] - 48; digit >>> 0 <= 9 && at < end; digit = bytes[++at] - 48) value = value * 10 + digit;
    if (at === end) return isNegative && value !== 0 ? -value : value;
  }
  if (!scanNumber(bytes, start, end)) return undefined;
  const { mantissa, exponent, negative } = scanned;
  if (mantissa === 0) return 0;
  if (scanned.isExact && exponent <= 0) {
    if (exponent < -15) return undefined;
    const unit = POWERS[-exponent];
    if (mantissa % unit !== 0) return undefined;
    return negative ? -mantissa / unit : mantissa / unit;
  }
  if (exponent < -10_000) return undefined;
  const text = textOf(bytes, start, end);
  // Exact to 60 places behind the point: a fraction shows there, unless the text itself has more.
  const scale = Math.max(0, -exponent);
  const unscaled = parseDecimal(text, 40 + scale, scale);
  if (unscaled === null || unscaled === undefined)
    return negative ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  const unit = 10n ** BigInt(scale);
  const value = BigInt(unscaled);
  return value % unit === 0n ? normalizeExact(value / unit) : undefined;
}

/** As `parseDecimal` of core, on bytes: unscaled value, null if it does not fit, undefined if it is no number. */
export function decimalOf(
  bytes: Uint8Array,
  start: number,
  end: number,
  precision: number,
  scale: number,
): number | bigint | null | undefined {
  if (!scanNumber(bytes, start, end)) return undefined;
  const { mantissa, negative } = scanned;
  const shift = scanned.exponent + scale;
  if (!scanned.isExact || precision > 15 || shift > 15 || shift < -15) {
    return parseDecimal(textOf(bytes, start, end), precision, scale);
  }
  let unscaled = mantissa;
  if (shift > 0) unscaled = mantissa * POWERS[shift];
  else if (shift < 0) {
    const unit = POWERS[-shift];
    const rest = mantissa % unit;
    unscaled = (mantissa - rest) / unit + (rest * 2 >= unit ? 1 : 0);
  }
  // Beyond 2^53 the product may be rounded, but then it exceeds 10^15 >= 10^precision anyway.
  if (unscaled >= POWERS[precision]) return null;
  return negative && unscaled !== 0 ? -unscaled : unscaled;
}
