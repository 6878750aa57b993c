import { rm } from "node:fs/promises";
import { join } from "node:path";
import { listFiles } from "./list-files.ts";

/** The files that a table had before it is overwritten: they go when the new ones stand. */
export class ReplacedFiles {
  #files: readonly string[];

  private constructor(files: readonly string[]) {
    this.#files = files;
  }

  /** Errors: SOURCE_UNAVAILABLE. */
  static async of(directory: string): Promise<ReplacedFiles> {
    const { files } = await listFiles(directory);
    return new ReplacedFiles(files);
  }

  /** Removes those below a folder; it is no error if another writer has. */
  async removeBelow(folder: string): Promise<void> {
    const prefix = join(folder, "/");
    const replaced = this.#files.filter((file) => file.startsWith(prefix));
    this.#files = this.#files.filter((file) => !file.startsWith(prefix));
    for (const file of replaced) await rm(file, { force: true });
  }
}
