import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));

test("a workspace package resolves to its sources in tests", () => {
  const path = fileURLToPath(import.meta.resolve("@millrace/core")).slice(root.length);
  expect(path).toBe("packages/core/src/index.ts");
});
