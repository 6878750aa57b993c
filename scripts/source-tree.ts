import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The checkout, with a slash at the end. */
export const repositoryRoot: string = fileURLToPath(new URL("../", import.meta.url));

const SKIPPED_FOLDERS = new Set(["node_modules", "dist", "fixtures", ".git", ".cache"]);

/** The text files under a folder whose names end in `extension`: path from the root of the repository -> text. */
export function readTree(folder: string, extension: string): Map<string, string> {
  const files = new Map<string, string>();
  const visit = (path: string): void => {
    for (const entry of readdirSync(join(repositoryRoot, path), { withFileTypes: true })) {
      const child = path === "" ? entry.name : `${path}/${entry.name}`;
      if (entry.isDirectory()) {
        if (!SKIPPED_FOLDERS.has(entry.name)) visit(child);
      } else if (entry.name.endsWith(extension)) {
        files.set(child, readFileSync(join(repositoryRoot, child), "utf8"));
      }
    }
  };
  visit(folder);
  return files;
}

/** Whether a path from the root of the repository leads to a file or folder inside it. */
export function fileExists(path: string): boolean {
  return !path.startsWith("..") && existsSync(join(repositoryRoot, path));
}
