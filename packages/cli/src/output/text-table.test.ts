import { expect, test } from "vitest";
import { textTableOf } from "./table-output.ts";

test("a box with numbers at the right edge", () => {
  const columns = [
    { name: "name", align: "left" },
    { name: "n", align: "right" },
  ] as const;
  expect(
    textTableOf(columns, [
      ["Ada", "1"],
      ["日本", "100"],
    ]),
  ).toBe(
    [
      "┌──────┬─────┐",
      "│ name │   n │",
      "├──────┼─────┤",
      "│ Ada  │   1 │",
      "│ 日本 │ 100 │",
      "└──────┴─────┘",
      "",
    ].join("\n"),
  );
});
