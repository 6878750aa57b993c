import { type FileHandle, open, stat } from "node:fs/promises";
import type { Clock, Reporter } from "@millrace/core";
import type { FileBytes, ReadResult } from "./file-bytes.ts";

export interface FollowOptions {
  readonly path: string;
  readonly offset: number;
  /** The file that `offset` belongs to; null = whichever is there. */
  readonly inode: string | null;
  readonly intervalMs: number;
  readonly clock: Clock;
  readonly reporter: Reporter;
  /** Ends the waiting. */
  readonly signal: AbortSignal;
  /** Called with the identity of each file that is opened. */
  readonly onOpen: (identity: string) => void;
}

/**
 * A file that grows, as `tail -F` sees it: at its end it is looked at again every interval. A new file of the same name
 * (rotation) is read from its start once the old one has been read to its end; a file that became shorter than what was
 * read is read again. A file cut and rewritten to more than its old size between two looks cannot be told from one that grew.
 */
export class FollowedBytes implements FileBytes {
  readonly storedBytesRead = null;
  readonly startOffset: number;
  readonly #options: FollowOptions;
  #handle: FileHandle;
  #offset: number;
  size: number;
  modifiedAt: number;
  inode: string;

  private constructor(options: FollowOptions, file: OpenFile) {
    this.#options = options;
    this.#handle = file.handle;
    this.size = file.size;
    this.modifiedAt = file.modifiedAt;
    this.inode = file.inode;
    this.startOffset = options.offset;
    this.#offset = options.offset;
  }

  static async open(options: FollowOptions): Promise<FollowedBytes> {
    const { path, inode, onOpen } = options;
    const file = await openFile(path);
    onOpen(file.identity);
    if (inode === null || inode === file.inode) return new FollowedBytes(options, file);
    options.reporter.warn(`'${path}' is another file than at the last checkpoint: reading it from its start`);
    return new FollowedBytes({ ...options, offset: 0 }, file);
  }

  async read(into: Uint8Array, at: number, length: number): Promise<ReadResult> {
    const { path, signal, clock, intervalMs, reporter } = this.#options;
    for (;;) {
      const result = await this.#readHere(into, at, length);
      if (result !== null) return result;
      if (signal.aborted) return { length: 0, next: "end" };
      const { size } = await this.#handle.stat();
      if (size < this.#offset) {
        reporter.warn(`'${path}' was cut from ${this.#offset} to ${size} bytes: reading it from its start`);
        this.#offset = 0;
        return { length: 0, next: "truncated" };
      }
      if (await this.#isReplaced()) {
        // What was appended between the read and the look at the name belongs to the old file.
        const rest = await this.#readHere(into, at, length);
        if (rest !== null) return rest;
        reporter.warn(`'${path}' was replaced by a new file: reading that from its start`);
        await this.#reopen();
        return { length: 0, next: "rotated" };
      }
      await clock.sleep(intervalMs, signal);
    }
  }

  async #readHere(into: Uint8Array, at: number, length: number): Promise<ReadResult | null> {
    const { bytesRead } = await this.#handle.read(into, at, length, this.#offset);
    this.#offset += bytesRead;
    return bytesRead === 0 ? null : { length: bytesRead, next: "more" };
  }

  /** Whether another file has the name now. While none has it, the new one is still to come. */
  async #isReplaced(): Promise<boolean> {
    const stats = await stat(this.#options.path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return null;
      throw error;
    });
    return stats !== null && inodeOf(stats) !== this.inode;
  }

  async #reopen(): Promise<void> {
    const file = await openFile(this.#options.path);
    await this.#handle.close();
    this.#options.onOpen(file.identity);
    this.#handle = file.handle;
    this.inode = file.inode;
    this.size = file.size;
    this.modifiedAt = file.modifiedAt;
    this.#offset = 0;
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}

interface OpenFile {
  readonly handle: FileHandle;
  readonly inode: string;
  readonly identity: string;
  readonly size: number;
  readonly modifiedAt: number;
}

async function openFile(path: string): Promise<OpenFile> {
  const handle = await open(path, "r");
  const stats = await handle.stat();
  return { handle, inode: inodeOf(stats), identity: identityOf(stats), size: stats.size, modifiedAt: stats.mtimeMs };
}

interface FileStats {
  readonly dev: number;
  readonly ino: number;
  readonly birthtimeMs: number;
}

const inodeOf = ({ dev, ino }: FileStats) => `${dev}:${ino}`;

/** Stays with a file when it is renamed, and differs for a later file that gets the same inode. */
export const identityOf = (stats: FileStats) => `${inodeOf(stats)}:${stats.birthtimeMs}`;
