/**
 * Kafka's record batches (magic 2) as they come in a fetch response, without an object per record.
 *
 * Invariant  all segments of one response lie in the same `bytes`: string columns point into it.
 * Cost       uncompressed batches are not copied; a response with a compressed batch is rebuilt in one new buffer.
 * Source     Kafka protocol guide, "Record Batch"; aborted transactions as in the Java client's Fetcher: an aborted
 *            transaction's records are all data batches of its producer from its first offset to its abort marker.
 */
import { MillraceError } from "@millrace/core";
import { compressionsAlgorithmsByBitmask, crc32c } from "@platformatic/kafka";

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
  readonly bytes: Buffer;
  readonly segments: readonly Segment[];
}

export interface AbortedTransaction {
  readonly producerId: bigint;
  readonly firstOffset: bigint;
}

const HEADER_BYTES = 61;

/** Takes a response apart. A batch cut off at the end (fetches are limited by bytes) is left out: it comes with the next fetch. */
export function readSegments(
  records: Buffer,
  aborted: readonly AbortedTransaction[],
  describe: (offset: number) => string,
): RecordSegments {
  const isAborted = abortFilter(aborted);
  const found: { segment: Segment; payload: Buffer | null }[] = [];
  let anyCompressed = false;
  for (let at = 0; at + HEADER_BYTES <= records.length; ) {
    const baseOffset = Number(records.readBigInt64BE(at));
    const size = records.readInt32BE(at + 8) + 12;
    if (at + size > records.length) break;
    const magic = records[at + 16];
    if (magic !== 2)
      throw damaged(`record format ${magic} is not supported, only 2 (Kafka 0.11 and newer)`, describe(baseOffset));
    if (crc32c(records.subarray(at + 21, at + size)) !== records.readUInt32BE(at + 17))
      throw damaged("checksum of the record batch does not match", describe(baseOffset));
    const attributes = records.readInt16BE(at + 21);
    const maxTimestamp = Number(records.readBigInt64BE(at + 35));
    const producerId = records.readBigInt64BE(at + 43);
    const isControl = (attributes & 0x20) !== 0;
    const isTransactional = (attributes & 0x10) !== 0;
    const codec = attributes & 7;
    const controlType = isControl && codec === 0 ? controlTypeAt(records, at + HEADER_BYTES) : -1;
    const skipped = isControl || (isTransactional && isAborted.data(producerId, baseOffset));
    if (controlType === 0) isAborted.marker(producerId, baseOffset);
    let payload: Buffer | null = null;
    if (codec !== 0 && !skipped) {
      anyCompressed = true;
      payload = decompress(codec, records.subarray(at + HEADER_BYTES, at + size), describe(baseOffset));
    }
    found.push({
      segment: {
        start: at + HEADER_BYTES,
        end: at + size,
        count: records.readInt32BE(at + 57),
        baseOffset,
        lastOffset: baseOffset + records.readInt32BE(at + 23),
        baseTimestamp: Number(records.readBigInt64BE(at + 27)),
        appendTimestamp: (attributes & 8) === 0 ? null : maxTimestamp,
        leaderEpoch: records.readInt32BE(at + 12),
        skipped,
      },
      payload,
    });
    at += size;
  }
  if (!anyCompressed) return { bytes: records, segments: found.map((each) => each.segment) };
  const parts = found.map(({ segment, payload }) =>
    segment.skipped ? Buffer.alloc(0) : (payload ?? records.subarray(segment.start, segment.end)),
  );
  let start = 0;
  const segments = found.map(({ segment }, i) => {
    const moved = { ...segment, start, end: start + parts[i].length };
    start = moved.end;
    return moved;
  });
  return { bytes: Buffer.concat(parts), segments };
}

function decompress(codec: number, payload: Buffer, position: string): Buffer {
  const algorithm = compressionsAlgorithmsByBitmask[codec];
  if (algorithm === undefined) throw damaged(`unknown compression codec ${codec}`, position);
  try {
    return algorithm.decompressSync(payload);
  } catch (cause) {
    throw damaged(`the record batch cannot be decompressed: ${(cause as Error).message}`, position);
  }
}

/** The type of a control record (0 = abort, 1 = commit): its key is version (int16), type (int16). */
function controlTypeAt(records: Buffer, at: number): number {
  const cursor = new RecordCursor(records);
  cursor.read(at);
  return cursor.keyEnd - cursor.keyStart >= 4 ? records.readInt16BE(cursor.keyStart + 2) : -1;
}

/** Says which data batches belong to aborted transactions, told in offset order. */
function abortFilter(aborted: readonly AbortedTransaction[]) {
  const pending = [...aborted].sort((a, b) => Number(a.firstOffset - b.firstOffset));
  const active = new Set<bigint>();
  const advance = (offset: number) => {
    while (pending.length > 0 && Number(pending[0].firstOffset) <= offset)
      active.add((pending.shift() as AbortedTransaction).producerId);
  };
  return {
    data(producerId: bigint, offset: number): boolean {
      advance(offset);
      return active.has(producerId);
    },
    marker(producerId: bigint, offset: number): void {
      advance(offset);
      active.delete(producerId);
    },
  };
}

function damaged(reason: string, position: string): MillraceError {
  return new MillraceError({ code: "DATA_INVALID", domain: "external", message: `${position}: ${reason}` });
}

/** Reads one record after the other; the fields describe the last one read. Lengths of -1 (null) give start = end = -1. */
export class RecordCursor {
  readonly #bytes: Uint8Array;
  #at = 0;
  timestampDelta = 0;
  offsetDelta = 0;
  keyStart = -1;
  keyEnd = -1;
  valueStart = -1;
  valueEnd = -1;
  headersStart = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Reads the record at an offset; returns the offset of the next. */
  read(at: number): number {
    this.#at = at;
    const length = this.#varint();
    const end = this.#at + length;
    this.#at++; // attributes: unused
    this.timestampDelta = this.#varint();
    this.offsetDelta = this.#varint();
    const keyLength = this.#varint();
    this.keyStart = keyLength < 0 ? -1 : this.#at;
    if (keyLength > 0) this.#at += keyLength;
    this.keyEnd = keyLength < 0 ? -1 : this.#at;
    const valueLength = this.#varint();
    this.valueStart = valueLength < 0 ? -1 : this.#at;
    if (valueLength > 0) this.#at += valueLength;
    this.valueEnd = valueLength < 0 ? -1 : this.#at;
    this.headersStart = this.#at;
    return end;
  }

  /** The headers of the last record read. A repeated key keeps its last value. */
  headers(): Map<string, Uint8Array | null> {
    this.#at = this.headersStart;
    const headers = new Map<string, Uint8Array | null>();
    const bytes = Buffer.from(this.#bytes.buffer, this.#bytes.byteOffset, this.#bytes.byteLength);
    for (let left = this.#varint(); left > 0; left--) {
      const keyLength = this.#varint();
      const key = bytes.toString("utf8", this.#at, this.#at + keyLength);
      this.#at += keyLength;
      const valueLength = this.#varint();
      headers.set(
        key,
        valueLength < 0 ? null : Uint8Array.prototype.slice.call(bytes, this.#at, this.#at + valueLength),
      );
      if (valueLength > 0) this.#at += valueLength;
    }
    return headers;
  }

  /** A zigzag variable-length integer, up to 53 bits. */
  #varint(): number {
    let byte = this.#bytes[this.#at++];
    let value = byte & 0x7f;
    let shift = 7;
    while (byte >= 0x80 && shift < 28) {
      byte = this.#bytes[this.#at++];
      value |= (byte & 0x7f) << shift;
      shift += 7;
    }
    if (byte < 0x80) return (value >>> 1) ^ -(value & 1);
    let factor = 2 ** shift;
    let wide = value;
    while (byte >= 0x80) {
      byte = this.#bytes[this.#at++];
      wide += (byte & 0x7f) * factor;
      factor *= 128;
    }
    return wide % 2 === 0 ? wide / 2 : -(wide + 1) / 2;
  }
}
