import { expect, test } from "vitest";
import { uniqueNames } from "./result-shape.ts";

test("names that stand twice get the first number that is free", () => {
  expect(uniqueNames(["a", "a", "b", "a", "a0"])).toEqual(["a", "a0", "b", "a1", "a00"]);
});
