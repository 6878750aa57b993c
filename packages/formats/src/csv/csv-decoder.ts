/**
 * Decodes CSV, one record per line (or several lines, where line ends are quoted) or per message, into columns.
 *
 * State      the batch under construction (`#row` rows in the column writers, all from `#bytes`); where the columns stand, which a
 *            header may change; what is known of an incomplete record.
 * Cost       one pass to find the fields, then only the requested ones are converted.
 */
import {
  type Column,
  invariant,
  MAX_BATCH_ROWS,
  type OnBadRecord,
  type ReadRequest,
  type RecordDecoder,
  type Schema,
} from "@millrace/core";
import { compileExclusion, type Exclusion, fieldsToRead } from "../column/predicate.ts";
import { findInvalidUtf8, textOf } from "../text/utf8.ts";
import type { CsvRules } from "./csv-options.ts";
import { CsvScanner, ESCAPED, INCOMPLETE } from "./csv-scanner.ts";
import { FieldReader } from "./field-reader.ts";
import { unescapeField } from "./unescape-field.ts";

const LINE_FEED = 0x0a;
const HASH = 0x23;

export class CsvDecoder implements RecordDecoder {
  readonly #rules: CsvRules;
  readonly #scanner: CsvScanner;
  readonly #readers: readonly FieldReader[];
  readonly #outputs: number;
  readonly #exclusions: readonly Exclusion[];
  readonly #onBadRecord: OnBadRecord;
  /** Where the column of each reader stands in a record; -1 = nowhere. */
  readonly #places: Int32Array;
  /** Fields in a record. */
  #width: number;
  #awaitsHeader: boolean;
  /** Why no record can be read: the header lacks a column. */
  #headerProblem: string | null = null;
  #isPending = false;
  #bytes: Uint8Array = new Uint8Array(0);
  #row = 0;
  #isTaken = false;
  recordsSeen = 0;

  constructor(request: ReadRequest, schema: Schema, rules: CsvRules, onBadRecord: OnBadRecord) {
    const { fields, predicates } = fieldsToRead(request);
    this.#rules = rules;
    this.#scanner = new CsvScanner(rules);
    this.#readers = fields.map((field) => new FieldReader(field, schema, rules));
    this.#outputs = request.fields.length;
    this.#exclusions = predicates.map(({ column, predicate }) =>
      compileExclusion(this.#readers[column].column, predicate),
    );
    this.#onBadRecord = onBadRecord;
    this.#places = Int32Array.from(fields, ({ path }) => schema.fields.findIndex(({ name }) => name === path[0]));
    this.#width = schema.fields.length;
    this.#awaitsHeader = rules.hasHeader;
  }

  get rowCount(): number {
    return this.#isTaken ? 0 : this.#row;
  }

  get awaitsHeader(): boolean {
    return this.#awaitsHeader;
  }

  decodeDelimited(bytes: Uint8Array, start: number, end: number, isLast: boolean): number {
    this.#begin(bytes);
    const scanner = this.#scanner;
    if (isLast) this.#forgetPending();
    else if (this.#isPending && !scanner.isWhole(bytes, start, end)) return start;
    let at = start;
    while (at < end && this.#row < MAX_BATCH_ROWS) {
      const from = this.recordsSeen === 0 ? skipByteOrderMark(bytes, at, end) : at;
      const next = this.#isComment(bytes, from, end)
        ? this.#endOfLine(bytes, from, end, isLast)
        : scanner.scan(bytes, from, end, isLast);
      if (next === INCOMPLETE) {
        if (!this.#isPending) scanner.isWhole(bytes, at, end);
        this.#isPending = true;
        return at;
      }
      this.#forgetPending();
      const line = this.recordsSeen;
      this.recordsSeen += scanner.lines;
      at = next;
      if (!this.#isComment(bytes, from, end)) this.#take(from, line);
    }
    return at;
  }

  #forgetPending(): void {
    if (this.#isPending) this.#scanner.reset();
    this.#isPending = false;
  }

  decodeRecord(bytes: Uint8Array, start: number, end: number): number {
    this.#begin(bytes);
    invariant(this.#row < MAX_BATCH_ROWS, "a full batch must be taken before the next record is decoded");
    const before = this.#row;
    const line = this.recordsSeen++;
    const from = skipByteOrderMark(bytes, start, end);
    if (this.#isComment(bytes, from, end)) return 0;
    const scanner = this.#scanner;
    const next = scanner.scan(bytes, from, end, true);
    if (scanner.damage === "" && next < end) this.#refuse("more than one line", from, end, line);
    else if (isBlank(scanner)) this.#refuse("the record is empty", from, end, line);
    else this.#decode(from, line);
    return this.#row - before;
  }

  take(): { readonly length: number; readonly columns: readonly Column[] } {
    const length = this.rowCount;
    const columns: Column[] = [];
    for (let i = 0; i < this.#outputs; i++) columns.push(this.#readers[i].column.finish(length, this.#bytes));
    // The batch lives in the writers until the next decode call.
    this.#isTaken = true;
    return { length, columns };
  }

  /** Starts the next batch if the last was taken. */
  #begin(bytes: Uint8Array): void {
    this.#bytes = bytes;
    if (!this.#isTaken) return;
    this.#isTaken = false;
    for (const { column } of this.#readers) column.reset();
    this.#row = 0;
  }

  #isComment(bytes: Uint8Array, at: number, end: number): boolean {
    return this.#rules.allowComments && at < end && bytes[at] === HASH;
  }

  #endOfLine(bytes: Uint8Array, from: number, end: number, isLast: boolean): number {
    this.#scanner.lines = 1;
    const feed = bytes.subarray(from, end).indexOf(LINE_FEED);
    if (feed >= 0) return from + feed + 1;
    return isLast ? end : INCOMPLETE;
  }

  /** The scanned record of delimited data: nothing, the header, or a row. */
  #take(from: number, line: number): void {
    if (isBlank(this.#scanner)) return;
    if (this.#awaitsHeader) this.#readHeader(from, line);
    else this.#decode(from, line);
  }

  #decode(from: number, line: number): void {
    const scanner = this.#scanner;
    const bytes = this.#bytes;
    const { contentEnd } = scanner;
    const reason = this.#recordProblem(from);
    if (reason !== null) return this.#refuse(reason, from, contentEnd, line);
    const places = this.#places;
    const { starts, ends, flags, count } = scanner;
    const { ignoreParseErrors } = this.#rules;
    const readers = this.#readers;
    for (let i = 0; i < readers.length; i++) {
      const reader = readers[i];
      const place = places[i];
      if (place < 0 || place >= count) reader.column.setNull(this.#row);
      else if (reader.read(bytes, starts[place], ends[place], flags[place], this.#row)) continue;
      else if (ignoreParseErrors) reader.column.setNull(this.#row);
      else {
        const why = reader.reason();
        this.#clearNulls();
        return this.#refuse(why, from, contentEnd, line);
      }
    }
    for (const excludes of this.#exclusions) if (excludes(this.#row, bytes)) return this.#clearNulls();
    this.#row++;
  }

  #clearNulls(): void {
    for (const { column } of this.#readers) column.nulls[this.#row] = 0;
  }

  /** What makes the whole record bad. */
  #recordProblem(from: number): string | null {
    const scanner = this.#scanner;
    if (this.#headerProblem !== null) return this.#headerProblem;
    if (scanner.damage !== "") return scanner.damage;
    if (scanner.hasNonAscii) {
      const at = findInvalidUtf8(this.#bytes, from, scanner.contentEnd);
      if (at >= 0) return `invalid UTF-8 at byte ${at - from}`;
    }
    if (scanner.count === this.#width || this.#rules.ignoreParseErrors) return null;
    return `${scanner.count} ${scanner.count === 1 ? "field" : "fields"} instead of ${this.#width}`;
  }

  #refuse(reason: string, from: number, end: number, line: number): void {
    this.#onBadRecord(reason, this.#bytes, from, end, line);
  }

  #readHeader(from: number, line: number): void {
    const scanner = this.#scanner;
    const { count, starts, ends, flags, contentEnd } = scanner;
    const { quote, escaper } = this.#rules;
    this.#awaitsHeader = false;
    const names = Array.from({ length: count }, (_, i) => {
      if ((flags[i] & ESCAPED) === 0) return textOf(this.#bytes, starts[i], ends[i]).trim();
      const text = new Uint8Array(ends[i] - starts[i]);
      return textOf(text, 0, unescapeField(this.#bytes, starts[i], ends[i], flags[i], quote, escaper, text, 0));
    });
    this.#width = names.length;
    for (const [i, { columnName }] of this.#readers.entries()) {
      this.#places[i] = names.indexOf(columnName);
      if (this.#places[i] < 0 && !this.#rules.ignoreParseErrors)
        this.#headerProblem = `the header has no column '${columnName}', but ${names.join(", ")}`;
    }
    if (scanner.damage !== "") this.#headerProblem = `the header cannot be read: ${scanner.damage}`;
    if (this.#headerProblem !== null) this.#refuse(this.#headerProblem, from, contentEnd, line);
  }
}

const isBlank = ({ count, starts, ends, flags, damage }: CsvScanner): boolean =>
  count === 1 && flags[0] === 0 && starts[0] === ends[0] && damage === "";

function skipByteOrderMark(bytes: Uint8Array, at: number, end: number): number {
  return end - at >= 3 && bytes[at] === 0xef && bytes[at + 1] === 0xbb && bytes[at + 2] === 0xbf ? at + 3 : at;
}
