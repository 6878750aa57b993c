/**
 * Bundles the command into packages/cli/dist/bundle: a few files in place of 270, which is most of its start-up time
 * (docs/decisions/0003). Third-party drivers stay where they are and are loaded when a table names them.
 */
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { rolldown } from "rolldown";
import { repositoryRoot } from "./source-tree.ts";

const folder = join(repositoryRoot, "packages", "cli", "dist", "bundle");

/** Writes the bundle of what was compiled last. */
export async function bundle(): Promise<void> {
  const build = await rolldown({
    input: join(repositoryRoot, "packages", "cli", "dist", "main.js"),
    platform: "node",
    external: /^@platformatic\//,
  });
  try {
    const { output } = await build.write({ dir: folder, format: "esm" });
    const written = new Set(output.map(({ fileName }) => fileName));
    for (const name of readdirSync(folder)) if (!written.has(name)) rmSync(join(folder, name));
  } finally {
    await build.close();
  }
}

if (process.argv[1] === import.meta.filename) await bundle();
