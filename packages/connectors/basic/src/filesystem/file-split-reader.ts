/**
 * Decodes one file, chunk by chunk.
 *
 * Invariant  `#bytes[#start, #end)` is what has been read and not decoded. All rows between two takes of the decoder lie in one
 *            buffer: a batch is taken before the next chunk comes, and a buffer is released when the batch that points into it is
 *            no longer borrowed, that is in a later `poll`. An incomplete record moves to the room in front of the next
 *            chunk; one that does not fit there grows in a buffer of its own (`#giant`) until it is whole, or longer than
 *            `maxRecordSize`: then it is a bad record, and what is still to come of it is thrown away (`#discarded`).
 * Cost       per chunk: one decode call per batch, one copy of the incomplete record. A record of n bytes is copied O(1) times.
 */
import {
  type BadRecord,
  type Column,
  invariant,
  type Json,
  MillraceError,
  type RecordBatch,
  type RecordDecoder,
  recordBatch,
  type SplitPosition,
  type SplitProgress,
  type SplitReader,
} from "@millrace/core";
import type { FileBytes } from "./file-bytes.ts";
import { type Chunk, ReadAhead } from "./read-ahead.ts";

const NEWLINE = 10;
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];
/** How much of a record that is too long is told. */
const TOLD_BYTES = 64 * 1024;
const HEADER_CHUNK_BYTES = 64 * 1024;
/** Chunks without a row that one poll goes through at most: a predicate may leave out all rows of a file. */
const MAX_CHUNKS_PER_POLL = 4;

export interface FileSplitSpec {
  readonly path: string;
  /** As messages call it. */
  readonly displayName: string;
  readonly chunkSize: number;
  readonly maxRecordSize: number;
  /** True: the size of the file says nothing about its end. */
  readonly follows: boolean;
  readonly open: (from: FilePosition, signal: AbortSignal) => Promise<FileBytes>;
  /** The same file from its start, for what stands there only. */
  readonly openStart: () => Promise<FileBytes>;
  /** Makes a decoder for the lines of one file; `describe` gives the position of a line by its number from 0. */
  readonly createDecoder: (describe: (recordIndex: number) => string) => RecordDecoder;
  readonly reportBad: (record: BadRecord) => void;
  /** The columns of a batch: those of the decoder, and constants of the file. */
  readonly columns: (decoded: readonly Column[], file: FileBytes) => readonly Column[];
  readonly signal: AbortSignal;
}

export interface FilePosition {
  /** Bytes of the decompressed content in front. */
  readonly offset: number;
  /** Lines in front, blank ones included. */
  readonly line: number;
  /** Which file it was, if it is followed. */
  readonly inode: string | null;
}

export class FileSplitReader implements SplitReader {
  readonly #spec: FileSplitSpec;
  readonly #ahead: ReadAhead;
  readonly #closed = new AbortController();
  #decoder: RecordDecoder;
  /** Lines in front of what the decoder has seen. */
  #lineBase: number;
  #bytes: Uint8Array = new Uint8Array(0);
  #start = 0;
  #end = 0;
  /** Offset of `#bytes[#end]` in the file. */
  #endOffset: number;
  #inode: string | null;
  /** The file that `rotated` or `truncated` led to. */
  #nextInode: string | null = null;
  #isLast = false;
  /** Another file follows the last bytes. */
  #rotates = false;
  #needsChunk = true;
  /** The record that spans lines is too long: it is made to end at its first line end. */
  #endsAtFirstLine = false;
  /** Where the record begins that is too long and not over yet. */
  #discarded: FilePosition | null = null;
  /** The buffer of the chunk that `#bytes` is, if it is one. */
  #chunkBuffer: Uint8Array | null = null;
  #giant: Uint8Array | null = null;
  ended = false;

  constructor(spec: FileSplitSpec, position: SplitPosition | null) {
    const from = readPosition(position, spec.displayName);
    const signal = AbortSignal.any([spec.signal, this.#closed.signal]);
    this.#spec = spec;
    this.#ahead = new ReadAhead(spec.path, spec.chunkSize, () => this.#open(from, signal));
    this.#lineBase = from.line;
    this.#endOffset = from.offset;
    this.#inode = from.inode;
    this.#decoder = this.#createDecoder();
  }

  poll(): RecordBatch | null {
    for (let chunks = 0; !this.ended; ) {
      if (!this.#needsChunk) {
        const batch = this.#decode();
        if (batch !== null) return batch;
        continue;
      }
      if (chunks++ === MAX_CHUNKS_PER_POLL) return null;
      const chunk = this.#ahead.take();
      if (chunk === null) return null;
      this.#attach(chunk);
    }
    return null;
  }

  async ready(): Promise<void> {
    if (this.#needsChunk && !this.ended) await this.#ahead.ready();
  }

  position(): SplitPosition {
    const { offset, line } = this.#discarded ?? this.#here();
    const inode = this.#spec.follows ? this.#inode : null;
    return inode === null ? { offset, line } : { offset, line, inode };
  }

  #here(): FilePosition {
    const offset = this.#endOffset - (this.#end - this.#start);
    return { offset, line: this.#lineBase + this.#decoder.recordsSeen, inode: this.#inode };
  }

  progress(): SplitProgress {
    const { file } = this.#ahead;
    const { offset } = this.#here();
    const total = file === null || this.#spec.follows ? null : file.size;
    return { done: file?.storedBytesRead ?? offset, total, unit: "bytes" };
  }

  async close(): Promise<void> {
    this.#closed.abort();
    await this.#ahead.close();
  }

  async #open(from: FilePosition, signal: AbortSignal): Promise<FileBytes> {
    const file = await this.#spec.open(from, signal);
    if (file.startOffset !== from.offset) {
      // Another file has the name now.
      this.#endOffset = file.startOffset;
      this.#lineBase = 0;
    }
    if (file.startOffset === 0 || this.#decoder.awaitsHeader !== true) return file;
    try {
      await this.#readHeader(await this.#spec.openStart());
    } catch (error) {
      await file.close();
      throw error;
    }
    return file;
  }

  /** Gives the decoder the lines in front of its first record that it has to know. */
  async #readHeader(file: FileBytes): Promise<void> {
    const decoder = this.#decoder;
    let bytes: Uint8Array = new Uint8Array(HEADER_CHUNK_BYTES);
    let start = 0;
    let searched = 0;
    let end = 0;
    try {
      while (decoder.awaitsHeader === true && end < this.#spec.maxRecordSize) {
        const feed = bytes.subarray(0, end).indexOf(NEWLINE, searched);
        searched = feed < 0 ? end : feed + 1;
        if (feed >= 0) {
          start = decoder.decodeDelimited(bytes, start, searched, false);
          continue;
        }
        if (end === bytes.length) {
          const grown = new Uint8Array(2 * end);
          grown.set(bytes);
          bytes = grown;
        }
        const { length } = await file.read(bytes, end, bytes.length - end);
        if (length === 0) break;
        end += length;
      }
    } finally {
      await file.close();
    }
    this.#lineBase -= decoder.recordsSeen;
  }

  /** One decode call. Null if it gave no row; then another chunk is needed. */
  #decode(): RecordBatch | null {
    const decoder = this.#decoder;
    const isCut = this.#endsAtFirstLine;
    const end = isCut ? this.#bytes.indexOf(NEWLINE, this.#start) + 1 : this.#end;
    this.#endsAtFirstLine = false;
    this.#start = decoder.decodeDelimited(this.#bytes, this.#start, end, isCut || this.#isLast);
    const hasRows = decoder.rowCount > 0;
    if (!isCut && (this.#start === this.#end || !hasRows)) {
      invariant(!this.#isLast || this.#start === this.#end, "a decoder leaves nothing of the last bytes");
      this.#needsChunk = true;
      this.ended = this.#isLast && !this.#rotates;
      if (this.#rotates) this.#restart();
    }
    if (!hasRows) return null;
    const { length, columns, kinds, records } = decoder.take();
    const batch = recordBatch(length, this.#spec.columns(columns, this.#ahead.file as FileBytes), kinds);
    return records === undefined ? batch : { ...batch, origin: { describe: this.#describe, records } };
  }

  #attach(chunk: Chunk): void {
    switch (chunk.next) {
      case "more":
        return this.#append(chunk);
      case "end":
        this.#ahead.release(chunk.buffer);
        this.#isLast = true;
        this.#skipByteOrderMark();
        this.#needsChunk = false;
        return;
      case "rotated":
        // Nobody writes to the old file any more: what is left of it is a record.
        this.#ahead.release(chunk.buffer);
        this.#nextInode = chunk.inode;
        if (this.#end === this.#start) return this.#restart();
        this.#isLast = true;
        this.#rotates = true;
        this.#needsChunk = false;
        return;
      case "truncated":
        this.#ahead.release(chunk.buffer);
        this.#nextInode = chunk.inode;
        return this.#restart();
    }
  }

  #append(chunk: Chunk): void {
    const { buffer, length, inode } = chunk;
    const ahead = this.#ahead;
    const newline = buffer.subarray(0, ahead.headroom + length).indexOf(NEWLINE, ahead.headroom);
    const isWhole = newline >= 0;
    if (this.#discarded !== null) return this.#discard(chunk, newline);
    if (this.#end - this.#start + (isWhole ? newline - ahead.headroom : length) > this.#spec.maxRecordSize) {
      // A record that spans lines has a quote that nothing closes: only its first line is bad.
      this.#endsAtFirstLine = this.#bytes.subarray(0, this.#end).includes(NEWLINE, this.#start);
      if (!this.#endsAtFirstLine) {
        this.#refuseLine(chunk);
        return this.#discard(chunk, newline);
      }
    }
    const rest = this.#end - this.#start;
    if (rest <= ahead.headroom) {
      const start = ahead.headroom - rest;
      if (rest > 0) buffer.set(this.#bytes.subarray(this.#start, this.#end), start);
      this.#releaseChunk();
      this.#giant = null;
      this.#bytes = this.#chunkBuffer = buffer;
      this.#start = start;
      this.#end = ahead.headroom + length;
    } else {
      const giant = this.#growGiant(rest + length);
      giant.set(buffer.subarray(ahead.headroom, ahead.headroom + length), this.#end);
      this.#end += length;
      ahead.release(buffer);
    }
    this.#endOffset += length;
    this.#inode = inode;
    // Without a newline there is no record to decode: long ones are not looked at chunk by chunk.
    this.#needsChunk = !this.#endsAtFirstLine && (!isWhole || !this.#skipByteOrderMark());
  }

  /** Makes `#bytes` a buffer of its own, with `size` bytes of room from `#start`. */
  #growGiant(size: number): Uint8Array {
    const giant = this.#giant;
    if (giant !== null && this.#start + size <= giant.length) return giant;
    const grown = new Uint8Array(2 * size);
    grown.set(this.#bytes.subarray(this.#start, this.#end));
    this.#releaseChunk();
    this.#end -= this.#start;
    this.#start = 0;
    this.#bytes = this.#giant = grown;
    return grown;
  }

  #releaseChunk(): void {
    if (this.#chunkBuffer !== null) this.#ahead.release(this.#chunkBuffer);
    this.#chunkBuffer = null;
  }

  /** Tells the line that is too long, of which the chunk is the next part. */
  #refuseLine({ buffer, length }: Chunk): void {
    const { displayName, maxRecordSize } = this.#spec;
    const begin = this.#here();
    const { headroom } = this.#ahead;
    const told =
      this.#end > this.#start
        ? this.#bytes.subarray(this.#start, this.#end)
        : buffer.subarray(headroom, headroom + length);
    this.#spec.reportBad({
      position: `${displayName}:${begin.line + 1}`,
      reason: `the record is longer than 'max-record-size' = ${maxRecordSize} bytes; raise it, or check the line ends of the file`,
      bytes: told.subarray(0, TOLD_BYTES),
    });
    this.#discarded = begin;
    // The decoder forgets the part it has seen.
    this.#decoder.decodeDelimited(this.#bytes, this.#end, this.#end, true);
    this.#start = this.#end;
  }

  /** Throws away a chunk, or what is in front of its first line end. */
  #discard({ buffer, length, inode }: Chunk, newline: number): void {
    const { headroom } = this.#ahead;
    this.#releaseChunk();
    this.#giant = null;
    this.#inode = inode;
    this.#endOffset += length;
    if (newline < 0) {
      this.#bytes = new Uint8Array(0);
      this.#start = this.#end = 0;
      return this.#ahead.release(buffer);
    }
    this.#bytes = this.#chunkBuffer = buffer;
    this.#start = newline + 1;
    this.#end = headroom + length;
    this.#discarded = null;
    this.#lineBase++;
    this.#needsChunk = false;
  }

  /** False if the file so far could be the beginning of a byte order mark. */
  #skipByteOrderMark(): boolean {
    if (this.#endOffset !== this.#end - this.#start) return true;
    const length = Math.min(3, this.#end - this.#start);
    for (let i = 0; i < length; i++) if (this.#bytes[this.#start + i] !== BYTE_ORDER_MARK[i]) return true;
    if (length < 3) return false;
    this.#start += 3;
    return true;
  }

  /** Goes on with another file of the same name, what is left of this one is dropped. */
  #restart(): void {
    this.#isLast = false;
    this.#rotates = false;
    this.#endsAtFirstLine = false;
    this.#lineBase = 0;
    this.#discarded = null;
    this.#decoder = this.#createDecoder();
    this.#start = this.#end;
    this.#endOffset = 0;
    this.#inode = this.#nextInode;
    this.#needsChunk = true;
  }

  #createDecoder(): RecordDecoder {
    return this.#spec.createDecoder(this.#describe);
  }

  /** The position of a record, as the decoder counts them. */
  readonly #describe = (record: number): string => `${this.#spec.displayName}:${this.#lineBase + record + 1}`;
}

function readPosition(position: SplitPosition | null, displayName: string): FilePosition {
  if (position === null) return { offset: 0, line: 0, inode: null };
  const { offset, line, inode } = position as { readonly [key: string]: Json | undefined };
  if (typeof offset === "number" && typeof line === "number") {
    return { offset, line, inode: typeof inode === "string" ? inode : null };
  }
  throw new MillraceError({
    code: "STATE_INVALID",
    message: `${displayName}: ${JSON.stringify(position)} is no position in a file`,
  });
}
