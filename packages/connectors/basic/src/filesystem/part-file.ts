import { randomUUID } from "node:crypto";
import { type FileHandle, link, mkdir, open, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { RecordBatch, RecordEncoder } from "@millrace/core";
import { type Compression, compress } from "./compression.ts";

/** Rows are handed to the disk in pieces of about this size. */
const WRITE_BYTES = 1 << 18;

/**
 * A file in the making. It is written under a hidden name beside its place, so that no reader sees half of it, and
 * published by a rename.
 */
export class PartFile {
  readonly #directory: string;
  readonly #encoder: RecordEncoder;
  readonly #compression: Compression | null;
  readonly #temporaryPath: string;
  #handle: FileHandle | null = null;
  #writtenBytes = 0;
  #isSealed = false;

  /** `temporaryName`: fixed where only one writer may be at work; otherwise unique. */
  constructor(
    directory: string,
    encoder: RecordEncoder,
    compression: Compression | null,
    temporaryName = `.part-${randomUUID()}.inprogress`,
  ) {
    this.#directory = directory;
    this.#encoder = encoder;
    this.#compression = compression;
    this.#temporaryPath = join(directory, temporaryName);
  }

  /** Bytes written, and those that wait, which may become fewer. */
  get sizeBytes(): number {
    return this.#writtenBytes + this.#encoder.byteLength;
  }

  /** Creates the file, if that is not done; fails with EEXIST if one of its temporary name exists. */
  async open(): Promise<void> {
    if (this.#handle !== null) return;
    await makeFolder(this.#directory);
    this.#handle = await open(this.#temporaryPath, "wx");
  }

  /** Encodes the rows, without any I/O; returns `isDue`. */
  append(batch: RecordBatch): boolean {
    this.#encoder.encodeDelimited(batch);
    return this.isDue;
  }

  /** Whether it is time to `write`. */
  get isDue(): boolean {
    return this.#encoder.byteLength >= WRITE_BYTES;
  }

  /** Writes what has been encoded; compressed, that is a member of its own, which a reader takes for a part of the whole. */
  async write(): Promise<void> {
    const encoded = this.#encoder.take();
    await this.open();
    if (encoded.length === 0 && (this.#compression === null || this.#writtenBytes > 0)) return;
    const bytes = this.#compression === null ? encoded : await compress(this.#compression, encoded);
    this.#writtenBytes += bytes.length;
    await this.#handle?.writeFile(bytes);
  }

  /** Makes all rows durable under the temporary name. */
  async sync(): Promise<void> {
    await this.write();
    await this.#handle?.sync();
  }

  /** Gives it its name for good, replacing what was there; later rows go on into it. */
  async publishAs(path: string): Promise<void> {
    await this.sync();
    await rename(this.#temporaryPath, path);
    await syncDirectory(this.#directory);
  }

  /** Makes all rows durable under the temporary name; none come any more. */
  async seal(): Promise<void> {
    if (this.#isSealed) return;
    await this.sync();
    await this.close();
    this.#isSealed = true;
  }

  /** Gives it, sealed, the first name of `names` that no file has. */
  async publishNew(names: Iterable<string>): Promise<void> {
    await this.seal();
    for (const name of names) {
      if (!(await linkNew(this.#temporaryPath, join(this.#directory, name)))) continue;
      await rm(this.#temporaryPath);
      return syncDirectory(this.#directory);
    }
  }

  async close(): Promise<void> {
    await this.#handle?.close();
    this.#handle = null;
  }

  /** It never was. */
  async discard(): Promise<void> {
    await this.close();
    await rm(this.#temporaryPath, { force: true });
  }
}

/** With those above it. `recursive` of mkdir goes on for ever where a file system has no folders to be made, as /proc. */
async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST" && (await stat(path)).isDirectory()) return;
    const above = dirname(path);
    if (code !== "ENOENT" || above === path || (await exists(above))) throw error;
    await makeFolder(above);
    await makeFolder(path);
  }
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/** Unlike a rename, a link never replaces a file: two writers cannot take the same name. */
async function linkNew(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/** A rename is durable once its folder is. */
export async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The hidden name under which the one writer of `path` works. */
export function temporaryNameOf(path: string): string {
  return `.${basename(path)}.${process.pid}.inprogress`;
}
