import { type SpawnSyncReturns, spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { repositoryRoot } from "../../scripts/source-tree.ts";

const bin = join(repositoryRoot, "packages", "cli", "bin");
const launcher = join(bin, "millrace.js");
const cliPackage = JSON.parse(readFileSync(join(bin, "..", "package.json"), "utf8")) as { version: string };

/** Runs the launcher; `pretendVersion` is the Node that it believes to run on. */
function launch(
  args: readonly string[],
  pretendVersion?: string,
  env?: Record<string, string>,
): SpawnSyncReturns<string> {
  const pretend = `data:text/javascript,Object.defineProperty(process.versions,"node",{value:"${pretendVersion}"})`;
  const nodeArgs = [...(pretendVersion === undefined ? [] : ["--import", pretend]), launcher, ...args];
  return spawnSync(process.execPath, nodeArgs, {
    encoding: "utf8",
    env: { ...process.env, NODE_OPTIONS: "", MILLRACE_ENSURED: "1", ...env },
  });
}

test("runs the command on a new enough Node", () => {
  const { stdout, stderr, status } = launch(["--version"]);
  expect({ stdout, stderr, status }).toEqual({ stdout: `${cliPackage.version}\n`, stderr: "", status: 0 });
});

test.each(["12.0.0", "20.20.2", "22.21.9"])("re-executes itself from Node %s", (version) => {
  const { stdout, stderr, status } = launch(["--version"], version);
  expect({ stdout, stderr, status }).toEqual({ stdout: `${cliPackage.version}\n`, stderr: "", status: 0 });
});

test("says which Node is needed when the one it found is too old as well", () => {
  const { stdout, stderr, status } = launch(["--version"], "22.21.9", { MILLRACE_REEXECUTED: "1" });
  expect(stderr).toBe("millrace: needs Node 22.22 or newer (this is 22.21.9); install Node 24, https://nodejs.org\n");
  expect({ stdout, status }).toEqual({ stdout: "", status: 1 });
});

test("is written for an old Node: CommonJS without node: names or newer syntax", () => {
  for (const name of ["millrace.js", "pass-through.js"]) {
    const code = readFileSync(join(bin, name), "utf8").replace(/^\s*(\/\/|\*|\/\*).*$/gm, "");
    expect(code, name).not.toMatch(/["']node:|\?\.\w|\?\?|\|\|=|&&=|#\w+\s*[;(=]|\bat\(|catch \{|^import |^export /m);
  }
});

test.each<NodeJS.Signals>(["SIGTERM", "SIGINT"])("passes %s on and ends as the command ends", async (signal) => {
  const command = `process.on("${signal}", () => process.exit(7)); console.log("ready"); setInterval(() => {}, 1e6)`;
  expect(await endOf(command, signal)).toEqual([7, null]);
});

test("dies of the signal that its command died of", async () => {
  expect(await endOf(`console.log("ready"); setInterval(() => {}, 1e6)`, "SIGTERM")).toEqual([null, "SIGTERM"]);
});

/** The exit code and signal of a process that runs `command` through pass-through.js and gets `signal` once it is up. */
function endOf(command: string, signal: NodeJS.Signals): Promise<[number | null, NodeJS.Signals | null]> {
  const outer = `require(${JSON.stringify(join(bin, "pass-through.js"))})(process.execPath, ["-e", ${JSON.stringify(command)}])
    .then((code) => { process.exitCode = code })`;
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ["-e", outer], { stdio: ["ignore", "pipe", "inherit"] });
    child.stdout.once("data", () => child.kill(signal));
    child.once("error", reject);
    child.once("exit", (code, endSignal) => resolve([code, endSignal]));
  });
}
