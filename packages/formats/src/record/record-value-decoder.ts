import { type DecodedRows, MAX_BATCH_ROWS, type OnBadRecord, type RecordDecoder } from "@millrace/core";
import { LineFinder } from "../text/line-finder.ts";
import type { RecordCodec } from "./record-format.ts";

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** Decodes records to JavaScript values, one by one. Blank lines are no records. */
export class RecordValueDecoder implements RecordDecoder {
  readonly #columns: number;
  readonly #codec: RecordCodec;
  readonly #onBadRecord: OnBadRecord;
  readonly #lines = new LineFinder();
  #values: unknown[] = [];
  #records: number[] = [];
  recordsSeen = 0;

  /** `columns`: 0 if nobody wants the values, else 1. */
  constructor(columns: number, codec: RecordCodec, onBadRecord: OnBadRecord) {
    this.#columns = columns;
    this.#codec = codec;
    this.#onBadRecord = onBadRecord;
  }

  get rowCount(): number {
    return this.#values.length;
  }

  decodeDelimited(bytes: Uint8Array, start: number, end: number, isLast: boolean): number {
    const linesEnd = this.#lines.endOfLines(bytes, start, end);
    if (isLast) this.#lines.reset();
    const stop = isLast ? end : linesEnd;
    let at = start;
    while (at < stop && this.#values.length < MAX_BATCH_ROWS) {
      const feed = bytes.indexOf(LINE_FEED, at);
      const lineEnd = feed < 0 || feed > stop ? stop : feed;
      this.#decode(bytes, at, lineEnd > at && bytes[lineEnd - 1] === CARRIAGE_RETURN ? lineEnd - 1 : lineEnd, true);
      at = Math.min(lineEnd + 1, stop);
    }
    return at;
  }

  decodeRecord(bytes: Uint8Array, start: number, end: number): number {
    if (this.#values.length >= MAX_BATCH_ROWS) return -1;
    const before = this.#values.length;
    this.#decode(bytes, start, end, false);
    return this.#values.length - before;
  }

  #decode(bytes: Uint8Array, start: number, end: number, isLine: boolean): void {
    const record = this.recordsSeen++;
    if (isLine && isBlank(bytes, start, end)) return;
    let value: unknown;
    try {
      value = this.#codec.parse(bytes, start, end);
    } catch (error) {
      this.#onBadRecord(error instanceof Error ? error.message : String(error), bytes, start, end, record);
      return;
    }
    this.#values.push(value);
    this.#records.push(record);
  }

  take(): DecodedRows {
    const values = this.#values;
    const records = Int32Array.from(this.#records);
    this.#values = [];
    this.#records = [];
    const columns = this.#columns === 0 ? [] : [{ kind: "value", values, nulls: null } as const];
    return { length: values.length, columns, records };
  }
}

function isBlank(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (bytes[at] !== 0x20 && bytes[at] !== 0x09) return false;
  return true;
}
