/** `npm test`: every test of every package, then one line that counts them. Arguments go to vitest. */
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { ensureBuilt, nodePath, passThrough, root } from "./ensure.mjs";

// Tests run from the sources; dist is needed by those that start the command. So they run even where the build fails.
let failed = ensureBuilt() ? 0 : 1;
if (failed) console.error("the build failed (above): counted as one failed test");

const resultFile = join(root, ".cache", `test-result-${process.pid}.json`);
mkdirSync(join(root, ".cache"), { recursive: true });
const vitest = join(root, "node_modules", "vitest", "vitest.mjs");
const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${resultFile}`];
const code = await passThrough(nodePath(), [vitest, "run", ...reporters, ...process.argv.slice(2)], {
  MILLRACE_ENSURED: "1",
});

const { passed, failedTests, skipped } = readResult();
failed += failedTests;
// Vitest also fails for what is no test: no file matched, an error outside of a test.
if (code !== 0 && failedTests === 0) failed += 1;
process.exitCode = failed === 0 ? 0 : 1;
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);

function readResult() {
  if (!existsSync(resultFile)) return { passed: 0, failedTests: 0, skipped: 0 };
  const result = JSON.parse(readFileSync(resultFile, "utf8"));
  rmSync(resultFile);
  // A file that does not load has no test to fail: it counts as one.
  const brokenFiles = result.testResults.filter(
    (file) => file.status === "failed" && !file.assertionResults.some((test) => test.status === "failed"),
  );
  return {
    passed: result.numPassedTests,
    failedTests: result.numFailedTests + brokenFiles.length,
    skipped: result.numPendingTests + result.numTodoTests,
  };
}
