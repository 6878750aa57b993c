import {
  type ConnectorFactory,
  type Json,
  MillraceError,
  type ReadRequest,
  type RecordBatch,
  type RecordDecoder,
  recordBatch,
  type Source,
  type SplitPosition,
  type SplitProgress,
  type SplitReader,
  type TableContext,
} from "@millrace/core";

/** Decoders that read whole words near the end of a record then need no second, slower way. */
const SLACK_BYTES = 4096;

/**
 * A table whose rows stand in its own definition, as text in the table's format, one record a line: for examples and tests.
 *
 * @example
 * CREATE TABLE rates (currency STRING, rate DECIMAL(6, 3))
 * WITH ('connector' = 'values', 'format' = 'csv', 'rows' = 'EUR,1.000
 * USD,0.908');
 */
export const valuesConnector: ConnectorFactory = {
  name: "values",
  options: {
    rows: {
      type: "string",
      required: true,
      description: "The table's rows: one record a line, in the form of 'format'.",
    },
  },
  formatOptions: ["format"],
  isBounded: () => true,
  createSource: (request, context): Source => ({
    boundedness: "bounded",
    discoverSplits: () => Promise.resolve([{ id: "rows", properties: null }]),
    createReader: (_split, position) => new RowsReader(request, context, position),
  }),
};

class RowsReader implements SplitReader {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  readonly #decoder: RecordDecoder;
  readonly #lineBase: number;
  #offset: number;

  constructor(request: ReadRequest, { options, formats, tableName }: TableContext, position: SplitPosition | null) {
    const text = new TextEncoder().encode(options.rows as string);
    const from = readPosition(position, tableName);
    this.#bytes = new Uint8Array(text.length + SLACK_BYTES);
    this.#bytes.set(text);
    this.#end = text.length;
    this.#offset = from.offset;
    this.#lineBase = from.line;
    this.#decoder = formats.decoder(request, (index) => `row ${from.line + index + 1}`);
  }

  get ended(): boolean {
    return this.#offset >= this.#end;
  }

  poll(): RecordBatch | null {
    if (this.ended) return null;
    const decoder = this.#decoder;
    this.#offset = decoder.decodeDelimited(this.#bytes, this.#offset, this.#end, true);
    if (decoder.rowCount === 0) return null;
    const { length, columns, kinds } = decoder.take();
    return recordBatch(length, columns, kinds);
  }

  ready(): Promise<void> {
    return Promise.resolve();
  }

  position(): SplitPosition {
    return { offset: this.#offset, line: this.#lineBase + this.#decoder.recordsSeen };
  }

  progress(): SplitProgress {
    return { done: this.#offset, total: this.#end, unit: "bytes" };
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

function readPosition(position: SplitPosition | null, tableName: string): { offset: number; line: number } {
  if (position === null) return { offset: 0, line: 0 };
  const { offset, line } = position as { readonly [key: string]: Json | undefined };
  if (typeof offset === "number" && typeof line === "number") return { offset, line };
  throw new MillraceError({
    code: "STATE_INVALID",
    message: `table '${tableName}': ${JSON.stringify(position)} is no position in its rows`,
  });
}
