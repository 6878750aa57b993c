/** `npm start`: the demo, in a checkout as it is after `git clone`. Arguments go to `millrace demo`. */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { ensureBuilt, nodePath, passThrough, root } from "./ensure.mjs";

if (ensureBuilt()) {
  const launcher = join(root, "packages", "cli", "bin", "millrace.js");
  const args = [launcher, "demo", ...process.argv.slice(2)];
  process.env.MILLRACE_ENSURED = "1";
  if (nodePath() === process.execPath) {
    // The usual case, since npm scripts find the installed Node: a process less to start before the first result.
    process.argv.splice(1, process.argv.length, ...args);
    await import(pathToFileURL(launcher).href);
  } else {
    process.exitCode = await passThrough(nodePath(), args, {});
  }
} else {
  process.exitCode = 1;
}
