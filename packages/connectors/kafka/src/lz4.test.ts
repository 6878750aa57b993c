import { compressionsAlgorithms } from "@platformatic/kafka";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Lz4Decoder } from "./lz4.ts";

const compress = (bytes: Uint8Array) => compressionsAlgorithms.lz4.compressSync(Buffer.from(bytes));

/** A frame of given blocks, by hand: version 1, independent blocks of up to 64 KiB. */
function frameOf(
  blocks: readonly { readonly bytes: Uint8Array; readonly isCompressed: boolean }[],
  flags = 0x60,
): Buffer {
  const parts = [Buffer.of(0x04, 0x22, 0x4d, 0x18, flags, 0x40, 0)];
  for (const { bytes, isCompressed } of blocks) {
    const size = Buffer.alloc(4);
    size.writeUInt32LE(bytes.length + (isCompressed ? 0 : 0x80000000));
    parts.push(size, Buffer.from(bytes));
  }
  return Buffer.concat([...parts, Buffer.alloc(4)]);
}

/** Literals and matches of the block format, by hand. */
const block = (...bytes: readonly number[]) => [{ bytes: Buffer.from(bytes), isCompressed: true }];

describe("agrees with the WebAssembly codec", () => {
  const decoder = new Lz4Decoder();
  // Never empty: once its memory has grown the library's compressor cannot take nothing (it writes to a detached view).
  const pieces = fc.array(fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 60 }), fc.integer({ min: 1, max: 400 })), {
    minLength: 1,
    maxLength: 12,
  });
  test("on repetitive content, by one decoder after the other", () => {
    fc.assert(
      fc.property(pieces, (runs) => {
        const content = Buffer.concat(runs.flatMap(([bytes, times]) => Array.from({ length: times }, () => bytes)));
        expect(Buffer.from(decoder.decode(compress(content))).equals(content)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  test("on megabytes of text", () => {
    const line = (i: number) => `{"id":${i},"name":"name ${i * 7919}","text":"${"lorem ipsum ".repeat(i % 9)}"}`;
    const content = Buffer.from(Array.from({ length: 40_000 }, (_, i) => line(i)).join("\n"));
    expect(Buffer.from(decoder.decode(compress(content))).equals(content)).toBe(true);
  });
});

describe("by hand", () => {
  const decode = (frame: Uint8Array) => Buffer.from(new Lz4Decoder().decode(frame)).toString();

  test("literals, an overlapping match, then literals", () => {
    // 3 literals "abc", match of 4 + 5 = 9 at distance 3; 1 literal "!"
    expect(decode(frameOf(block(0x35, 0x61, 0x62, 0x63, 3, 0, 0x10, 0x21)))).toBe("abcabcabcabc!");
  });

  test("lengths of more than 15, for literals and matches", () => {
    const literals = Array.from({ length: 15 + 255 + 4 }, () => 0x78);
    // 274 literals, match of 4 + 15 + 10 = 29 at distance 1, no last literals but an empty token
    expect(decode(frameOf(block(0xff, 255, 4, ...literals, 1, 0, 10, 0x00)))).toBe("x".repeat(274 + 29));
  });

  test("a block as it is, blocks that refer to the one before, and checksums that are skipped", () => {
    const plain = { bytes: Buffer.from("plain "), isCompressed: false };
    const match = { bytes: Buffer.from([0x02, 6, 0, 0x10, 0x2e]), isCompressed: true };
    expect(decode(frameOf([plain, match]))).toBe("plain plain .");
    const withChecksum = Buffer.concat([
      frameOf([plain], 0x70).subarray(0, -4),
      Buffer.of(1, 2, 3, 4),
      Buffer.alloc(4),
    ]);
    expect(decode(withChecksum)).toBe("plain ");
  });

  test.each([
    ["no frame", Buffer.from("no frame at all")],
    ["a frame without end", frameOf(block(0x10, 0x21)).subarray(0, -4)],
    ["a block that is cut off", frameOf(block(0x10, 0x21)).subarray(0, 11)],
    ["literals beyond the block", frameOf(block(0x90, 0x21))],
    ["a match before the beginning", frameOf(block(0x10, 0x21, 9, 0, 0x00))],
    ["a match at distance 0", frameOf(block(0x10, 0x21, 0, 0, 0x00))],
    ["half a distance", frameOf(block(0x10, 0x21, 1))],
    ["another version", frameOf(block(0x10, 0x21), 0xa0)],
    ["a dictionary", frameOf(block(0x10, 0x21), 0x61)],
  ])("%s is an error", (_name, frame) => {
    expect(() => new Lz4Decoder().decode(frame)).toThrow(/LZ4/);
  });

  test("any damage gives an error or other content, but ends", () => {
    const good = compress(Buffer.from("some text, some text, some text and more of that text ".repeat(20)));
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const bad = Buffer.from(good);
        bad[at] ^= flip;
        try {
          new Lz4Decoder().decode(bad);
        } catch (error) {
          expect((error as Error).message).toContain("LZ4");
        }
      }),
    );
  });
});
