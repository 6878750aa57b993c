import { expect, test } from "vitest";
import { StatementBuffer } from "./statement-buffer.ts";

const never = () => false;

test("lines are gathered until a semicolon ends one", () => {
  const buffer = new StatementBuffer();
  expect(buffer.add("SELECT 1,", never)).toBeNull();
  expect(buffer.isEmpty).toBe(false);
  expect(buffer.add("2; -- two", never)).toBe("SELECT 1,\n2; -- two\n");
  expect(buffer.isEmpty).toBe(true);
});

test("a semicolon inside what is not finished ends nothing", () => {
  const buffer = new StatementBuffer();
  expect(buffer.add("SELECT 'a;", (text) => text.split("'").length % 2 === 0)).toBeNull();
  expect(buffer.add("b';", (text) => text.split("'").length % 2 === 0)).toBe("SELECT 'a;\nb';\n");
});

test("what is left can be taken or dropped", () => {
  const buffer = new StatementBuffer();
  buffer.add("SELECT 1", never);
  expect(buffer.take()).toBe("SELECT 1\n");
  buffer.add("SELECT 2", never);
  buffer.clear();
  expect(buffer.isEmpty).toBe(true);
});
