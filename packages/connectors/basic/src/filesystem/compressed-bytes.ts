import { createReadStream, type ReadStream } from "node:fs";
import { createGunzip, createZstdDecompress } from "node:zlib";
import { MillraceError } from "@millrace/core";
import type { Compression } from "./compression.ts";
import type { FileBytes, ReadResult } from "./file-bytes.ts";

type Decompressor = ReturnType<typeof createGunzip> | ReturnType<typeof createZstdDecompress>;

const DECOMPRESSED_CHUNK_BYTES = 256 * 1024;

/**
 * A compressed file, decompressed as it is read. Files may hold several members or frames one behind the other: zlib goes on
 * by itself, Node's zstd stops at the end of each frame and is started again behind it.
 * A file's position is an offset in its decompressed content: resuming decompresses what lies before again.
 */
export class CompressedBytes implements FileBytes {
  readonly size: number;
  readonly modifiedAt: number;
  readonly inode = null;
  readonly startOffset: number;
  readonly #path: string;
  readonly #compression: Compression;
  #input: ReadStream;
  #decompressor: Decompressor;
  #chunks: AsyncIterator<Buffer>;
  /** Where the current frame begins. */
  #frameStart = 0;
  #rest: Buffer = Buffer.alloc(0);

  private constructor(path: string, compression: Compression, size: number, modifiedAt: number, offset: number) {
    this.#path = path;
    this.#compression = compression;
    this.size = size;
    this.modifiedAt = modifiedAt;
    this.startOffset = offset;
    [this.#input, this.#decompressor] = this.#startFrame();
    this.#chunks = this.#decompressor[Symbol.asyncIterator]();
  }

  static async open(path: string, compression: Compression, size: number, modifiedAt: number, offset: number) {
    const file = new CompressedBytes(path, compression, size, modifiedAt, offset);
    const skipped = new Uint8Array(DECOMPRESSED_CHUNK_BYTES);
    for (let left = offset; left > 0; ) {
      const { length } = await file.read(skipped, 0, Math.min(left, skipped.length));
      if (length === 0) {
        await file.close();
        throw new MillraceError({
          code: "STATE_INVALID",
          message: `'${path}' holds ${offset - left} bytes, fewer than the ${offset} already read from it: it was replaced; start without the checkpoint`,
        });
      }
      left -= length;
    }
    return file;
  }

  get storedBytesRead(): number {
    return Math.min(this.size, this.#frameStart + this.#decompressor.bytesWritten);
  }

  async read(into: Uint8Array, at: number, length: number): Promise<ReadResult> {
    let filled = 0;
    while (filled < length) {
      if (this.#rest.length === 0 && !(await this.#nextChunk())) break;
      const part = this.#rest.subarray(0, length - filled);
      into.set(part, at + filled);
      filled += part.length;
      this.#rest = this.#rest.subarray(part.length);
    }
    return { length: filled, next: filled === 0 ? "end" : "more" };
  }

  async #nextChunk(): Promise<boolean> {
    for (;;) {
      const { done, value } = await this.#chunks.next().catch((error: NodeJS.ErrnoException) => {
        throw this.#damaged(error);
      });
      if (done !== true) {
        this.#rest = value;
        return true;
      }
      const consumed = this.#decompressor.bytesWritten;
      if (this.#compression === "gzip" || consumed === 0) return false;
      this.#frameStart += consumed;
      if (this.#frameStart >= this.size) return false;
      this.#input.destroy();
      [this.#input, this.#decompressor] = this.#startFrame();
      this.#chunks = this.#decompressor[Symbol.asyncIterator]();
    }
  }

  #startFrame(): [ReadStream, Decompressor] {
    const input = createReadStream(this.#path, { start: this.#frameStart });
    const options = { chunkSize: DECOMPRESSED_CHUNK_BYTES };
    const decompressor = this.#compression === "gzip" ? createGunzip(options) : createZstdDecompress(options);
    input.on("error", (error) => decompressor.destroy(error));
    input.pipe(decompressor);
    return [input, decompressor];
  }

  #damaged(error: NodeJS.ErrnoException): unknown {
    if (error.syscall !== undefined) return error;
    return new MillraceError({
      code: "DATA_INVALID",
      message: `'${this.#path}': the ${this.#compression} file is damaged or cut off near byte ${this.storedBytesRead} of ${this.size} (${error.message})`,
      cause: error,
    });
  }

  async close(): Promise<void> {
    this.#input.destroy();
    this.#decompressor.destroy();
  }
}
