import { expect, test } from "vitest";
import { textTableOf } from "./table-output.ts";
import { TextTable } from "./text-table.ts";

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

test("numbers of rows that come later are not cut, texts are", () => {
  const columns = [
    { name: "n", align: "right", fullWidth: 11 },
    { name: "s", align: "left" },
  ] as const;
  const partial = new TextTable(columns, [["1", "abc"]], true);
  expect(partial.row(["-2147483648", "abcdef"])).toBe("│ -2147483648 │ ab… │\n");
  expect(new TextTable(columns, [["1", "abc"]]).row(["1", "abc"])).toBe("│ 1 │ abc │\n");
});
