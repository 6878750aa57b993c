/** Examples in doc comments: they run, and give what the comment behind them says. */
import { stripTypeScriptTypes } from "node:module";
import { join } from "node:path";
import * as core from "@millrace/core";
import * as plan from "@millrace/plan";
import * as sql from "@millrace/sql";
import * as millrace from "millrace";
import { describe, expect, test } from "vitest";
import { checkedBody, type DocExample, docExamplesOf } from "../../scripts/doc-examples.ts";
import { readTree, repositoryRoot } from "../../scripts/source-tree.ts";

const sources = new Map([...readTree("packages", ".ts")].filter(([path]) => !path.endsWith(".test.ts")));
const examples = docExamplesOf(sources);

describe("examples in doc comments", () => {
  test.each(examples.map((example) => [`${example.path}:${example.line}`, example] as const))(
    "%s",
    async (_, example) => {
      if (/^(CREATE|SELECT) /.test(example.code)) await planSql(example.code);
      else await runExample(example);
    },
  );
});

test("what users import has an example each", () => {
  const exampled = new Set(examples.map(({ path }) => path));
  const missing = Object.keys(millrace).filter((name) => {
    const declaration = new RegExp(`^export (?:async )?(?:abstract )?(?:function\\*?|class|const) ${name}\\b`, "m");
    return ![...sources].some(([path, text]) => exampled.has(path) && declaration.test(text));
  });
  expect(missing).toEqual([]);
});

test("a wrong value behind an example fails, whatever line it stands on", async () => {
  expect(checkedBody("const a = 1;\na + 1 // 2")).toBe("const a = 1;\nreturn [a + 1, 2];");
  expect(checkedBody("f(\n  1,\n);\n// [3]")).toBe("return [f(\n  1,\n), [3]];");
  expect(checkedBody("await f();")).toBe("await f();");
  const example = { path: "packages/core/src/nearest.ts", line: 1, code: 'nearest("a1", ["a2"]) // "a3"' };
  await expect(runExample(example)).rejects.toThrow(/a3/);
});

/** Runs it with the exports of its own file and of the packages under their names. */
async function runExample({ path, code }: DocExample): Promise<void> {
  const own = (await import(join(repositoryRoot, path))) as Record<string, unknown>;
  const scope: Record<string, unknown> = {
    ...core,
    ...plan,
    ...sql,
    ...millrace,
    ...own,
    console: { log: () => undefined },
  };
  const names = Object.keys(scope).filter((name) => new RegExp(`\\b${name}\\b`).test(code));
  const body = stripTypeScriptTypes(`async () => {${checkedBody(code)}}`);
  const run = new Function(...names, `return (${body})()`) as (...values: unknown[]) => Promise<unknown>;
  const outcome = await run(...names.map((name) => scope[name]));
  if (Array.isArray(outcome)) expect(outcome[0]).toEqual(outcome[1]);
}

async function planSql(text: string): Promise<void> {
  const session = new millrace.ScriptSession({ reporter: { warn: () => undefined, progress: () => undefined } });
  for (const statement of session.parse(text)) await session.prepare(statement, text);
}
