import { expect, test } from "vitest";
import { checkDocuments, checkFileLengths } from "./check-docs.ts";
import { anchorsOf, linksOf, runnableBlocksOf } from "./markdown.ts";

const FENCE = "```";

test("finds links that lead nowhere and leaves the others alone", () => {
  const documents = new Map([
    [
      "docs/guide.md",
      [
        "See [the start](../README.md#first-steps), [gone](missing.md) and [there](there.md).",
        "![picture](pictures/flow.svg) and [outside](https://example.org/nowhere.md)",
        `Code: \`[no](link.md)\` and [no heading](../README.md#last-steps), [own](#here)`,
        `${FENCE}md`,
        "[not](checked.md)",
        FENCE,
        "[reference]: also-missing.md",
        "# Here",
      ].join("\n"),
    ],
    ["README.md", "# Millrace\n## First steps\n"],
  ]);
  const existing = new Set(["README.md", "docs/guide.md", "docs/there.md", "docs/pictures/flow.svg"]);
  expect(checkDocuments(documents, (path) => existing.has(path))).toEqual([
    "docs/guide.md:1: the link missing.md leads nowhere",
    "docs/guide.md:3: README.md has no heading #last-steps",
    "docs/guide.md:7: the link also-missing.md leads nowhere",
  ]);
});

test("refuses a runnable block in a language that nothing runs", () => {
  const documents = new Map([["README.md", `${FENCE}python run\nprint(1)\n${FENCE}\n`]]);
  expect(checkDocuments(documents, () => true)).toEqual([
    "README.md:1: a block marked run must be sh, sql, ts, not python",
  ]);
});

test("reads runnable blocks with the output that follows them", () => {
  const markdown = [
    `${FENCE}sh run`,
    "echo one",
    FENCE,
    "",
    `${FENCE}text output`,
    "one",
    FENCE,
    `- ${FENCE} is no fence here`,
    `  ${FENCE}sql run`,
    "  SELECT 1",
    `  ${FENCE}`,
    "Some words between.",
    `${FENCE}text output`,
    "unrelated",
    FENCE,
    `${FENCE}ts`,
    "never();",
    FENCE,
  ].join("\n");
  expect(runnableBlocksOf(markdown)).toEqual([
    { language: "sh", code: "echo one\n", line: 1, expectedOutput: "one\n" },
    { language: "sql", code: "SELECT 1\n", line: 9, expectedOutput: null },
  ]);
});

test("names headings as GitHub does", () => {
  expect([...anchorsOf("# What's new?\n## `EXPLAIN` and [more](x.md)\n## What's new?")]).toEqual([
    "whats-new",
    "explain-and-more",
    "whats-new-1",
  ]);
});

test("gives links their lines", () => {
  expect(linksOf("one\n\n[a](b.md) [c](<d.md>)")).toEqual([
    { target: "b.md", line: 3 },
    { target: "d.md", line: 3 },
  ]);
});

test("counts lines: 600 is the most", () => {
  const files = new Map([
    ["packages/a.ts", "x\n".repeat(600)],
    ["packages/b.ts", "x\n".repeat(601)],
  ]);
  expect(checkFileLengths(files)).toEqual(["packages/b.ts: 601 lines, the limit is 600"]);
});
