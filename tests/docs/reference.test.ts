import { expect, test } from "vitest";
import { isReferenceCurrent } from "../../scripts/generate-reference.ts";

test("docs/reference/options.md is what the code gives (else: node scripts/generate-reference.ts)", async () => {
  expect(await isReferenceCurrent()).toBe(true);
});
