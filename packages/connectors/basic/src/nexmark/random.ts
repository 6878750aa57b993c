/**
 * Xorshift128 (Marsaglia), as the reference generator draws it: the state is four 32-bit words, kept here as signed numbers.
 * The event loop holds a copy of the words in locals; this class serves set-up and the rare events.
 */
export class Xorshift128 {
  s0 = 0x1f123bb5;
  s1 = 0x159a55e5;
  s2 = 0x5f356495;
  s3: number;

  constructor(seed: number) {
    this.s3 = seed >>> 0 || 1;
    for (let warmUp = 0; warmUp < 64; warmUp++) this.uniform();
  }

  /** In [0, 1), with 32 random bits. */
  uniform(): number {
    const t = this.s3 ^ (this.s3 << 11);
    const s = this.s0;
    this.s3 = this.s2;
    this.s2 = this.s1;
    this.s1 = s;
    this.s0 = t ^ (t >>> 8) ^ s ^ (s >>> 19);
    return (this.s0 >>> 0) * 2 ** -32;
  }

  /** A whole number in [0, limit). */
  below(limit: number): number {
    return Math.floor(this.uniform() * limit);
  }

  chance(probability: number): boolean {
    return this.uniform() < probability;
  }
}
