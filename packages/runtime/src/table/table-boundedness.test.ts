import { expect, test } from "vitest";
import { Registry } from "../registry.ts";
import { isBoundedTable } from "./table-boundedness.ts";

const registry = new Registry([
  {
    name: "numbers",
    options: { count: { type: "integer", description: "How many" } },
    isBounded: (options) => options.count !== undefined,
  },
  { name: "endless", options: {} },
]);

const table = (options: Record<string, string>) => ({
  name: "t",
  columns: [],
  watermark: null,
  primaryKey: [],
  partitionKeys: [],
  options,
});

test("asks the connector, with the hints of this use", () => {
  expect(isBoundedTable(table({ connector: "numbers" }), {}, registry)).toBe(false);
  expect(isBoundedTable(table({ connector: "numbers" }), { count: "3" }, registry)).toBe(true);
  expect(isBoundedTable(table({ connector: "endless" }), {}, registry)).toBe(false);
  expect(() => isBoundedTable(table({ connector: "numbers" }), { cout: "3" }, registry)).toThrow(
    "did you mean 'count'?",
  );
});
