/** Which partition a row goes to. */

/** `key.start` is -1 for a row without key. */
export type Partitioner = (key: Uint8Array, start: number, end: number, partitions: number) => number;

/** Rows without a key stay with a partition for this many bytes: fuller batches than one row here, one there. */
const STICKY_BYTES = 64 * 1024;
const ROW_OVERHEAD_BYTES = 32;

/**
 * `default`: by the key's hash as in Java clients; without a key one partition for a while, then the next.
 * `round-robin`: the same with keys, without a key the next each time. `fixed`: always the first.
 */
export function createPartitioner(name: string, valueBytes: () => number): Partitioner {
  if (name === "fixed") return () => 0;
  let next = 0;
  let bytes = 0;
  const unkeyed =
    name === "round-robin"
      ? (partitions: number) => next++ % partitions
      : (partitions: number) => {
          if (bytes > STICKY_BYTES) {
            bytes = 0;
            next++;
          }
          bytes += valueBytes() + ROW_OVERHEAD_BYTES;
          return next % partitions;
        };
  return (key, start, end, partitions) =>
    start < 0 ? unkeyed(partitions) : (murmur2(key, start, end) & 0x7fffffff) % partitions;
}

/** The 32-bit MurmurHash2 of `bytes[start, end)` with the seed of Kafka's default partitioner. */
export function murmur2(bytes: Uint8Array, start: number, end: number): number {
  const m = 0x5bd1e995;
  const length = end - start;
  let h = 0x9747b28c ^ length;
  let at = start;
  for (; at + 4 <= end; at += 4) {
    let k = bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
    k = Math.imul(k, m);
    k ^= k >>> 24;
    h = Math.imul(h, m) ^ Math.imul(k, m);
  }
  const rest = end - at;
  if (rest === 3) h ^= bytes[at + 2] << 16;
  if (rest >= 2) h ^= bytes[at + 1] << 8;
  if (rest >= 1) h = Math.imul(h ^ bytes[at], m);
  h = Math.imul(h ^ (h >>> 13), m);
  return h ^ (h >>> 15);
}
