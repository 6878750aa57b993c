/**
 * Reads a file in chunks, one ahead of the decoder.
 *
 * Invariant  a chunk's buffer is written only between its `release` and its next `take`. There are two buffers; in front of each chunk
 *            is room of the same size for the incomplete record that the chunk before left.
 * Cost       one asynchronous read per chunk; nothing is copied.
 */

import type { Continuation, FileBytes } from "./file-bytes.ts";
import { sourceUnavailable } from "./file-error.ts";

/** Room behind a chunk, whatever it holds: decoders that read whole words near the end then need no second, slower way. */
const SLACK_BYTES = 4096;

export interface Chunk {
  readonly buffer: Uint8Array;
  /** Bytes at [headroom, headroom + length). */
  readonly length: number;
  readonly next: Continuation;
  /** The file it is from, or that follows; see FileBytes. */
  readonly inode: string | null;
}

export class ReadAhead {
  /** Bytes free in front of each chunk. */
  readonly headroom: number;
  readonly #path: string;
  readonly #chunkSize: number;
  readonly #open: () => Promise<FileBytes>;
  readonly #free: Uint8Array[] = [];
  readonly #filled: Chunk[] = [];
  #buffers = 0;
  #reading: Promise<void> | null = null;
  #failure: { readonly error: unknown } | null = null;
  #hasEnded = false;
  #isClosed = false;
  #waiters: (() => void)[] = [];
  /** The open file; null before the first read. */
  file: FileBytes | null = null;

  constructor(path: string, chunkSize: number, open: () => Promise<FileBytes>) {
    this.#path = path;
    this.#chunkSize = chunkSize;
    this.headroom = chunkSize;
    this.#open = open;
  }

  /** The next chunk, or null if it is not there yet. The last one has `next` = "end". Throws what reading failed with. */
  take(): Chunk | null {
    const chunk = this.#filled.shift();
    if (chunk !== undefined) return chunk;
    if (this.#failure !== null) throw this.#failure.error;
    this.#start();
    return null;
  }

  /** Gives a chunk's buffer back, to be overwritten. */
  release(buffer: Uint8Array): void {
    this.#free.push(buffer);
    this.#start();
  }

  /** Resolves when `take` gives a chunk; rejects with what reading failed with. */
  async ready(): Promise<void> {
    this.#start();
    while (this.#filled.length === 0 && this.#failure === null && !this.#hasEnded && !this.#isClosed) {
      await new Promise<void>((resolve) => this.#waiters.push(resolve));
    }
    if (this.#filled.length === 0 && this.#failure !== null) throw this.#failure.error;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#reading;
    this.#wake();
    await this.file?.close();
    this.file = null;
  }

  #start(): void {
    if (this.#reading !== null || this.#failure !== null || this.#hasEnded || this.#isClosed) return;
    const buffer = this.#free.pop() ?? this.#newBuffer();
    if (buffer === null) return;
    this.#reading = this.#read(buffer).finally(() => {
      this.#reading = null;
      this.#wake();
      this.#start();
    });
  }

  #newBuffer(): Uint8Array | null {
    if (this.#buffers === 2) return null;
    this.#buffers++;
    return new Uint8Array(this.headroom + this.#chunkSize + SLACK_BYTES);
  }

  async #read(buffer: Uint8Array): Promise<void> {
    try {
      this.file ??= await this.#open();
      const { length, next } = await this.file.read(buffer, this.headroom, this.#chunkSize);
      if (next === "end") this.#hasEnded = true;
      this.#filled.push({ buffer, length, next, inode: this.file.inode });
    } catch (error) {
      this.#failure = { error: sourceUnavailable(`cannot read '${this.#path}'`, error) };
    }
  }

  #wake(): void {
    for (const waiter of this.#waiters.splice(0)) waiter();
  }
}
