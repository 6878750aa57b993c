import { seededRandom } from "@millrace/testkit";
import { describe, expect, test } from "vitest";
import { bitmapOf } from "./bitmap.ts";
import { readBitmap, writeBitmap } from "./bitmap-bytes.ts";

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
const bytes = (text: string) => Uint8Array.from(Buffer.from(text, "hex"));

describe("bitmaps as bytes", () => {
  test.each([
    [[1, 2, 3], "3a300000010000000000020010000000010002000300"],
    [[1, 2, 3, 100000, -5], "3a300000030000000000020001000000ffff0000200000002600000028000000010002000300a086fbff"],
  ])("%j as Flink writes it", (values, expected) => {
    expect(hex(writeBitmap(bitmapOf(values)))).toBe(expected);
    expect(readBitmap(bytes(expected))).toEqual(bitmapOf(values));
  });

  test("runs, in few containers and in many", () => {
    // By the format: cookie 12347 with the count, a bit per container, keys and sizes, then the number of runs, start and length - 1.
    expect(readBitmap(bytes("3b30000001" + "00000400" + "0100" + "0a000400"))).toEqual([10, 11, 12, 13, 14]);
    const heads = "00000000" + "01000000" + "02000000" + "03000000";
    const offsets = "25000000" + "2b000000" + "2d000000" + "2f000000";
    const many = `3b30030001${heads}${offsets}010007000000010002000300`;
    expect(readBitmap(bytes(many))).toEqual([7, 65_537, 131_074, 196_611]);
  });

  test("sets of all sizes come back", () => {
    const next = seededRandom(7);
    for (const [count, range] of [
      [0, 1],
      [1, 2 ** 32],
      [5000, 8000],
      [4096, 65_536],
      [4097, 65_536],
      [20_000, 2 ** 32],
    ]) {
      const bitmap = bitmapOf(Array.from({ length: count }, () => Math.floor(next() * range)));
      expect(readBitmap(writeBitmap(bitmap))).toEqual(bitmap);
    }
  });

  test("what is no bitmap is told", () => {
    const whole = writeBitmap([1, 70_000]);
    for (const bad of ["", "00", "3a30000001", "3a30000001000000000002001000000003000200"])
      expect(readBitmap(bytes(bad))).toBe(null);
    for (let length = 0; length < whole.length; length++) expect(readBitmap(whole.slice(0, length))).toBe(null);
  });
});
