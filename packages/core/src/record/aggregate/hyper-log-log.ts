/**
 * How many different values, about: Flajolet, Fusy, Gandouet, Meunier, "HyperLogLog: the analysis of a near-optimal cardinality estimation
 * algorithm", 2007, with 64-bit hashes; estimated as in Ertl, "New cardinality estimation algorithms for HyperLogLog sketches", 2017, which
 * needs no correction for few or many values.
 *
 * Invariant  a register holds the greatest rank seen (leading zeros of a hash, plus 1); those that are 0 are not held while few are
 *            more, so that a key with few values is small.
 * Cost       a hash per value; 2^precision bytes at most. Standard error 1.04 / sqrt(2^precision): 1.6 % at precision 12.
 */
import { ByteWriter } from "../../batch/byte-writer.ts";
import { writeValue } from "../../batch/value-codec.ts";
import { MillraceError } from "../../errors.ts";
import { hashBytes } from "../../hash.ts";
import type { RecordAggregate } from "../record-aggregate.ts";
import { overValue, type Reader } from "./over-value.ts";

/** By number of the register while few are set, then all of them. */
type Registers = Map<number, number> | Uint8Array;

const HIGH_SEED = 0x2545f491;
const LOW_SEED = 0x1b873593;
const writer = new ByteWriter();

/**
 * About how many different values `of` reads, in at most 2^precision bytes. The standard error is 1.04 / sqrt(2^precision): at the
 * default of 12, two of three answers are less than 1.6 % away, 99.7 % less than 5 %.
 *
 * Errors: OPTION_INVALID for a precision that is no whole number from 4 to 18.
 *
 * @example
 * await pipeline("p").from(["a", "b", "a"]).windowAll(countWindow(3)).aggregate(approxCountDistinct((text) => text)).toArray() // [{ value: 2 }]
 */
export function approxCountDistinct<T, V>(
  of: Reader<T, V>,
  { precision = 12 }: { readonly precision?: number } = {},
): RecordAggregate<T, Registers, number> {
  if (!Number.isInteger(precision) || precision < 4 || precision > 18) {
    const message = `approxCountDistinct: the precision must be a whole number from 4 to 18, not ${precision}`;
    throw new MillraceError({ code: "OPTION_INVALID", message });
  }
  const size = 2 ** precision;
  return overValue<T, V, Registers, number>(of, {
    create: () => new Map(),
    add: (registers, value) => {
      writer.size = 0;
      writeValue(writer, value, true);
      const high = hashBytes(writer.bytes, 0, writer.size, HIGH_SEED);
      const low = hashBytes(writer.bytes, 0, writer.size, LOW_SEED);
      // The first bits choose the register, the rank is of all others.
      const rest = (high << precision) >>> 0;
      const rank = rest === 0 ? 33 - precision + Math.clz32(low) : Math.clz32(rest) + 1;
      return raised(registers, high >>> (32 - precision), rank, size);
    },
    result: (registers) => Math.round(estimate(registers, precision)),
    merge: (a, b) => {
      let registers = a;
      for (const [register, rank] of b.entries()) if (rank > 0) registers = raised(registers, register, rank, size);
      return registers;
    },
    sharesPanes: true,
  });
}

function raised(registers: Registers, register: number, rank: number, size: number): Registers {
  if (!(registers instanceof Map)) {
    if (rank > registers[register]) registers[register] = rank;
    return registers;
  }
  if (rank <= (registers.get(register) ?? 0)) return registers;
  registers.set(register, rank);
  // An entry of a Map costs about 40 bytes.
  if (registers.size <= size / 32) return registers;
  const all = new Uint8Array(size);
  for (const [each, its] of registers) all[each] = its;
  return all;
}

function estimate(registers: Registers, precision: number): number {
  const size = 2 ** precision;
  const highest = 65 - precision;
  const counts = new Array<number>(highest + 1).fill(0);
  for (const rank of registers.values()) counts[rank]++;
  if (registers instanceof Map) counts[0] = size - registers.size;
  let sum = size * tau(1 - counts[highest] / size);
  for (let rank = highest - 1; rank >= 1; rank--) sum = 0.5 * (sum + counts[rank]);
  sum += size * sigma(counts[0] / size);
  return (size * size) / (2 * Math.LN2 * sum);
}

/** x + sum of x^(2^k) 2^(k-1). */
function sigma(start: number): number {
  if (start === 1) return Number.POSITIVE_INFINITY;
  let [x, y, z, before] = [start, 1, start, Number.NaN];
  while (z !== before) {
    x *= x;
    before = z;
    z += x * y;
    y += y;
  }
  return z;
}

/** (1 - x - sum of (1 - x^(2^-k))^2 2^-k) / 3. */
function tau(start: number): number {
  if (start === 0 || start === 1) return 0;
  let [x, y, z, before] = [start, 1, 1 - start, Number.NaN];
  while (z !== before) {
    x = Math.sqrt(x);
    before = z;
    y *= 0.5;
    z -= (1 - x) ** 2 * y;
  }
  return z / 3;
}
