import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";
import { repositoryRoot } from "../../scripts/source-tree.ts";

const PACKAGES = ["@millrace/core", "@millrace/connector-basic", "millrace"];
const FOLDERS = ["core", "connectors/basic", "millrace"];

test("tests resolve workspace packages to their sources", () => {
  const paths = PACKAGES.map((name) => inRepository(import.meta.resolve(name)));
  expect(paths).toEqual(FOLDERS.map((folder) => `packages/${folder}/src/index.ts`));
});

test("so do worker threads that a test starts", async () => {
  const code = `require("node:worker_threads").parentPort.postMessage(require.resolve("@millrace/core"))`;
  const worker = new Worker(code, { eval: true });
  const path = await new Promise<string>((resolve, reject) => worker.once("message", resolve).once("error", reject));
  expect(path.slice(repositoryRoot.length)).toBe("packages/core/src/index.ts");
  await worker.terminate();
});

test("plain Node resolves them to what was built, and loads them", () => {
  const code = `
    const names = ${JSON.stringify(PACKAGES)};
    await Promise.all(names.map((name) => import(name)));
    console.log(JSON.stringify(names.map((name) => import.meta.resolve(name))));`;
  const env = { ...process.env, NODE_OPTIONS: "" };
  const args = ["--input-type=module", "-e", code];
  const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: repositoryRoot, encoding: "utf8", env });
  expect(stderr).toBe("");
  const paths = (JSON.parse(stdout) as string[]).map(inRepository);
  expect(paths).toEqual(FOLDERS.map((folder) => `packages/${folder}/dist/index.js`));
});

function inRepository(url: string): string {
  return fileURLToPath(url).slice(repositoryRoot.length);
}
