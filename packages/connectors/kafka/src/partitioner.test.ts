import { murmur2 as libraryMurmur2 } from "@platformatic/kafka";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createPartitioner, murmur2 } from "./partitioner.ts";

const hash = (text: string) => {
  const bytes = Buffer.from(`--${text}--`);
  return murmur2(bytes, 2, bytes.length - 2);
};

describe("murmur2", () => {
  // From Kafka's own test of its Utils.murmur2.
  test.each([
    ["21", -973932308],
    ["foobar", -790332482],
    ["a-little-bit-long-string", -985981536],
    ["a-little-bit-longer-string", -1486304829],
    ["lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971],
    ["abc", 479470107],
  ])("of %s", (text, expected) => {
    expect(hash(text)).toBe(expected);
  });

  test("agrees with the client library's on any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 70 }), (bytes) => {
        expect(murmur2(bytes, 0, bytes.length)).toBe(libraryMurmur2(Buffer.from(bytes)));
      }),
    );
  });
});

describe("partitions", () => {
  const noKey = new Uint8Array(0);
  const unkeyed = (name: string, rows: number, valueBytes: number) => {
    const partitioner = createPartitioner(name, () => valueBytes);
    return Array.from({ length: rows }, () => partitioner(noKey, -1, -1, 4));
  };

  test("fixed is always the first, with and without key", () => {
    expect(new Set(unkeyed("fixed", 10, 100))).toEqual(new Set([0]));
    const key = Buffer.from("foobar");
    expect(createPartitioner("fixed", () => 0)(key, 0, key.length, 4)).toBe(0);
  });

  test("round-robin takes the next each time", () => {
    expect(unkeyed("round-robin", 6, 100)).toEqual([0, 1, 2, 3, 0, 1]);
  });

  test("by default rows without key stay a while and reach every partition in the end", () => {
    expect(new Set(unkeyed("default", 100, 100))).toEqual(new Set([0]));
    expect(new Set(unkeyed("default", 10_000, 1000))).toEqual(new Set([0, 1, 2, 3]));
  });

  test.each(["default", "round-robin"])("%s goes by the key's hash where there is a key", (name) => {
    const partitioner = createPartitioner(name, () => 0);
    const key = Buffer.from("foobar");
    // -790332482 & 0x7fffffff = 1357151166, modulo 5 = 1
    for (let i = 0; i < 3; i++) expect(partitioner(key, 0, key.length, 5)).toBe(1);
  });
});
