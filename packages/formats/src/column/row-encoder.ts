import {
  ByteWriter,
  type Column,
  columnKindOf,
  type RecordBatch,
  type RecordEncoder,
  RowKind,
  type Schema,
} from "@millrace/core";
import { compileEncoder, type RowWriter } from "./encoder-code.ts";
import type { RowDialect } from "./row-dialect.ts";

const LINE_FEED = 0x0a;
/** A buffer that one very long row made larger than this is given up when it has been taken. */
const KEPT_BYTES = 1 << 20;

/** Encodes rows of a schema in a dialect, one per line or one per record. Compiled for each combination of column kinds that comes. */
/** What stands around a row, by its kind. */
export interface RowFrame {
  readonly before: Uint8Array;
  readonly after: Uint8Array;
}

export class RowEncoder implements RecordEncoder {
  readonly #schema: Schema;
  readonly #dialect: RowDialect;
  readonly #header: Uint8Array;
  readonly #frames: readonly RowFrame[] | null;
  readonly #out = new ByteWriter(4096);
  readonly #writers = new Map<string, RowWriter>();
  #writer: RowWriter;
  #bound: readonly (Column | null)[];
  #hasBegun = false;

  /**
   * `header` stands in front of the first delimited row; `frames`, by RowKind, around each row. Errors: OPTION_INVALID for types that
   * the format does not have.
   */
  constructor(
    schema: Schema,
    dialect: RowDialect,
    header: Uint8Array = new Uint8Array(0),
    frames: readonly RowFrame[] | null = null,
  ) {
    this.#schema = schema;
    this.#dialect = dialect;
    this.#header = header;
    this.#frames = frames;
    this.#bound = schema.fields.map(() => null);
    this.#writer = this.#writerFor(schema.fields.map(({ type }) => columnKindOf(type)));
  }

  get byteLength(): number {
    return this.#out.size;
  }

  encodeRow(batch: RecordBatch, row: number): void {
    this.#bind(batch.columns);
    if (this.#frames === null) this.#writer.write(row, row + 1, 0);
    else this.#framed(this.#frames[batch.kinds === null ? RowKind.insert : batch.kinds[row]], row);
  }

  #framed({ before, after }: RowFrame, row: number): void {
    this.#out.raw(before);
    this.#writer.write(row, row + 1, 0);
    this.#out.raw(after);
  }

  encodeDelimited(batch: RecordBatch): void {
    if (!this.#hasBegun) {
      this.#hasBegun = true;
      this.#out.raw(this.#header);
    }
    this.#bind(batch.columns);
    const frames = this.#frames;
    if (frames === null) return this.#writer.write(0, batch.length, LINE_FEED);
    const { kinds, length } = batch;
    for (let row = 0; row < length; row++) {
      this.#framed(frames[kinds === null ? RowKind.insert : kinds[row]], row);
      this.#out.byte(LINE_FEED);
    }
  }

  take(): Uint8Array {
    const bytes = this.#out.finish();
    this.#out.clear(KEPT_BYTES);
    return bytes;
  }

  #bind(columns: readonly Column[]): void {
    const bound = this.#bound;
    let i = 0;
    while (i < bound.length && columns[i] === bound[i]) i++;
    if (i === bound.length) return;
    const fields = columns.slice(0, bound.length);
    this.#bound = fields;
    // BIGINT and DECIMAL come as numbers or, with one value beyond 2^53 in the batch, as wide columns.
    this.#writer = this.#writerFor(fields.map(({ kind }) => kind));
    this.#writer.bind(fields);
  }

  #writerFor(kinds: readonly Column["kind"][]): RowWriter {
    const key = kinds.join();
    let writer = this.#writers.get(key);
    if (writer === undefined) {
      writer = compileEncoder(this.#schema.fields, kinds, this.#dialect, this.#out);
      this.#writers.set(key, writer);
    }
    return writer;
  }
}
