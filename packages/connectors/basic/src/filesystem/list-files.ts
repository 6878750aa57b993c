import { glob, readdir, stat } from "node:fs/promises";
import { join, relative } from "node:path";
import { sourceUnavailable } from "./file-error.ts";

const GLOB_CHARACTERS = /[*?{[]/;

export interface FileListing {
  /** Absolute paths, sorted. */
  readonly files: readonly string[];
  /** False if there is neither a file nor a folder of that name, nor a match. */
  readonly exists: boolean;
}

/**
 * The files of a path: itself, all files below a folder, or the matches of a glob (`*`, `?`, `**`, `{a,b}`, `[ab]`). In folders,
 * names that start with "." or "_" are left out, as Flink does: they are in progress or mark success.
 * Errors: SOURCE_UNAVAILABLE.
 */
export async function listFiles(path: string): Promise<FileListing> {
  try {
    const files = new Set<string>();
    // A name that exists is taken literally, whatever is in it.
    if (await addPath(path, files)) return { files: [...files].sort(), exists: true };
    if (!GLOB_CHARACTERS.test(path)) return { files: [], exists: false };
    const base = staticBase(path);
    const takesHidden = /\/[._]/.test(path.slice(base.length));
    for await (const match of glob(path, { cwd: "/" })) {
      const found = match.startsWith("/") ? match : join("/", match);
      if (takesHidden || !relative(base, found).split("/").some(isHidden)) await addPath(found, files);
    }
    return { files: [...files].sort(), exists: files.size > 0 };
  } catch (error) {
    throw sourceUnavailable(`cannot list '${path}'`, error);
  }
}

/** Adds a file, or what is in a folder; false if there is nothing of that name. */
async function addPath(path: string, files: Set<string>): Promise<boolean> {
  const stats = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return null;
    throw error;
  });
  if (stats === null) return false;
  if (!stats.isDirectory()) {
    files.add(path);
    return true;
  }
  for (const name of await readdir(path)) if (!isHidden(name)) await addPath(join(path, name), files);
  return true;
}

const isHidden = (name: string) => name.startsWith(".") || name.startsWith("_");

/** The folder in front of the first glob character. */
function staticBase(path: string): string {
  const at = path.search(GLOB_CHARACTERS);
  if (at < 0) return path;
  return path.slice(0, path.lastIndexOf("/", at)) || "/";
}
