/**
 * A format turns bytes into columns and rows into bytes. Connectors are given formats; they do not know them.
 */
import type { Column } from "../batch/column.ts";
import type { Schema } from "../batch/data-type.ts";
import type { RecordBatch } from "../batch/record-batch.ts";
import type { OptionSchema, OptionValues } from "./option-schema.ts";
import type { ReadRequest } from "./read-request.ts";

/**
 * Decodes records into columns for one ReadRequest (fields and predicates; metadata is the connector's business).
 *
 * Invariant  all records decoded between two `take` calls lie in the same `bytes`; string columns may point into it, so
 *            the connector must not overwrite it before the taken batch is no longer borrowed.
 * A record that cannot be decoded adds no row and is reported to `onBadRecord`, which throws to stop.
 */
export interface RecordDecoder {
  /**
   * Decodes delimited records in `bytes[start, end)` until the batch is full (MAX_BATCH_ROWS) or only an incomplete
   * record is left; returns the offset behind the last whole record. With `isLast` the rest, if any, is a record, and
   * the next call is about other bytes.
   */
  decodeDelimited(bytes: Uint8Array, start: number, end: number, isLast: boolean): number;
  /**
   * Decodes one record that takes up all of `bytes[start, end)`. Returns the number of rows it added (0: bad or filtered out),
   * -1 if it does not fit into the batch: it is to be decoded again after `take`.
   */
  decodeRecord(bytes: Uint8Array, start: number, end: number): number;
  /**
   * Whether it has still to see the line of the file that names the columns: one that is to begin further on is given the
   * lines from the file's start until that is false.
   */
  readonly awaitsHeader?: boolean;
  /** Rows decoded since the last `take`. */
  readonly rowCount: number;
  /** Records (lines for delimited formats, also blank and bad ones and those inside a record) consumed since the decoder was created. */
  readonly recordsSeen: number;
  /** The decoded columns, one per field of the request, and what each row is (null: inserts); borrowed until the next decode call. */
  take(): DecodedRows;
}

export interface DecodedRows {
  readonly length: number;
  readonly columns: readonly Column[];
  /** A `RowKind` per row; null or absent = all inserts. */
  readonly kinds?: Uint8Array | null;
  /** Which record each row is, counted as `recordsSeen`; absent where nobody keeps it. */
  readonly records?: Int32Array;
}

/** Called with the byte range of a record that cannot be decoded, and why. Throws (policy `fail`) or returns (the record is left out). */
export type OnBadRecord = (reason: string, bytes: Uint8Array, start: number, end: number, recordIndex: number) => void;

/** Encodes rows as records. */
export interface RecordEncoder {
  /** Appends row `row` of the batch to the encoder's buffer as one record, without a delimiter. */
  encodeRow(batch: RecordBatch, row: number): void;
  /** Appends all rows, each followed by the format's delimiter. */
  encodeDelimited(batch: RecordBatch): void;
  /** Bytes in the buffer. */
  readonly byteLength: number;
  /** The encoded bytes (a copy that the caller owns); empties the buffer. */
  take(): Uint8Array;
}

/** A format as registered by name; `options` are those after the format's prefix (`json.`). */
export interface FormatFactory {
  readonly name: string;
  readonly options: OptionSchema;
  /** `retract`: its records are changes of all kinds. Default: inserts. */
  readonly changelogMode?: "append" | "retract";
  createDecoder?(request: ReadRequest, schema: Schema, options: OptionValues, onBadRecord: OnBadRecord): RecordDecoder;
  createEncoder?(schema: Schema, options: OptionValues): RecordEncoder;
}
