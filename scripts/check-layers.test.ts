import { expect, test } from "vitest";
import { checkLayers, importsOf } from "./check-layers.ts";
import { readTree } from "./source-tree.ts";

function problemsOf(files: Record<string, string>): string[] {
  return checkLayers(new Map(Object.entries(files)));
}

test.each<[string, string, string, string]>([
  [
    "a package below",
    "sql/src/a.ts",
    'import { run } from "@millrace/runtime";',
    "sql may not import @millrace/runtime",
  ],
  [
    "a connector and a format",
    "connectors/basic/src/a.ts",
    'export * from "@millrace/formats"',
    "connectors/* may not",
  ],
  ["a connector and the runtime", "connectors/kafka/src/a.ts", 'import "@millrace/runtime"', "connectors/* may not"],
  ["the runtime and a connector", "runtime/src/a.ts", 'await import("@millrace/connector-kafka")', "runtime may not"],
  [
    "the umbrella and the command",
    "millrace/src/a.ts",
    'import "@millrace/cli"',
    "millrace may not import @millrace/cli",
  ],
  ["types count too", "core/src/batch/a.ts", 'import type { P } from "@millrace/plan"', "core may not"],
  [
    "node: in core",
    "core/src/batch/a.ts",
    'import { readFileSync } from "node:fs"',
    "nothing from outside, not node:fs",
  ],
  ["a package in core", "core/src/batch/a.ts", 'import x from "commander"', "nothing from outside, not commander"],
  ["time below state", "core/src/time/a.ts", 'import { s } from "../state/s.ts"', "time is below state"],
  [
    "window beside aggregate",
    "core/src/window/a.ts",
    'import { s } from "../aggregate/s.ts"',
    "window is below aggregate",
  ],
  ["a leaf of core", "core/src/errors.ts", 'import { h } from "./hash.ts"', "a leaf of core imports nothing"],
  ["core's index", "core/src/operator/a.ts", 'import { h } from "../index.ts"', "operator is below index.ts"],
  ["operators", "core/src/operator/map.ts", 'import { f } from "./filter.ts"', "operators never import operators"],
  ["a way around", "sql/src/a.ts", 'import { b } from "../../core/src/batch/b.ts"', "leaves the package"],
  ["an unknown package", "extra/src/a.ts", "export {}", "not in the table of layers"],
])("refuses %s", (_name, path, text, message) => {
  const problems = problemsOf({ [`packages/${path}`]: text });
  expect(problems).toHaveLength(1);
  expect(problems[0]).toContain(`packages/${path}: `);
  expect(problems[0]).toContain(message);
});

test("allows what the table allows", () => {
  const problems = problemsOf({
    "packages/core/src/operator/map.ts": 'import { x } from "./operator.ts"; import { b } from "../batch/b.ts"',
    "packages/core/src/state/memory.ts": 'import { b } from "../batch/b.ts"; import { e } from "../errors.ts"',
    "packages/core/src/state/memory.test.ts": 'import { test } from "vitest"; import { k } from "@millrace/testkit"',
    "packages/cli/src/main.ts": 'import "@millrace/sql"; import { Command } from "commander"; import "millrace"',
    "packages/runtime/src/task.ts": 'import "node:worker_threads"; import "@millrace/plan"',
  });
  expect(problems).toEqual([]);
});

test("finds a cycle of modules, and of types only across folders", () => {
  const cycle = problemsOf({
    "packages/sql/src/a.ts": 'import { b } from "./b.ts"',
    "packages/sql/src/b.ts": 'export { c } from "./c.ts"',
    "packages/sql/src/c.ts": 'import { a } from "./a.ts"',
  });
  expect(cycle).toEqual([
    "import cycle: packages/sql/src/a.ts -> packages/sql/src/b.ts -> packages/sql/src/c.ts -> packages/sql/src/a.ts",
  ]);

  const types = (folder: string): Record<string, string> => ({
    [`packages/sql/src/${folder}/b.ts`]: 'import type { A } from "../ast/a.ts"',
    "packages/sql/src/ast/a.ts": `import type { B } from "../${folder}/b.ts"`,
  });
  expect(problemsOf(types("ast"))).toEqual([]);
  expect(problemsOf(types("parser"))).toHaveLength(1);
});

test("reads imports in every form and none in comments", () => {
  const text = [
    'import a, { type B } from "one";',
    "import type {\n  C,\n} from 'two';",
    'export * as d from "three"',
    'import "four"',
    'const e = await import("five")',
    '// import f from "six"',
    '/* import g from "seven" */',
    'const text = "export from nowhere"; const url = "https://example.org/import";',
  ].join("\n");
  expect(importsOf(text)).toEqual([
    { name: "one", typeOnly: false },
    { name: "two", typeOnly: true },
    { name: "three", typeOnly: false },
    { name: "four", typeOnly: false },
    { name: "five", typeOnly: false },
  ]);
});

test("this repository holds to the table", () => {
  expect(checkLayers(readTree("packages", ".ts"))).toEqual([]);
});
