import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { columnOf } from "./batch/column-builder.ts";
import { BIGINT, BOOLEAN, type DataType, DOUBLE, decimal, STRING, VALUE } from "./batch/data-type.ts";
import { hashRow, hashRows } from "./batch/hash-rows.ts";
import { combineHashes, hashBigInt, hashBytes, hashNumber, keyGroup } from "./hash.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);
const murmur = (bytes: Uint8Array, seed: number) => hashBytes(bytes, 0, bytes.length, seed) >>> 0;

describe("hashes", () => {
  it("of bytes are murmur3_32", () => {
    // From the reference implementation (SMHasher).
    expect(murmur(bytesOf(""), 0)).toBe(0);
    expect(murmur(bytesOf(""), 1)).toBe(0x514e28b7);
    expect(murmur(bytesOf("hello"), 0)).toBe(0x248bfa47);
    expect(murmur(bytesOf("hello, world"), 0)).toBe(0x149bbb7f);
    expect(murmur(bytesOf("The quick brown fox jumps over the lazy dog"), 0)).toBe(0x2e4ff723);
  });

  it("of numbers are those of the same integers held as bigint", () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.integer(), fc.maxSafeInteger()),
        (value) => hashNumber(value) === hashBigInt(BigInt(value)),
      ),
      { seed: 1 },
    );
    expect(hashNumber(-0)).toBe(hashNumber(0));
    const other = new Float64Array(new BigUint64Array([0x7ff8000000000001n]).buffer)[0];
    expect(hashNumber(other)).toBe(hashNumber(Number.NaN));
  });

  it("of wide integers depend on all 128 bits", () => {
    const values = [0n, 1n, 2n ** 40n, 2n ** 63n, 2n ** 64n, 2n ** 64n + 1n, 2n ** 100n, -(2n ** 100n), -1n];
    expect(new Set(values.map(hashBigInt)).size).toBe(values.length);
  });

  it("do not change between releases: a change needs a new HASH_VERSION", () => {
    // Recorded when version 1 was made. They are not derived from anything else.
    expect([0, 1, -1, 1e12, 0.5].map((value) => hashNumber(value))).toMatchInlineSnapshot(`
      [
        -1666776968,
        1822669166,
        -88149639,
        -1982876032,
        1922391962,
      ]
    `);
    expect([2n ** 63n - 1n, 2n ** 100n].map(hashBigInt)).toMatchInlineSnapshot(`
      [
        883031581,
        -261897020,
      ]
    `);
    expect(hashRow([columnOf(BIGINT, [1]), columnOf(STRING, ["a"])], 0)).toMatchInlineSnapshot(`702883066`);
  });

  it("of rows are the same in batches and one by one, over all kinds of columns", () => {
    const columns: [DataType, unknown[]][] = [
      [BIGINT, [1, null, 2n ** 60n, 4]],
      [DOUBLE, [0.5, -0, null, 1e300]],
      [STRING, ["", "abc", null, "abcde"]],
      [BOOLEAN, [true, false, null, true]],
      [decimal(38, 0), [10n ** 30n, 1, null, 2]],
      [VALUE, [[1, "a"], null, { a: 1 }, new Map([[1, 2]])]],
    ];
    for (let count = 0; count <= columns.length; count++) {
      const built = columns.slice(0, count).map(([type, values]) => columnOf(type, values));
      const out = new Int32Array(4);
      hashRows(built, 4, out);
      expect([...out]).toEqual([0, 1, 2, 3].map((row) => hashRow(built, row)));
    }
  });

  it("of ROW and MAP values do not depend on the order of entries or the form of numbers", () => {
    const pairs: [unknown, unknown][] = [
      [
        { a: 1, b: 2 },
        { b: 2, a: 1 },
      ],
      [
        new Map([
          ["a", 1],
          ["b", 2],
        ]),
        new Map([
          ["b", 2],
          ["a", 1],
        ]),
      ],
      [
        [5n, -0],
        [5, 0],
      ],
    ];
    for (const [a, b] of pairs) expect(hashRow([columnOf(VALUE, [a])], 0)).toBe(hashRow([columnOf(VALUE, [b])], 0));
  });

  it("of several columns depend on their order", () => {
    expect(combineHashes(1, 2)).not.toBe(combineHashes(2, 1));
  });
});

describe("keyGroup", () => {
  /** Flink's MathUtils.murmurHash of an int is murmur3_32 of its 4 bytes with seed 0, made non-negative. */
  function flinkKeyGroup(hash: number, maxParallelism: number): number {
    const code = murmur(new Uint8Array(Int32Array.of(hash).buffer), 0) | 0;
    return (code === -2147483648 ? 0 : Math.abs(code)) % maxParallelism;
  }

  it("is Flink's assignment", () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.integer({ min: 1, max: 32768 }),
        (hash, max) => keyGroup(hash, max) === flinkKeyGroup(hash, max),
      ),
      { seed: 2 },
    );
  });

  it("spreads consecutive keys evenly", () => {
    const counts = new Array<number>(128).fill(0);
    for (let key = 0; key < 128_000; key++) counts[keyGroup(hashNumber(key))]++;
    // 1000 expected in each, standard deviation 31.
    expect(Math.min(...counts)).toBeGreaterThan(850);
    expect(Math.max(...counts)).toBeLessThan(1150);
  });
});
