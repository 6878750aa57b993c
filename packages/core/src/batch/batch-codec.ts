/**
 * The binary form of a RecordBatch: in exchanges, snapshots and checkpoints.
 *
 * Layout, little-endian, every array on a multiple of 8 bytes from the start, so that a reader may use arrays in place:
 * version, flags, column count, row count, [kinds], [timestamps], columns. A column is its kind, whether it has nulls,
 * the null mask, and its arrays; strings are row offsets (length + 1) and the bytes, compacted.
 *
 * Invariant  a batch is readable without its schema, which is written once for many batches (`encodeSchema`).
 *            Any change of the layout is a new BATCH_CODEC_VERSION.
 * Cost       one copy of each array; decoding copies only arrays that are not aligned in memory.
 */
import { MillraceError } from "../errors.ts";
import { ByteReader } from "./byte-reader.ts";
import { ByteWriter } from "./byte-writer.ts";
import type { Column, Utf8Column } from "./column.ts";
import type { Schema } from "./data-type.ts";
import type { RecordBatch } from "./record-batch.ts";
import { readValue, writeValue } from "./value-codec.ts";

export const BATCH_CODEC_VERSION = 1;

const HAS_KINDS = 1;
const HAS_TIMESTAMPS = 2;
const KIND = { float64: 0, wide: 1, wide128: 2, bool: 3, utf8: 4, value: 5 };

/** The batch as bytes of its own. */
export function encodeBatch(batch: RecordBatch): Uint8Array {
  const writer = new ByteWriter(64 + batch.length * batch.columns.length * 8);
  writeBatch(writer, batch);
  return writer.finish();
}

/** The batch that `encodeBatch` wrote. Its arrays may lie in `bytes`: it is valid as long as these are not changed. */
export function decodeBatch(bytes: Uint8Array): RecordBatch {
  return readBatch(new ByteReader(bytes));
}

/** Appends the batch, from a multiple of 8 bytes on. */
export function writeBatch(writer: ByteWriter, batch: RecordBatch): void {
  const { length, kinds, timestamps, columns } = batch;
  writer.align(8);
  writer.byte(BATCH_CODEC_VERSION);
  writer.byte((kinds === null ? 0 : HAS_KINDS) | (timestamps === null ? 0 : HAS_TIMESTAMPS));
  writer.align(4);
  writer.int32(columns.length);
  writer.int32(length);
  if (kinds !== null) writer.raw(kinds.subarray(0, length));
  if (timestamps !== null) writeArray(writer, timestamps.subarray(0, length));
  for (const column of columns) writeColumn(writer, column, length);
}

function writeArray(writer: ByteWriter, array: Float64Array | BigInt64Array | Int32Array): void {
  writer.align(8);
  writer.raw(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
}

function kindCode(column: Column): number {
  return column.kind === "wide" && column.high !== null ? KIND.wide128 : KIND[column.kind];
}

function writeColumn(writer: ByteWriter, column: Column, length: number): void {
  writer.byte(kindCode(column));
  writer.byte(column.nulls === null ? 0 : 1);
  if (column.nulls !== null) writer.raw(column.nulls.subarray(0, length));
  switch (column.kind) {
    case "float64":
      writeArray(writer, column.values.subarray(0, length));
      return;
    case "wide":
      writeArray(writer, column.low.subarray(0, length));
      if (column.high !== null) writeArray(writer, column.high.subarray(0, length));
      return;
    case "bool":
      writer.raw(column.values.subarray(0, length));
      return;
    case "utf8":
      writeStrings(writer, column, length);
      return;
    case "value":
      for (let i = 0; i < length; i++) {
        writeValue(writer, column.nulls !== null && column.nulls[i] === 1 ? null : column.values[i]);
      }
      return;
  }
}

function writeStrings(writer: ByteWriter, column: Utf8Column, length: number): void {
  const { bytes, starts, ends, nulls } = column;
  const offsets = new Int32Array(length + 1);
  for (let i = 0; i < length; i++) {
    offsets[i + 1] = offsets[i] + (nulls !== null && nulls[i] === 1 ? 0 : ends[i] - starts[i]);
  }
  writeArray(writer, offsets);
  writer.reserve(offsets[length]);
  const { bytes: target, size } = writer;
  for (let i = 0; i < length; i++) {
    const from = starts[i];
    const at = size + offsets[i];
    const count = offsets[i + 1] - offsets[i];
    if (count > 48) target.set(bytes.subarray(from, from + count), at);
    else for (let k = 0; k < count; k++) target[at + k] = bytes[from + k];
  }
  writer.size += offsets[length];
}

/** Reads what `writeBatch` appended. Throws DATA_INVALID on damaged bytes and unknown versions. */
export function readBatch(reader: ByteReader): RecordBatch {
  reader.align(8);
  const version = reader.byte();
  if (version !== BATCH_CODEC_VERSION) {
    throw new MillraceError({
      code: "DATA_INVALID",
      message: `binary batch has version ${version}, this release reads ${BATCH_CODEC_VERSION}: the bytes are damaged or of another release`,
    });
  }
  const flags = reader.byte();
  reader.align(4);
  const columnCount = reader.int32();
  const length = reader.int32();
  const kinds = (flags & HAS_KINDS) === 0 ? null : reader.raw(length);
  const timestamps = (flags & HAS_TIMESTAMPS) === 0 ? null : readFloat64(reader, length);
  const columns: Column[] = [];
  for (let c = 0; c < columnCount; c++) columns.push(readColumn(reader, length));
  return { length, columns, timestamps, kinds };
}

function readColumn(reader: ByteReader, length: number): Column {
  const kind = reader.byte();
  const nulls = reader.byte() === 0 ? null : reader.raw(length);
  switch (kind) {
    case KIND.float64:
      return { kind: "float64", values: readFloat64(reader, length), nulls };
    case KIND.wide:
      return { kind: "wide", low: readInt64(reader, length), high: null, nulls };
    case KIND.wide128:
      return { kind: "wide", low: readInt64(reader, length), high: readInt64(reader, length), nulls };
    case KIND.bool:
      return { kind: "bool", values: reader.raw(length), nulls };
    case KIND.utf8: {
      const offsets = readInt32(reader, length + 1);
      const bytes = reader.raw(offsets[length]);
      return { kind: "utf8", bytes, starts: offsets.subarray(0, length), ends: offsets.subarray(1), nulls };
    }
    case KIND.value: {
      const values: unknown[] = [];
      for (let i = 0; i < length; i++) values.push(readValue(reader));
      return { kind: "value", values, nulls };
    }
    default:
      throw new MillraceError({ code: "DATA_INVALID", message: `binary batch has a column of unknown kind ${kind}` });
  }
}

/** The next `size` bytes where an array of 8-byte elements may begin: in place, or copied. */
function alignedBytes(reader: ByteReader, size: number): { buffer: ArrayBufferLike; offset: number } {
  reader.align(8);
  const bytes = reader.raw(size);
  if (bytes.byteOffset % 8 === 0) return { buffer: bytes.buffer, offset: bytes.byteOffset };
  return { buffer: bytes.slice().buffer, offset: 0 };
}

function readFloat64(reader: ByteReader, length: number): Float64Array {
  const { buffer, offset } = alignedBytes(reader, length * 8);
  return new Float64Array(buffer, offset, length);
}

function readInt64(reader: ByteReader, length: number): BigInt64Array {
  const { buffer, offset } = alignedBytes(reader, length * 8);
  return new BigInt64Array(buffer, offset, length);
}

function readInt32(reader: ByteReader, length: number): Int32Array {
  const { buffer, offset } = alignedBytes(reader, length * 4);
  return new Int32Array(buffer, offset, length);
}

/** The schema as JSON bytes, to stand once before its batches. */
export function encodeSchema(schema: Schema): Uint8Array {
  return new TextEncoder().encode(JSON.stringify({ version: BATCH_CODEC_VERSION, fields: schema.fields }));
}

/** The schema that `encodeSchema` wrote. */
export function decodeSchema(bytes: Uint8Array): Schema {
  const { version, fields } = JSON.parse(new TextDecoder().decode(bytes)) as Schema & { version: number };
  if (version !== BATCH_CODEC_VERSION) {
    throw new MillraceError({
      code: "DATA_INVALID",
      message: `schema has version ${version}, this release reads ${BATCH_CODEC_VERSION}: written by another release`,
    });
  }
  return { fields };
}
