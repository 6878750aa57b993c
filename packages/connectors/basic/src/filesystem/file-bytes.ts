import { readSync } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { open } from "node:fs/promises";
import { MillraceError } from "@millrace/core";
import { CompressedBytes } from "./compressed-bytes.ts";
import { type Compression, compressionOf } from "./compression.ts";

/** What follows the bytes just read: more, nothing, or another file of the same name (after the end of this one, or of what is left of it). */
export type Continuation = "more" | "end" | "rotated" | "truncated";

export interface ReadResult {
  readonly length: number;
  readonly next: Continuation;
}

/** The decompressed bytes of one file, in order. */
export interface FileBytes {
  /** Size as stored when it was opened. */
  readonly size: number;
  readonly modifiedAt: number;
  /** Which file it is, for one that is followed; null else. */
  readonly inode: string | null;
  /** The offset, in the decompressed content, at which it was opened. */
  readonly startOffset: number;
  /** Stored bytes consumed; for a file without compression the offset behind the last read. */
  readonly storedBytesRead: number | null;
  /** Reads up to `length` bytes into `into` at `at`; 0 only if `next` is not "more". */
  read(into: Uint8Array, at: number, length: number): Promise<ReadResult>;
  /** The same at once, blocking the thread; absent where that may take long. Not while a `read` goes on. */
  readNow?(into: Uint8Array, at: number, length: number): ReadResult;
  close(): Promise<void>;
}

/** Opens a file at an offset of its decompressed content. Compression is told by the first bytes, which have to fit the name. */
export async function openFileBytes(path: string, offset: number): Promise<FileBytes> {
  const handle = await open(path, "r");
  try {
    const { size, mtimeMs } = await handle.stat();
    const compression = await detectCompression(handle, path);
    if (compression !== null) {
      await handle.close();
      return await CompressedBytes.open(path, compression, size, mtimeMs, offset);
    }
    if (offset > size) throw shrunk(path, offset, size);
    return new PlainBytes(handle, size, mtimeMs, offset);
  } catch (error) {
    await handle.close();
    throw error;
  }
}

function shrunk(path: string, offset: number, size: number): MillraceError {
  return new MillraceError({
    code: "STATE_INVALID",
    message: `'${path}' has ${size} bytes, fewer than the ${offset} already read from it: it was replaced or cut since; start without the checkpoint`,
  });
}

async function detectCompression(handle: FileHandle, path: string): Promise<Compression | null> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(4), 0, 4, 0);
  if (bytesRead >= 2 && buffer.readUInt16BE(0) === 0x1f8b) return "gzip";
  if (bytesRead === 4 && buffer.readUInt32LE(0) === 0xfd2fb528) return "zstd";
  const expected = compressionOf(path);
  if (bytesRead > 0 && expected !== null) {
    throw new MillraceError({
      code: "DATA_INVALID",
      message: `'${path}' does not begin as a ${expected} file; rename it if it is not compressed`,
    });
  }
  return null;
}

class PlainBytes implements FileBytes {
  readonly size: number;
  readonly modifiedAt: number;
  readonly inode = null;
  readonly storedBytesRead = null;
  readonly #handle: FileHandle;
  readonly startOffset: number;
  #offset: number;

  constructor(handle: FileHandle, size: number, modifiedAt: number, offset: number) {
    this.#handle = handle;
    this.size = size;
    this.modifiedAt = modifiedAt;
    this.startOffset = offset;
    this.#offset = offset;
  }

  async read(into: Uint8Array, at: number, length: number): Promise<ReadResult> {
    const { bytesRead } = await this.#handle.read(into, at, length, this.#offset);
    return this.#passed(bytesRead);
  }

  readNow(into: Uint8Array, at: number, length: number): ReadResult {
    return this.#passed(readSync(this.#handle.fd, into, at, length, this.#offset));
  }

  #passed(bytesRead: number): ReadResult {
    this.#offset += bytesRead;
    return { length: bytesRead, next: bytesRead === 0 ? "end" : "more" };
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}
