import { expect, test } from "vitest";
import { outdatedReferences } from "../../scripts/generate-reference.ts";

test("docs/reference is what the code gives (else: node scripts/generate-reference.ts)", async () => {
  expect(await outdatedReferences()).toEqual([]);
});
