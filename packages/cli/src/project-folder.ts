import { existsSync } from "node:fs";
import { join } from "node:path";
import { MillraceError } from "@millrace/core";
import { packageFolder } from "./package-folder.ts";

/** A file of the checkout, such as `examples/hot-items.sql`; a published package does not have them all. */
export function projectFile(...path: readonly string[]): string {
  const file = join(packageFolder(), "..", "..", ...path);
  if (existsSync(file)) return file;
  throw new MillraceError({
    code: "SOURCE_UNAVAILABLE",
    message: `cannot read ${path.join("/")}: this needs a checkout of Millrace (git clone), the package does not hold it`,
  });
}
