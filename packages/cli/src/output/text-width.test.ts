import { expect, test } from "vitest";
import { fitted, textWidth, wrapped } from "./text-width.ts";

test.each([
  ["abc", 3],
  ["", 0],
  ["日本", 4],
  ["e\u0301", 1],
  ["🚀!", 3],
  ["ü", 1],
])("%j takes %i cells", (text, width) => {
  expect(textWidth(text)).toBe(width);
});

test.each([
  ["ab", 4, "left", "ab  "],
  ["ab", 4, "right", "  ab"],
  ["abcdef", 4, "left", "abc…"],
  ["日本語", 4, "left", "日… "],
] as const)("%j in %i cells, %s", (text, width, align, expected) => {
  expect(fitted(text, width, align)).toBe(expected);
  expect(textWidth(fitted(text, width, align))).toBe(width);
});

test("a text is broken between words", () => {
  expect(wrapped("one two three 日本 語", 8)).toEqual(["one two", "three", "日本 語"]);
  expect(wrapped("a extraordinarily b", 8)).toEqual(["a", "extraordinarily", "b"]);
});
