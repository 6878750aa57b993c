/**
 * Kafka's record batches (magic 2) as they come in a fetch response, without an object per record.
 *
 * Invariant  all segments of one response lie in the same `bytes`: string columns point into it.
 * Cost       uncompressed batches are not copied; a response with a compressed batch is rebuilt in another buffer.
 * Source     Kafka protocol guide, "Record Batch"; aborted transactions as in the Java client's fetcher: an aborted
 *            transaction's records are all data batches of its producer from its first offset to its abort marker.
 */
import { MillraceError } from "@millrace/core";
import { compressionsAlgorithmsByBitmask } from "@platformatic/kafka";
import { crc32c } from "./checksum.ts";
import { Lz4Decoder } from "./lz4.ts";
import { RecordCursor } from "./record-cursor.ts";
import type { ReusedBuffer } from "./reused-buffer.ts";

/** The records of one batch: `count` records in `bytes[start, end)`. */
export interface Segment {
  readonly start: number;
  readonly end: number;
  readonly count: number;
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly baseTimestamp: number;
  /** Log append time replaces the records' own times; null for create time. */
  readonly appendTimestamp: number | null;
  readonly leaderEpoch: number;
  /** Control batches and aborted transactions: only the offsets count. */
  readonly skipped: boolean;
}

export interface RecordSegments {
  readonly bytes: Uint8Array;
  readonly segments: readonly Segment[];
}

export interface AbortedTransaction {
  readonly producerId: bigint;
  readonly firstOffset: bigint;
}

/** Where the parts of a batch's header stand. */
export const BatchLayout = {
  baseOffset: 0,
  /** Of what follows this field. */
  length: 8,
  leaderEpoch: 12,
  magic: 16,
  /** CRC-32C of what follows this field. */
  checksum: 17,
  attributes: 21,
  lastOffsetDelta: 23,
  baseTimestamp: 27,
  maxTimestamp: 35,
  producerId: 43,
  producerEpoch: 51,
  baseSequence: 53,
  count: 57,
  records: 61,
} as const;

const BatchAttribute = { codec: 0x07, logAppendTime: 0x08, transactional: 0x10, control: 0x20 } as const;

const ControlType = { abort: 0, commit: 1 } as const;

interface FoundBatch {
  readonly segment: Segment;
  readonly codec: number;
}

/**
 * Takes a response apart. A batch cut off at the end (fetches are limited by bytes) is left out: it comes with the next fetch.
 * So is what follows a damaged batch, unless it is the first: then it is an error, DATA_INVALID with the position.
 * `decompressed` is where records are put if some of them are compressed.
 */
export function readSegments(
  records: Buffer,
  aborted: readonly AbortedTransaction[],
  describe: (offset: number) => string,
  decompressed: ReusedBuffer,
): RecordSegments {
  const transactions = new AbortedTransactions(aborted);
  const found: FoundBatch[] = [];
  for (let at = 0; at + BatchLayout.records <= records.length; ) {
    const size = records.readInt32BE(at + BatchLayout.length) + BatchLayout.leaderEpoch;
    if (at + size > records.length) break;
    try {
      found.push(readBatch(records.subarray(at, at + size), at, transactions));
    } catch (error) {
      if (found.length > 0 && error instanceof DamagedBatch) break;
      throw damaged(error, () => describe(Number(records.readBigInt64BE(at))));
    }
    at += size;
  }
  if (found.some(({ segment, codec }) => codec !== 0 && !segment.skipped))
    return decompressAll(records, found, describe, decompressed);
  return { bytes: plainBytes(records), segments: found.map(({ segment }) => segment) };
}

function readBatch(batch: Buffer, at: number, transactions: AbortedTransactions): FoundBatch {
  if (batch.length < BatchLayout.records) throw new DamagedBatch("the record batch is shorter than its header");
  const magic = batch[BatchLayout.magic];
  if (magic !== 2) throw new DamagedBatch(`record format ${magic} is not supported, only 2 (Kafka 0.11 and newer)`);
  if (crc32c(batch.subarray(BatchLayout.attributes)) !== batch.readUInt32BE(BatchLayout.checksum))
    throw new DamagedBatch("the checksum of the record batch does not match");
  const attributes = batch.readInt16BE(BatchLayout.attributes);
  const baseOffset = Number(batch.readBigInt64BE(BatchLayout.baseOffset));
  const lastOffset = baseOffset + batch.readInt32BE(BatchLayout.lastOffsetDelta);
  const isControl = (attributes & BatchAttribute.control) !== 0;
  const skipped = transactions.skips(batch, attributes, lastOffset);
  return {
    segment: {
      start: at + BatchLayout.records,
      end: at + batch.length,
      count: batch.readInt32BE(BatchLayout.count),
      baseOffset,
      lastOffset,
      baseTimestamp: Number(batch.readBigInt64BE(BatchLayout.baseTimestamp)),
      appendTimestamp:
        (attributes & BatchAttribute.logAppendTime) === 0
          ? null
          : Number(batch.readBigInt64BE(BatchLayout.maxTimestamp)),
      leaderEpoch: batch.readInt32BE(BatchLayout.leaderEpoch),
      skipped: isControl || skipped,
    },
    codec: attributes & BatchAttribute.codec,
  };
}

/** Puts the records of all batches, compressed or not, one behind the other. */
function decompressAll(
  records: Buffer,
  found: readonly FoundBatch[],
  describe: (offset: number) => string,
  into: ReusedBuffer,
): RecordSegments {
  const segments: Segment[] = [];
  let bytes = into.take(0);
  for (const { segment, codec } of found) {
    const start = bytes.length;
    if (!segment.skipped) {
      try {
        const part = decompress(codec, records.subarray(segment.start, segment.end));
        bytes = into.take(start + part.length, start);
        bytes.set(part, start);
      } catch (error) {
        if (segments.length > 0 && error instanceof DamagedBatch) break;
        throw damaged(error, () => describe(segment.baseOffset));
      }
    }
    segments.push({ ...segment, start, end: bytes.length });
  }
  return { bytes: plainBytes(bytes), segments };
}

/** A Buffer has another hidden class, which would make generated decoders slower. */
function plainBytes(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length);
}

const lz4 = new Lz4Decoder();
const LZ4 = 3;

/** Valid until the next call. */
function decompress(codec: number, payload: Buffer): Uint8Array {
  const algorithm = compressionsAlgorithmsByBitmask[codec];
  if (algorithm === undefined) throw new DamagedBatch(`unknown compression codec ${codec}`);
  try {
    return codec === LZ4 ? lz4.decode(payload) : algorithm.decompressSync(payload);
  } catch (cause) {
    throw new DamagedBatch(`the record batch cannot be decompressed: ${(cause as Error).message}`, { cause });
  }
}

/** Says which batches belong to aborted transactions, told in offset order. */
class AbortedTransactions {
  readonly #pending: AbortedTransaction[];
  readonly #active = new Set<bigint>();

  constructor(aborted: readonly AbortedTransaction[]) {
    this.#pending = [...aborted].sort((a, b) => Number(a.firstOffset - b.firstOffset));
  }

  skips(batch: Buffer, attributes: number, lastOffset: number): boolean {
    if ((attributes & BatchAttribute.transactional) === 0) return false;
    const producerId = batch.readBigInt64BE(BatchLayout.producerId);
    while (this.#pending.length > 0 && Number(this.#pending[0].firstOffset) <= lastOffset)
      this.#active.add((this.#pending.shift() as AbortedTransaction).producerId);
    if ((attributes & BatchAttribute.control) === 0) return this.#active.has(producerId);
    if (controlTypeOf(batch) === ControlType.abort) this.#active.delete(producerId);
    return true;
  }
}

/** Of a control batch, which holds one record with the key version (int16), type (int16). */
function controlTypeOf(batch: Buffer): number {
  const cursor = new RecordCursor(batch);
  cursor.read(BatchLayout.records);
  return cursor.keyEnd - cursor.keyStart >= 4 ? batch.readInt16BE(cursor.keyStart + 2) : -1;
}

class DamagedBatch extends Error {}

function damaged(cause: unknown, position: () => string): unknown {
  if (!(cause instanceof DamagedBatch)) return cause;
  const message = `${position()}: ${cause.message}`;
  return new MillraceError({ code: "DATA_INVALID", domain: "external", message, cause });
}
