import type { ByteWriter, DataType } from "@millrace/core";
import type { TimestampStandard } from "../text/time-text.ts";

/** Appends a value as `valueAt` gives it, NULL too. */
export type WriteValue = (value: unknown) => void;

/** What distinguishes the text formats when rows are written; the rest (numbers, times, null masks) is shared. */
export interface RowDialect {
  /** In front of the first field of a row, between two fields, behind the last. */
  readonly open: string;
  readonly separator: string;
  readonly close: string;
  /** In front of the value of a field. */
  label(name: string): string;
  readonly nullText: string;
  /** Whether a field that is NULL is left out of its row. */
  readonly omitsNulls: boolean;
  /** Around dates, times, base64 and numbers that are NaN or infinite: one ASCII character, or nothing. */
  readonly quote: string;
  readonly standard: TimestampStandard;
  /** Whether a DECIMAL may have an exponent, as Java's BigDecimal.toString. */
  readonly scientificDecimals: boolean;
  /** Appends a text, quotes included. `view` is on `source`. */
  writeText(out: ByteWriter, source: Uint8Array, view: DataView, start: number, end: number): void;
  /** The writer of a ROW, ARRAY, MAP or opaque value. Errors: OPTION_INVALID if the format has no such values. */
  nestedWriter(type: DataType, name: string, out: ByteWriter): WriteValue;
}
