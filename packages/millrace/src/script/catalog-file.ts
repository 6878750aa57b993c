/**
 * A catalog in a file: a SQL script of CREATE statements, so that people can read it, keep it under version control, and run it
 * elsewhere; its first line says its version.
 *
 * Invariant  the file holds the old catalog or the new one, never a part: it is written beside and renamed. Who writes holds FILE.lock, and
 *            writes only over what it has read: changes of others are not lost, they are told.
 */
import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { dirname, resolve } from "node:path";
import { MillraceError } from "@millrace/core";

const VERSION = 1;
const HEAD = `-- Millrace catalog, version ${VERSION}. Written by millrace: CREATE statements, one after the other.\n\n`;
const LOCK_TRIES = 40;
const LOCK_PAUSE_MS = 50;

export class CatalogFile {
  readonly path: string;
  /** What the file held when it was read or written last; null: there was none. */
  #text: string | null = null;

  constructor(path: string) {
    this.path = resolve(path);
  }

  get folder(): string {
    return dirname(this.path);
  }

  /** The script in the file, empty if there is no file yet. Errors: CATALOG_INVALID. */
  read(): string {
    this.#text = this.#onDisk();
    if (this.#text === null) return "";
    const version = /^-- Millrace catalog, version (\d+)\b/.exec(this.#text)?.[1];
    if (version === undefined) {
      throw this.invalid(1, "it does not begin with '-- Millrace catalog, version 1': it is no catalog of Millrace");
    }
    if (Number(version) !== VERSION) {
      throw this.invalid(1, `it has version ${version}, this release reads ${VERSION}`);
    }
    return this.#text;
  }

  /** Writes the statements, if they are others than those in the file. Errors: CATALOG_INVALID, SINK_UNAVAILABLE. */
  write(statements: string): void {
    const text = HEAD + statements;
    if (text === this.#text || (this.#text === null && statements === "")) return;
    try {
      this.#locked(() => {
        if (this.#onDisk() !== this.#text) {
          throw this.invalid(
            null,
            "another process has changed it since this one read it: what this statement did is not kept; start anew",
          );
        }
        this.#replace(text);
      });
    } catch (error) {
      if (error instanceof MillraceError) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      throw new MillraceError({
        code: "SINK_UNAVAILABLE",
        message: `catalog ${this.path}: cannot write: ${reason}`,
        cause: error,
      });
    }
    this.#text = text;
  }

  /** With the place in the file; `line` null: of no line. */
  invalid(line: number | null, message: string, cause?: unknown): MillraceError {
    const place = line === null ? "" : `, line ${line}`;
    return new MillraceError({
      code: "CATALOG_INVALID",
      message: `catalog ${this.path}${place}: ${message}`,
      ...(cause === undefined ? {} : { cause }),
    });
  }

  #onDisk(): string | null {
    try {
      const found = statSync(this.path);
      // A device may give bytes without end.
      if (!found.isFile() && !found.isDirectory()) throw this.invalid(null, "it is no file");
      return readFileSync(this.path, "utf8");
    } catch (error) {
      if (error instanceof MillraceError) throw error;
      if ((error as NodeJS.ErrnoException).code === "ENOENT") {
        if (existsSync(this.folder)) return null;
        throw this.invalid(null, `there is no folder ${this.folder}`);
      }
      if ((error as NodeJS.ErrnoException).code === "EISDIR")
        throw this.invalid(null, "it is a folder; name a file in it");
      throw this.invalid(null, `cannot read: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  #locked(action: () => void): void {
    const lock = `${this.path}.lock`;
    let descriptor: number | null = null;
    for (let tries = 0; descriptor === null; tries++) {
      try {
        descriptor = openSync(lock, "wx");
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
        if (isLeftBehind(lock)) unlinkSync(lock);
        else if (tries >= LOCK_TRIES)
          throw this.invalid(null, `another process writes it; if none does, delete ${lock}`);
        else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOCK_PAUSE_MS);
      }
    }
    try {
      writeSync(descriptor, String(process.pid));
      action();
    } finally {
      closeSync(descriptor);
      unlinkSync(lock);
    }
  }

  #replace(text: string): void {
    const beside = `${this.path}.${process.pid}.tmp`;
    const descriptor = openSync(beside, "w");
    try {
      writeSync(descriptor, text);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(beside, this.path);
    syncFolder(this.folder);
  }
}

/** Whether the process that made a lock is gone. */
function isLeftBehind(lock: string): boolean {
  try {
    const pid = Number(readFileSync(lock, "utf8"));
    if (!Number.isInteger(pid) || pid <= 0) return false;
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}

/** The new name of the file survives a crash of the machine; folders cannot be opened everywhere. */
function syncFolder(folder: string): void {
  if (process.platform === "win32") return;
  const descriptor = openSync(folder, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
