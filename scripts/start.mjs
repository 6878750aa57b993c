/** `npm start`: the demo, in a checkout as it is after `git clone`. Arguments go to `millrace demo`. */
import { join } from "node:path";
import { ensureBuilt, nodePath, passThrough, root } from "./ensure.mjs";

if (ensureBuilt()) {
  const launcher = join(root, "packages", "cli", "bin", "millrace.js");
  const args = [launcher, "demo", ...process.argv.slice(2)];
  process.exitCode = await passThrough(nodePath(), args, { MILLRACE_ENSURED: "1" });
} else {
  process.exitCode = 1;
}
