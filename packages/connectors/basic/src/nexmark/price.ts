/**
 * The price of 32 random bits: Math.round(100 * 10 ** (6 * u)), u = bits / 2 ** 32, at a fifth of the cost of a power.
 *
 * 10 ** (6u) is a table entry for the upper 12 bits times a Taylor polynomial for the rest (x < 0.0034, fourth order, relative
 * error below 1e-14). With prices up to 1e8 that is less than 1e-5 absolute: unless the value is that near to a
 * rounding border, it rounds as the exact one; where it is, the power is taken.
 */
const BORDER = 1e-5;
const STEP = (6 * Math.LN10) / 2 ** 32;
const table = Float64Array.from({ length: 4096 }, (_, upper) => 100 * 10 ** ((6 * upper) / 4096));

/** `bits` may be signed. */
export function priceOf(bits: number): number {
  const x = (bits & 0xfffff) * STEP;
  const value = table[bits >>> 20] * (1 + x * (1 + x * (0.5 + x * (1 / 6 + x * (1 / 24))))) + 0.5;
  const rounded = Math.floor(value);
  const fraction = value - rounded;
  if (fraction > BORDER && fraction < 1 - BORDER) return rounded;
  return Math.round(100 * 10 ** (6 * ((bits >>> 0) * 2 ** -32)));
}
