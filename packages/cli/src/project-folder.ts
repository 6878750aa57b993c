import { existsSync } from "node:fs";
import { join } from "node:path";
import { MillraceError } from "@millrace/core";

/** A file of the checkout, such as `examples/hot-items.sql`; a published package does not have them all. */
export function projectFile(...path: readonly string[]): string {
  // From packages/cli/src or packages/cli/dist.
  const file = join(import.meta.dirname, "..", "..", "..", ...path);
  if (existsSync(file)) return file;
  throw new MillraceError({
    code: "SOURCE_UNAVAILABLE",
    message: `cannot read ${path.join("/")}: this needs a checkout of Millrace (git clone), the package does not hold it`,
  });
}
