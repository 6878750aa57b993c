/** The generator of java.util.Random, so that RAND(seed) gives Flink's numbers. */
const MULTIPLIER = 0x5_deec_e66dn;
const MASK = (1n << 48n) - 1n;

export class JavaRandom {
  #state: bigint;

  constructor(seed: number | bigint) {
    this.#state = (BigInt(seed) ^ MULTIPLIER) & MASK;
  }

  #next(bits: number): number {
    this.#state = (this.#state * MULTIPLIER + 0xbn) & MASK;
    return Number(BigInt.asIntN(32, this.#state >> BigInt(48 - bits)));
  }

  /** From 0 to below 1. */
  nextDouble(): number {
    return (this.#next(26) * 0x800_0000 + this.#next(27)) / 2 ** 53;
  }

  /** From 0 to below the bound, which is positive and at most 2^31 - 1. */
  nextInteger(bound: number): number {
    const bits = this.#next(31);
    if ((bound & (bound - 1)) === 0) return Math.floor((bound * bits) / 2 ** 31);
    // Drawn again where the last, incomplete run of values would make small ones more likely.
    let value = bits % bound;
    for (let drawn = bits; drawn - value + (bound - 1) > 0x7fff_ffff; value = drawn % bound) drawn = this.#next(31);
    return value;
  }
}
