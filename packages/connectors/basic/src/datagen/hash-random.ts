/**
 * Random numbers that are a function of (seed, stream, row, draw) and not of what was drawn before: any row can be made on its own, so a
 * reader resumes at once and a column that nobody wants costs nothing.
 */
export class HashRandom {
  readonly #seed: number;
  #low = 0;
  #high = 0;
  #draw = 0;

  /** `stream`: a different sequence for each; for example the name of a field. */
  constructor(seed: number, stream: string) {
    let hash = mix(seed | 0);
    hash = mix(hash ^ Math.floor(seed / 2 ** 32));
    for (let i = 0; i < stream.length; i++) hash = mix(Math.imul(hash, 31) + stream.charCodeAt(i));
    this.#seed = hash;
  }

  /** Goes to the draws of a row. */
  at(row: number): this {
    this.#low = mix(this.#seed ^ (row | 0));
    this.#high = Math.floor(row / 2 ** 32);
    this.#draw = 0;
    return this;
  }

  /** 32 random bits, signed. */
  bits(): number {
    this.#draw = (this.#draw + 0x9e3779b9) | 0;
    return mix(mix(this.#low + this.#draw) ^ this.#high ^ this.#seed);
  }

  /** In [0, 1), with 53 random bits. */
  uniform(): number {
    return ((this.bits() >>> 5) * 2 ** 26 + (this.bits() >>> 6)) / 2 ** 53;
  }

  /** A whole number from `min` to `max`, both included, of at most 64 bits. */
  integer(min: bigint, max: bigint): bigint {
    const span = max - min + 1n;
    if (span <= 2n ** 31n) return min + BigInt(Math.floor(this.uniform() * Number(span)));
    // The bias of a remainder of 128 bits by at most 2^64 is below any that can be seen.
    let bits = 0n;
    for (let i = 0; i < 4; i++) bits = (bits << 32n) | BigInt(this.bits() >>> 0);
    return min + (bits % span);
  }
}

/** The finaliser of MurmurHash3. */
function mix(value: number): number {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
