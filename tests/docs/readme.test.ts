import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { repositoryRoot } from "../../scripts/source-tree.ts";

test("README shows the whole script that the demo runs", () => {
  const script = readFileSync(join(repositoryRoot, "examples", "hot-items.sql"), "utf8");
  // Its head says how to run it and on what else, which README says in prose.
  const statements = script.slice(script.search(/^(?!--)/m));
  expect(statements).toMatch(/^CREATE TABLE events/);
  expect(readFileSync(join(repositoryRoot, "README.md"), "utf8")).toContain(`\n\`\`\`sql\n${statements}\`\`\`\n`);
});
