/**
 * Hashes of values, the same in every process and release: they place rows on subtasks and state in key groups, so they
 * stand behind every snapshot.
 *
 * Invariant  equal values hash equal, whatever holds them: 7 as float64, int64 or int128; -0 as 0; every NaN as one.
 *            A hash is never an identity. A change of any function here is a new HASH_VERSION.
 * Cost       small integers take one multiply-xor chain; bytes are read four at a time.
 */

/** Written into snapshots; state hashed by another version is refused. */
export const HASH_VERSION = 1;

/** Key groups a job has unless it says otherwise: the bound of its parallelism. */
export const DEFAULT_MAX_PARALLELISM = 128;

const SEED = 0x2545f491;
/** The hash of NULL, and of a key without columns. */
export const NULL_HASH = 0x6d2b79f5;

const words = new Int32Array(2);
const double = new Float64Array(words.buffer);

/** The finalisation of murmur3_32: every bit of the input reaches every bit of the result. */
function finalize(h: number): number {
  h ^= h >>> 16;
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return h ^ (h >>> 16);
}

function mixBlock(h: number, k: number): number {
  k = Math.imul(k, 0xcc9e2d51);
  k = Math.imul((k << 15) | (k >>> 17), 0x1b873593);
  h ^= k;
  return (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0;
}

function hashWords(low: number, high: number): number {
  return finalize(mixBlock(mixBlock(SEED, low), high) ^ 8);
}

/** Hash of a number by its value. */
export function hashNumber(value: number): number {
  const int = value | 0;
  return int === value ? finalize(int ^ SEED) : hashOther(value);
}

function hashOther(value: number): number {
  if (Number.isSafeInteger(value)) return hashWords(value | 0, Math.floor(value / 4294967296) | 0);
  double[0] = Number.isNaN(value) ? Number.NaN : value;
  return hashWords(words[0], words[1]);
}

/** Hash of an integer of up to 128 bits: `hashNumber` of it where it is a safe integer. */
export function hashBigInt(value: bigint): number {
  const low = Number(BigInt.asIntN(32, value));
  if (BigInt(low) === value) return finalize(low ^ SEED);
  const next = Number(BigInt.asIntN(32, value >> 32n));
  const top = value >> 64n;
  if (BigInt.asIntN(64, value) === value) return hashWords(low, next);
  const h = mixBlock(mixBlock(SEED, low), next);
  return finalize(mixBlock(mixBlock(h, Number(BigInt.asIntN(32, top))), Number(BigInt.asIntN(32, top >> 32n))) ^ 16);
}

/** murmur3_32 of `bytes[from .. to)`. */
export function hashBytes(bytes: Uint8Array, from: number, to: number, seed: number = SEED): number {
  let h = seed;
  let at = from;
  for (const last = to - 3; at < last; at += 4) {
    h = mixBlock(h, bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24));
  }
  if (at < to) {
    let k = bytes[at];
    if (at + 1 < to) k |= bytes[at + 1] << 8;
    if (at + 2 < to) k |= bytes[at + 2] << 16;
    k = Math.imul(k, 0xcc9e2d51);
    h ^= Math.imul((k << 15) | (k >>> 17), 0x1b873593);
  }
  return finalize(h ^ (to - from));
}

/** The hash of several columns: `combine(combine(first, second), third)`. */
export function combineHashes(hash: number, next: number): number {
  return mixBlock(hash, next);
}

/** The key group of a key's hash: Flink's assignment of a 32-bit key hash (`MathUtils.murmurHash`, modulo). */
export function keyGroup(hash: number, maxParallelism: number = DEFAULT_MAX_PARALLELISM): number {
  const code = finalize(mixBlock(0, hash) ^ 4);
  if (code >= 0) return code % maxParallelism;
  return code === -2147483648 ? 0 : -code % maxParallelism;
}
