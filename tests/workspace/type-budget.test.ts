/** Completion in an editor is as fast as the type check: what one operator costs must stay small, however long the chain is. */
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { repositoryRoot } from "../../scripts/source-tree.ts";

const folder = join(repositoryRoot, ".cache", `type-budget-${process.pid}`);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const OPERATORS = 200;
/** Types made per operator; 102 when this was written. */
const MAX_INSTANTIATIONS_EACH = 150;
/** On any machine: half a second for a program of 600 operators is what nobody notices. */
const MAX_CHECK_SECONDS = 5;

function chain(operators: number): string {
  const lines = Array.from(
    { length: operators },
    (_, i) => `  .map((order) => ({ ...order, n: order.n + ${i} }))
  .filter((order) => order.n > ${i})
  .keyBy((order) => order.shop)
  .process({
    state: { count: value(0), last: value<string | null>(null) },
    onRecord: (order, { state }) => [{ ...order, n: state.count.update((n) => n + 1) }],
  })`,
  );
  return `import { pipeline, value } from "millrace";
declare const orders: { readonly shop: string; readonly n: number }[];
export const end = pipeline("long")
  .from(orders)
${lines.join("\n")};
`;
}

function checked(operators: number): { readonly instantiations: number; readonly seconds: number } {
  writeFileSync(join(folder, "program.ts"), chain(operators));
  const compiler = join(repositoryRoot, "node_modules", ".bin", "tsc");
  const { stdout } = spawnSync(compiler, ["-p", folder, "--extendedDiagnostics"], { encoding: "utf8" });
  const figure = (name: string) => Number(new RegExp(`${name}:\\s+([\\d.]+)`).exec(stdout)?.[1]);
  expect(stdout).not.toContain("error TS");
  return { instantiations: figure("Instantiations"), seconds: figure("Check time") };
}

test("a long pipeline is checked fast", { timeout: 120_000 }, () => {
  mkdirSync(folder, { recursive: true });
  // Without the condition of this repository packages give their declarations, as they do for users.
  const options = { composite: false, incremental: false, noEmit: true, customConditions: [] };
  const config = { extends: "../../tsconfig.base.json", compilerOptions: options, include: ["program.ts"] };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
  const short = checked(1);
  const long = checked(OPERATORS);
  const each = (long.instantiations - short.instantiations) / (3 * (OPERATORS - 1));
  console.log(`${each.toFixed(0)} instantiations per operator, ${3 * OPERATORS} operators in ${long.seconds} s`);
  expect(each).toBeLessThan(MAX_INSTANTIATIONS_EACH);
  expect(long.seconds).toBeLessThan(MAX_CHECK_SECONDS);
});
