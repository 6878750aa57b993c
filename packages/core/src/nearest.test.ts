import { expect, test } from "vitest";
import { nearest } from "./nearest.ts";

test("nearest forgives one slip in a short word, two in a longer one, three in a long one", () => {
  const words = ["FROM", "WHERE", "GROUP", "BETWEEN"];
  expect(["form", "FRO", "WEHRE", "BTWEN", "grp"].map((word) => nearest(word, words))).toEqual([
    "FROM",
    "FROM",
    "WHERE",
    "BETWEEN",
    null,
  ]);
  expect(nearest("scan.watermark.idl-time-out", ["scan.watermark.idle-timeout"])).toBe("scan.watermark.idle-timeout");
  expect(nearest("x".repeat(10_000), words)).toBeNull();
  expect([nearest("x", ["k", "ab"]), nearest("K", ["k"])]).toEqual([null, "k"]);
});
