"use strict";
// Which file is the command: its bundle, or what it was bundled from where that is newer. Plain JavaScript for any Node >= 12.
const fs = require("fs");
const path = require("path");

const dist = path.join(__dirname, "..", "dist");
const bundle = path.join(dist, "bundle", "main.js");

/** With `unbundled`, for stacks that name the sources, always what it was bundled from. */
exports.mainModule = function mainModule(unbundled) {
  return !unbundled && isBundleCurrent() ? bundle : path.join(dist, "main.js");
};

/** Whether the bundle is there and nothing was compiled after it. Cost: a stat per package. */
exports.isBundleCurrent = isBundleCurrent;
function isBundleCurrent() {
  const bundledAt = modifiedAt(bundle);
  return bundledAt > 0 && compiledPackages().every((folder) => modifiedAt(buildState(folder)) <= bundledAt);
}

/** The packages of the checkout; none but this one where the command was installed as a package. */
function compiledPackages() {
  const packages = path.join(__dirname, "..", "..");
  return [packages, path.join(packages, "connectors")]
    .filter((folder) => fs.existsSync(folder))
    .reduce((all, folder) => all.concat(fs.readdirSync(folder).map((name) => path.join(folder, name))), []);
}

/** The file that the compiler writes when it has compiled a package. */
function buildState(folder) {
  return path.join(folder, "dist", ".tsbuildinfo");
}

function modifiedAt(file) {
  try {
    return fs.statSync(file).mtimeMs;
  } catch (error) {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return 0;
    throw error;
  }
}
