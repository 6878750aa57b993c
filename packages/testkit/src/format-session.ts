/** A format with its options, as the conformance suite reads and writes with it. */
import {
  columnOf,
  type FormatFactory,
  type PushedPredicate,
  parseOptions,
  type ReadField,
  type RecordBatch,
  type RecordDecoder,
  type RecordEncoder,
  type Schema,
  valueAt,
} from "@millrace/core";

export interface FormatUnderTest {
  readonly factory: FormatFactory;
  readonly options?: { readonly [name: string]: string };
  /** Columns of the types that it has; all values must come back as they were written, NULL too. */
  readonly schema: Schema;
  /** Lines that cannot be read under the schema. */
  readonly badRecords: readonly string[];
  /** It takes no notice of predicates, which are advice. */
  readonly ignoresPredicates?: boolean;
  /** A good record with a question mark in a text. */
  readonly textRecord: string;
}

export interface FoundBadRecord {
  readonly reason: string;
  readonly bytes: Uint8Array;
  readonly index: number;
}

type Fail = () => void;

export class FormatSession {
  readonly #format: FormatUnderTest;

  constructor(format: FormatUnderTest) {
    this.#format = format;
  }

  createEncoder(): RecordEncoder {
    const { factory, schema } = this.#format;
    const encoder = factory.createEncoder?.(schema, this.#options());
    if (encoder === undefined) throw new Error(`format ${factory.name} cannot be written`);
    return encoder;
  }

  /** Delimited rows; without `fromStart` what stands in front of the first row is left out. */
  encode(batches: readonly RecordBatch[], fromStart = true): Uint8Array {
    const encoder = this.createEncoder();
    for (const batch of batches) encoder.encodeDelimited(batch);
    return encoder.take().subarray(fromStart ? 0 : this.#headerSize());
  }

  /** Each row by itself. */
  encodeLines(batch: RecordBatch): Uint8Array[] {
    const encoder = this.createEncoder();
    return Array.from({ length: batch.length }, (_, i) => {
      encoder.encodeRow(batch, i);
      return encoder.take();
    });
  }

  /** What stands in front of the first row: a header line, or nothing. */
  header(): Uint8Array[] {
    const encoder = this.createEncoder();
    encoder.encodeDelimited({ length: 0, columns: this.#emptyColumns(), timestamps: null, kinds: null });
    return [encoder.take()];
  }

  start(fields: readonly ReadField[], predicates: readonly PushedPredicate[] = [], fail?: Fail): DecodeRun {
    const { factory, schema } = this.#format;
    const bad: FoundBadRecord[] = [];
    const decoder = factory.createDecoder?.(
      { fields, metadata: [], predicates },
      schema,
      this.#options(),
      (reason, bytes, start, end, index) => {
        bad.push({ reason, bytes: bytes.slice(start, end), index });
        fail?.();
      },
    );
    if (decoder === undefined) throw new Error(`format ${factory.name} cannot be read`);
    return new DecodeRun(decoder, fields, bad);
  }

  /** All of the bytes at once. */
  decode(bytes: Uint8Array, fields: readonly ReadField[], predicates: readonly PushedPredicate[] = []) {
    const run = this.start(fields, predicates);
    run.feed(bytes, true);
    return { rows: run.rows, bad: run.bad, seen: run.decoder.recordsSeen };
  }

  #options() {
    const { factory, options } = this.#format;
    return parseOptions(factory.options, options ?? {}, `format ${factory.name}`);
  }

  #headerSize(): number {
    return this.header()[0].length;
  }

  #emptyColumns(): RecordBatch["columns"] {
    return this.#format.schema.fields.map(({ type }) => columnOf(type, []));
  }
}

/** One decoder at work; rows are copied as they come. */
export class DecodeRun {
  readonly decoder: RecordDecoder;
  readonly rows: unknown[][] = [];
  readonly bad: readonly FoundBadRecord[];
  readonly #fields: readonly ReadField[];

  constructor(decoder: RecordDecoder, fields: readonly ReadField[], bad: readonly FoundBadRecord[]) {
    this.decoder = decoder;
    this.#fields = fields;
    this.bad = bad;
  }

  /** Decodes from `start` to the end of the bytes, whatever number of batches that takes; returns what is left of them. */
  feed(bytes: Uint8Array, isLast: boolean, start = 0): Uint8Array {
    let at = start;
    for (;;) {
      const next = this.decoder.decodeDelimited(bytes, at, bytes.length, isLast);
      const hasMoved = next > at;
      at = next;
      if (this.decoder.rowCount > 0) this.take();
      else if (!hasMoved || at === bytes.length) return bytes.slice(at);
    }
  }

  take(): void {
    const { length, columns } = this.decoder.take();
    for (let i = 0; i < length; i++) {
      this.rows.push(columns.map((column, c) => valueAt(column, i, this.#fields[c].type)));
    }
  }
}
