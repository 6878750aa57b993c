/**
 * Decodes JSON objects, one per line or one per record, into columns.
 *
 * State   the batch under construction (`#run.row` rows in the column writers, all from `#scanner.bytes`); the layouts learnt.
 * Cost    a record of a known layout is decoded by generated code in one pass, without looking for its end first; any other
 *         by the full parser, at a third of the speed. Bad records cost one failed guess and one parse.
 */
import {
  type Column,
  type DataType,
  formatType,
  invariant,
  MAX_BATCH_ROWS,
  MillraceError,
  type OnBadRecord,
  type ReadRequest,
  type RecordDecoder,
} from "@millrace/core";
import type { ColumnWriter } from "../column/column-writer.ts";
import { Conversion } from "../column/convert-text.ts";
import { compileExclusion, type Exclusion, fieldsToRead } from "../column/predicate.ts";
import { LineFinder } from "../text/line-finder.ts";
import type { TimestampStandard } from "../text/time-text.ts";
import { buildFieldTree } from "./field-tree.ts";
import { JsonScanner } from "./json-scanner.ts";
import type { LayoutRun } from "./layout-code.ts";
import { LayoutSet } from "./layout-set.ts";
import { type ParseRules, RecordParser } from "./record-parser.ts";

export interface JsonDecoderOptions extends ParseRules {
  readonly timestampStandard: TimestampStandard;
}

const utf8 = new TextDecoder();

export class JsonDecoder implements RecordDecoder {
  readonly #run: LayoutRun = { row: 0, records: 0 };
  readonly #scanner = new JsonScanner();
  readonly #columns: readonly ColumnWriter[];
  /** How many of the columns were asked for; the others serve predicates. */
  readonly #outputs: number;
  readonly #parser: RecordParser;
  readonly #layouts: LayoutSet;
  readonly #exclusions: readonly Exclusion[];
  readonly #onBadRecord: OnBadRecord;
  readonly #lines = new LineFinder();
  #given: Uint8Array | null = null;
  #bytes: Uint8Array = new Uint8Array(0);
  #isTaken = false;

  constructor(request: ReadRequest, options: JsonDecoderOptions, onBadRecord: OnBadRecord) {
    const { fields, predicates } = fieldsToRead(request);
    for (const { path, type } of fields) requireReadable(path.join("."), type);
    this.#outputs = request.fields.length;
    const tree = buildFieldTree(fields, options.timestampStandard);
    this.#columns = tree.columns;
    this.#parser = new RecordParser(tree, this.#scanner, options);
    this.#exclusions = predicates.map(({ column, predicate }) => compileExclusion(tree.columns[column], predicate));
    this.#onBadRecord = onBadRecord;
    const { reader } = this.#parser;
    const context = {
      columns: tree.columns,
      scanner: this.#scanner,
      run: this.#run,
      predicates,
      readAny: (column: number, at: number, row: number): number => {
        const end = reader.read(tree.columns[column], at, row);
        if (end < 0 || reader.conversion === Conversion.failed) return -1;
        if (reader.conversion === Conversion.isNull) tree.columns[column].setNull(row);
        return end;
      },
      excludes: (index: number, row: number, bytes: Uint8Array): boolean => this.#exclusions[index](row, bytes),
    };
    this.#layouts = new LayoutSet(context, tree.root);
  }

  get rowCount(): number {
    return this.#isTaken ? 0 : this.#run.row;
  }

  get recordsSeen(): number {
    return this.#run.records;
  }

  decodeDelimited(given: Uint8Array, start: number, end: number, isLast: boolean): number {
    const bytes = this.#begin(given);
    const run = this.#run;
    const linesEnd = this.#lines.endOfLines(bytes, start, end);
    if (isLast) this.#lines.reset();
    const stop = isLast ? end : linesEnd;
    const scanner = this.#scanner;
    let at = start;
    while (at < stop && run.row < MAX_BATCH_ROWS) {
      // A generated decoder may read some bytes behind the line feed that ends its record: they must exist.
      const limit = Math.min(linesEnd, bytes.length - this.#layouts.reach);
      if (at < limit) {
        scanner.setBytes(bytes, linesEnd, true);
        at = this.#layouts.decodeLines(
          bytes,
          scanner.view,
          at,
          this.#lineStartLimit(at, limit, linesEnd),
          MAX_BATCH_ROWS,
        );
        if (at >= stop || run.row >= MAX_BATCH_ROWS) break;
      }
      const feed = at < linesEnd ? bytes.indexOf(0x0a, at) : stop;
      this.#decodeOne(at, feed, true);
      at = Math.min(feed + 1, stop);
    }
    return at;
  }

  /** The end of the last line that a generated decoder may read: `limit` itself where lines end, else a line end before it. */
  #lineStartLimit(at: number, limit: number, linesEnd: number): number {
    if (limit === linesEnd) return linesEnd;
    return Math.max(at, this.#bytes.lastIndexOf(0x0a, limit - 1) + 1);
  }

  decodeRecord(given: Uint8Array, start: number, end: number): number {
    const bytes = this.#begin(given);
    const run = this.#run;
    invariant(run.row < MAX_BATCH_ROWS, "a full batch must be taken before the next record is decoded");
    this.#lines.reset();
    const before = run.row;
    if (end + this.#layouts.reach <= bytes.length) {
      this.#scanner.setBytes(bytes, end, false);
      if (this.#layouts.decodeWhole(bytes, this.#scanner.view, start, end)) return run.row - before;
    }
    this.#decodeOne(start, end, false);
    return run.row - before;
  }

  /** Where the text of a column in the last row begins in the source; -1 if it is NULL or stands elsewhere. */
  startOf(column: number): number {
    const { nulls, starts } = this.#columns[column];
    const row = this.#run.row - 1;
    return nulls[row] === 1 ? -1 : Math.max(starts[row], -1);
  }

  /** Where it ends. */
  endOf(column: number): number {
    return this.#columns[column].ends[this.#run.row - 1];
  }

  /** The text of a column in the last row. */
  textOf(column: number): string | null {
    const { nulls } = this.#columns[column];
    const row = this.#run.row - 1;
    return nulls[row] === 1 ? null : utf8.decode(this.#columns[column].textAt(row, this.#bytes));
  }

  /** Takes rows back that were decoded since the last `take`, down to `rowCount`. */
  rollback(rowCount: number): void {
    const run = this.#run;
    if (rowCount === 0) for (const column of this.#columns) column.reset();
    else for (const column of this.#columns) column.nulls.fill(0, rowCount, run.row);
    run.row = rowCount;
  }

  take(): { readonly length: number; readonly columns: readonly Column[] } {
    const length = this.rowCount;
    const columns: Column[] = [];
    for (let i = 0; i < this.#outputs; i++) columns.push(this.#columns[i].finish(length, this.#bytes));
    // The batch lives in the writers until the next decode call.
    this.#isTaken = true;
    return { length, columns };
  }

  /** Starts the next batch if the last was taken; returns the bytes as a plain Uint8Array. */
  #begin(given: Uint8Array): Uint8Array {
    if (this.#isTaken) {
      this.#isTaken = false;
      for (const column of this.#columns) column.reset();
      this.#run.row = 0;
    }
    if (given !== this.#given) {
      this.#given = given;
      // A Buffer has another hidden class, which would make the generated code slower for both.
      const isPlain = Object.getPrototypeOf(given) === Uint8Array.prototype;
      this.#bytes = isPlain ? given : new Uint8Array(given.buffer, given.byteOffset, given.byteLength);
    }
    return this.#bytes;
  }

  /** One record by the full parser. */
  #decodeOne(from: number, to: number, isLine: boolean): void {
    const scanner = this.#scanner;
    const bytes = this.#bytes;
    const run = this.#run;
    let start = from;
    let end = to;
    const isFirst = !isLine || run.records === 0;
    run.records++;
    if (isFirst && end - start >= 3 && bytes[start] === 0xef && bytes[start + 1] === 0xbb && bytes[start + 2] === 0xbf)
      start += 3;
    scanner.setBytes(bytes, end, isLine);
    if (isLine) {
      if (scanner.skipSpace(start) === end) return;
      // For the message and the dead letter: the carriage return belongs to the line's end.
      if (bytes[end - 1] === 0x0d) end--;
    }
    if (!this.#parser.parse(start, run.row)) {
      this.#onBadRecord(this.#parser.reason, bytes, start, end, run.records - 1);
      return;
    }
    const isExcluded = this.#exclusions.some((excludes) => excludes(run.row, bytes));
    if (isExcluded) for (const column of this.#columns) column.nulls[run.row] = 0;
    else run.row++;
    // Also the layout of a record that was left out: there will be more of its kind.
    scanner.setBytes(bytes, to, isLine);
    this.#layouts.learn(start, to);
  }
}

/** Errors: OPTION_INVALID. */
function requireReadable(name: string, type: DataType): void {
  if (type.kind === "row") for (const field of type.fields) requireReadable(`${name}.${field.name}`, field.type);
  else if (type.kind === "array" || type.kind === "multiset") requireReadable(name, type.element);
  else if (type.kind === "map") requireReadable(name, type.value);
  if (type.kind !== "variant" && type.kind !== "bitmap") return;
  throw new MillraceError({
    code: "OPTION_INVALID",
    message: `column '${name}' is ${formatType(type)}, which JSON is not read as: declare it STRING, or BYTES, and make it one in the query`,
  });
}
