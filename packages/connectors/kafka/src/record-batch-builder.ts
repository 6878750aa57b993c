/**
 * Builds one record batch (magic 2), record by record, without an object per record.
 *
 * Use     append records, `finish` with a codec, then `stamp` with the producer's numbers: only then is the checksum right.
 *         A batch may be stamped again, which costs the checksum only.
 */
import { compressionsAlgorithms } from "@platformatic/kafka";
import { crc32c } from "./checksum.ts";
import { BatchLayout } from "./record-batches.ts";

export type Codec = keyof typeof compressionsAlgorithms;

/** A part of a row's bytes; `start` = -1 is null. */
export interface ByteRange {
  bytes: Uint8Array;
  start: number;
  end: number;
}

export type Headers = ReadonlyMap<string, Uint8Array | null>;

const FIRST_CAPACITY = 16 * 1024;
const text = new TextEncoder();

export class RecordBatchBuilder {
  #bytes = Buffer.allocUnsafe(FIRST_CAPACITY);
  #size: number = BatchLayout.records;
  #baseTimestamp = 0;
  #maxTimestamp = 0;
  count = 0;

  /** Bytes of the records so far, before compression. */
  get size(): number {
    return this.#size - BatchLayout.records;
  }

  append(timestamp: number, key: ByteRange, value: ByteRange, headers: Headers | null): void {
    if (this.count === 0) this.#baseTimestamp = this.#maxTimestamp = timestamp;
    this.#maxTimestamp = Math.max(this.#maxTimestamp, timestamp);
    const timestampDelta = timestamp - this.#baseTimestamp;
    const offsetDelta = this.count++;
    const encodedHeaders =
      headers === null ? [] : Array.from(headers, ([name, content]) => [text.encode(name), content]);
    const length =
      1 +
      varintSize(timestampDelta) +
      varintSize(offsetDelta) +
      sizeOf(key) +
      sizeOf(value) +
      varintSize(encodedHeaders.length) +
      encodedHeaders.reduce((sum, [name, content]) => sum + prefixedSize(name) + prefixedSize(content), 0);
    this.#reserve(varintSize(length) + length);
    this.#varint(length);
    this.#bytes[this.#size++] = 0; // attributes: none are defined
    this.#varint(timestampDelta);
    this.#varint(offsetDelta);
    this.#range(key);
    this.#range(value);
    this.#varint(encodedHeaders.length);
    for (const [name, content] of encodedHeaders) {
      this.#prefixed(name);
      this.#prefixed(content);
    }
  }

  /** The batch, not stamped yet; the builder is empty again. */
  finish(codec: Codec): Buffer {
    const records = this.#bytes.subarray(BatchLayout.records, this.#size);
    const { bitmask, compressSync } = compressionsAlgorithms[codec];
    const payload = codec === "none" ? records : compressSync(records);
    const batch = Buffer.allocUnsafe(BatchLayout.records + payload.length);
    batch.set(payload, BatchLayout.records);
    batch.writeBigInt64BE(0n, BatchLayout.baseOffset);
    batch.writeInt32BE(batch.length - BatchLayout.leaderEpoch, BatchLayout.length);
    batch.writeInt32BE(-1, BatchLayout.leaderEpoch);
    batch[BatchLayout.magic] = 2;
    batch.writeInt16BE(bitmask, BatchLayout.attributes);
    batch.writeInt32BE(this.count - 1, BatchLayout.lastOffsetDelta);
    batch.writeBigInt64BE(BigInt(this.#baseTimestamp), BatchLayout.baseTimestamp);
    batch.writeBigInt64BE(BigInt(this.#maxTimestamp), BatchLayout.maxTimestamp);
    batch.writeInt32BE(this.count, BatchLayout.count);
    this.#size = BatchLayout.records;
    this.count = 0;
    return batch;
  }

  #reserve(extra: number): void {
    if (this.#size + extra <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#size + extra));
    this.#bytes.copy(grown, 0, 0, this.#size);
    this.#bytes = grown;
  }

  #range({ bytes, start, end }: ByteRange): void {
    if (start < 0) return this.#varint(-1);
    this.#varint(end - start);
    if (end - start > 48) this.#bytes.set(bytes.subarray(start, end), this.#size);
    else for (let i = start, at = this.#size; i < end; i++) this.#bytes[at++] = bytes[i];
    this.#size += end - start;
  }

  #prefixed(content: Uint8Array | null): void {
    if (content === null) return this.#varint(-1);
    this.#varint(content.length);
    this.#bytes.set(content, this.#size);
    this.#size += content.length;
  }

  #varint(value: number): void {
    let rest = zigzag(value);
    while (rest >= 0x80) {
      this.#bytes[this.#size++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.#bytes[this.#size++] = rest;
  }
}

/** Writes the numbers by which a broker recognises a batch it has seen, and the checksum. */
export function stampBatch(batch: Buffer, producerId: bigint, epoch: number, sequence: number): void {
  batch.writeBigInt64BE(producerId, BatchLayout.producerId);
  batch.writeInt16BE(epoch, BatchLayout.producerEpoch);
  batch.writeInt32BE(sequence, BatchLayout.baseSequence);
  batch.writeUInt32BE(crc32c(batch.subarray(BatchLayout.attributes)), BatchLayout.checksum);
}

function zigzag(value: number): number {
  return value < 0 ? -2 * value - 1 : 2 * value;
}

function varintSize(value: number): number {
  let size = 1;
  for (let rest = zigzag(value); rest >= 0x80; rest = Math.floor(rest / 0x80)) size++;
  return size;
}

function sizeOf({ start, end }: ByteRange): number {
  return start < 0 ? 1 : varintSize(end - start) + end - start;
}

function prefixedSize(content: Uint8Array | null): number {
  return content === null ? 1 : varintSize(content.length) + content.length;
}
