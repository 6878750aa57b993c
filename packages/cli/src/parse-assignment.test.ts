import { expect, test } from "vitest";
import { parseAssignment, parseCount } from "./parse-assignment.ts";
import { UsageError } from "./usage-error.ts";

test("assignments add up, and the value may hold an equals sign", () => {
  const parse = parseAssignment("--var", "path=in.jsonl");
  expect(parse("b=x=y", parse("a="))).toEqual({ a: "", b: "x=y" });
  expect(() => parse("novalue")).toThrow(UsageError);
  expect(() => parse("=value")).toThrow("--var =value: expected name=value, as in --var path=in.jsonl");
});

test.each([
  ["500", 500],
  ["80k", 80_000],
  ["2M", 2_000_000],
  ["0.5m", 500_000],
])("%s is %i", (text, value) => {
  expect(parseCount("--events")(text)).toBe(value);
});

test.each(["", "0", "-1", "1G", "ten"])("%j is no count", (text) => {
  expect(() => parseCount("--events")(text)).toThrow(UsageError);
});
