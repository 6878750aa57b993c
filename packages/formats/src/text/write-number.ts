/**
 * Numbers as ASCII text at an offset of a byte array that has room for them (NUMBER_BYTES); each function returns the
 * offset behind. No digit of an exact number is lost, and doubles get the shortest text that reads back as the same double.
 */
import { formatDecimal, formatFloat, formatScientific } from "@millrace/core";

/** No number takes more: a sign, 39 digits of a DECIMAL, a zero and a point; doubles take up to 25. */
export const NUMBER_BYTES = 44;

const POWERS = Float64Array.from({ length: 16 }, (_, exponent) => 10 ** exponent);

/** A safe integer. */
export function writeInteger(bytes: Uint8Array, at: number, value: number): number {
  let rest = value;
  if (rest < 0) {
    bytes[at++] = 0x2d;
    rest = -rest;
  }
  if (rest < 1e9) return writeSmall(bytes, at, rest);
  const low = rest % 1e9;
  return writePadded(bytes, writeSmall(bytes, at, (rest - low) / 1e9), low, 9);
}

/** 0 to 999,999,999. */
function writeSmall(bytes: Uint8Array, at: number, value: number): number {
  let rest = value | 0;
  let size = 1;
  for (let limit = 10; size < 9 && rest >= limit; limit *= 10) size++;
  for (let i = at + size - 1; i >= at; i--) {
    const tens = (rest / 10) | 0;
    bytes[i] = 48 + rest - tens * 10;
    rest = tens;
  }
  return at + size;
}

/** A safe integer >= 0 as exactly `digits` digits, the highest ones left out if they are more. */
function writePadded(bytes: Uint8Array, at: number, value: number, digits: number): number {
  let rest = value;
  for (let i = at + digits - 1; i >= at; i--) {
    const digit = rest % 10;
    bytes[i] = 48 + digit;
    rest = (rest - digit) / 10;
  }
  return at + digits;
}

/** A DECIMAL whose unscaled value is a safe integer: 1234 at scale 2 is '12.34'. */
export function writeDecimal(bytes: Uint8Array, at: number, unscaled: number, scale: number): number {
  if (scale === 0) return writeInteger(bytes, at, unscaled);
  let whole = unscaled;
  if (whole < 0) {
    bytes[at++] = 0x2d;
    whole = -whole;
  }
  let rest = whole;
  // 10^16 is beyond each safe integer.
  if (scale > 15) whole = 0;
  else {
    rest = whole % POWERS[scale];
    whole = (whole - rest) / POWERS[scale];
  }
  at = writeInteger(bytes, at, whole);
  bytes[at++] = 0x2e;
  return writePadded(bytes, at, rest, scale);
}

/** A BIGINT or an unscaled DECIMAL of any size. */
export function writeExact(bytes: Uint8Array, at: number, value: bigint | number, scale: number): number {
  return typeof value === "number"
    ? writeDecimal(bytes, at, value, scale)
    : writeAscii(bytes, at, formatDecimal(value, scale));
}

/** As `writeExact`, in the form of `formatScientific`. */
export function writeScientific(bytes: Uint8Array, at: number, unscaled: bigint | number, scale: number): number {
  return writeAscii(bytes, at, formatScientific(unscaled, scale));
}

/** A DOUBLE; NaN and the infinities by name. */
export function writeDouble(bytes: Uint8Array, at: number, value: number): number {
  if (Number.isInteger(value) && value < 1e15 && value > -1e15) {
    if (value === 0 && Object.is(value, -0)) bytes[at++] = 0x2d;
    return writeInteger(bytes, at, value);
  }
  return writeAscii(bytes, at, String(value));
}

/** A FLOAT, given as the double it is: 0.1, not 0.10000000149011612. */
export function writeFloat(bytes: Uint8Array, at: number, value: number): number {
  // Up to 2^24 the text of the double is the shortest already.
  if (Number.isInteger(value) && value <= 16_777_216 && value >= -16_777_216) return writeDouble(bytes, at, value);
  return writeAscii(bytes, at, formatFloat(value));
}

export function writeAscii(bytes: Uint8Array, at: number, text: string): number {
  for (let i = 0; i < text.length; i++) bytes[at + i] = text.charCodeAt(i);
  return at + text.length;
}
