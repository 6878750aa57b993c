/**
 * Reads a file in chunks: at once while that is quick, else one ahead of the decoder.
 *
 * Design     what the page cache holds costs 0.1 ms a chunk if this thread reads it, and three to four times the CPU if the
 *            thread pool does (hand-over, and bytes that come into another core's cache). A disk or a network that keeps the
 *            thread waiting is read ahead by the pool instead; now and then it is tried again.
 * Invariant  a chunk's buffer is written only between its `release` and its next `take`. There are two buffers; in front of each chunk
 *            is room of the same size for the incomplete record that the chunk before left.
 * Cost       one read per chunk; nothing is copied. The thread is blocked for more than SLOW_READ_MS once in
 *            READS_UNTIL_RETRY chunks at most.
 */
import type { Continuation, FileBytes, ReadResult } from "./file-bytes.ts";
import { sourceUnavailable } from "./file-error.ts";

/** Room behind a chunk, whatever it holds: decoders that read whole words near the end then need no second, slower way. */
const SLACK_BYTES = 4096;
/**
 * Chunks begin half a page off. Large allocations begin 16 bytes behind a page boundary, and the kernel's copy from a page that
 * many bytes in front of it takes six times as long on current AMD processors (`rep movsb` with aliasing addresses).
 */
const PAGE_SHIFT_BYTES = 2048;
const SLOW_READ_MS = 2;
const READS_UNTIL_RETRY = 64;

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
  /** How many chunks are still to be read by the pool before reading at once is tried again. */
  #poolReads = 0;
  /** The open file; null before the first read. */
  file: FileBytes | null = null;

  constructor(path: string, chunkSize: number, open: () => Promise<FileBytes>) {
    this.#path = path;
    this.#chunkSize = chunkSize;
    this.headroom = Math.ceil(chunkSize / 4096) * 4096 + PAGE_SHIFT_BYTES;
    this.#open = open;
  }

  /** The next chunk, or null if it is not there yet. The last one has `next` = "end". Throws what reading failed with. */
  take(): Chunk | null {
    const chunk = this.#filled.shift();
    if (chunk !== undefined) return chunk;
    if (this.#failure !== null) throw this.#failure.error;
    return this.#readNow() ?? this.#start();
  }

  /** Gives a chunk's buffer back, to be overwritten. */
  release(buffer: Uint8Array): void {
    this.#free.push(buffer);
    if (!this.#mayReadNow()) this.#start();
  }

  /** Resolves when `take` gives a chunk; rejects with what reading failed with. */
  async ready(): Promise<void> {
    if (this.#mayReadNow()) return;
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

  /** Begins to read with the pool, unless it already does; null, as there is no chunk yet. */
  #start(): null {
    if (this.#reading !== null || this.#failure !== null || this.#hasEnded || this.#isClosed) return null;
    const buffer = this.#free.pop() ?? this.#newBuffer();
    if (buffer === null) return null;
    if (this.#poolReads > 0) this.#poolReads--;
    this.#reading = this.#read(buffer).finally(() => {
      this.#reading = null;
      this.#wake();
      if (!this.#mayReadNow()) this.#start();
    });
    return null;
  }

  /** A chunk read by this thread; null if that is not to be done now. */
  #readNow(): Chunk | null {
    const { file } = this;
    if (file?.readNow === undefined || !this.#mayReadNow()) return null;
    const buffer = this.#free.pop() ?? this.#newBuffer();
    if (buffer === null) return null;
    const startedAt = performance.now();
    try {
      return this.#filledBy(buffer, file.readNow(buffer, this.headroom, this.#chunkSize), file);
    } catch (error) {
      this.#failure = { error: sourceUnavailable(`cannot read '${this.#path}'`, error) };
      throw this.#failure.error;
    } finally {
      if (performance.now() - startedAt > SLOW_READ_MS) this.#poolReads = READS_UNTIL_RETRY;
    }
  }

  #mayReadNow(): boolean {
    const isIdle = this.#reading === null && !this.#hasEnded && !this.#isClosed;
    return isIdle && this.#poolReads === 0 && this.file?.readNow !== undefined;
  }

  #filledBy(buffer: Uint8Array, { length, next }: ReadResult, { inode }: FileBytes): Chunk {
    if (next === "end") this.#hasEnded = true;
    return { buffer, length, next, inode };
  }

  #newBuffer(): Uint8Array | null {
    if (this.#buffers === 2) return null;
    this.#buffers++;
    return new Uint8Array(this.headroom + this.#chunkSize + SLACK_BYTES);
  }

  async #read(buffer: Uint8Array): Promise<void> {
    try {
      this.file ??= await this.#open();
      const result = await this.file.read(buffer, this.headroom, this.#chunkSize);
      this.#filled.push(this.#filledBy(buffer, result, this.file));
    } catch (error) {
      this.#failure = { error: sourceUnavailable(`cannot read '${this.#path}'`, error) };
    }
  }

  #wake(): void {
    for (const waiter of this.#waiters.splice(0)) waiter();
  }
}
