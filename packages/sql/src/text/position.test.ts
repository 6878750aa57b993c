import { expect, test } from "vitest";
import { lineAt, positionAt } from "./position.ts";

test("lines end at \\n, \\r\\n and \\r; the end of the text is a place", () => {
  const text = "ab\ncd\r\nef\rg";
  const places = [0, 2, 3, 5, 6, 7, 10, 11, 99].map((offset) => {
    const { line, column } = positionAt(text, offset);
    return `${line}:${column}`;
  });
  // Offset 6 is the \n of \r\n, which still belongs to its line.
  expect(places).toEqual(["1:1", "1:3", "2:1", "2:3", "2:4", "3:1", "4:1", "4:2", "4:2"]);
});

test("the line around an offset comes without its end", () => {
  const text = "ab\ncd\r\n\nef";
  expect([0, 2, 3, 5, 7, 8, 10].map((offset) => lineAt(text, offset))).toEqual([
    "ab",
    "ab",
    "cd",
    "cd",
    "",
    "ef",
    "ef",
  ]);
});
