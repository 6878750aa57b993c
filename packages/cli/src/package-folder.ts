import { existsSync } from "node:fs";
import { dirname, join } from "node:path";

/** The folder of this package, whether its code runs from `src`, `dist` or the bundle below it. */
export function packageFolder(): string {
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, "package.json"))) folder = dirname(folder);
  return folder;
}
