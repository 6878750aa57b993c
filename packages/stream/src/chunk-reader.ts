/**
 * Reads a split whose records come as chunks with positions, from an async generator of the program.
 *
 * Invariant  the position is behind the last polled record: that of a chunk only once all of it has been polled; inside one, that before
 *            it and how many records to leave out.
 * State      chunks read ahead: at most MAX_CHUNKS_AHEAD.
 */
import {
  type Json,
  MAX_BATCH_ROWS,
  type RecordBatch,
  type SplitPosition,
  type SplitReader,
  valueBatch,
} from "@millrace/core";
import type { SourceChunk } from "./create-source.ts";
import { ReadAhead } from "./read-ahead.ts";

const MAX_CHUNKS_AHEAD = 4;

interface Place<P extends Json> {
  readonly at: P | null;
  readonly skip: number;
}

export class ChunkReader<P extends Json> implements SplitReader {
  readonly #name: string;
  readonly #closed = new AbortController();
  readonly #toError: (error: unknown) => Error;
  readonly #chunks: ReadAhead<SourceChunk<unknown, P>>;
  /** Records of the first chunk ahead that have been polled, or are to be left out. */
  #next: number;
  #at: P | null;
  #polled = 0;

  constructor(
    name: string,
    position: SplitPosition | null,
    open: (position: P | null, closed: AbortSignal) => AsyncIterable<SourceChunk<unknown, P>>,
    toError: (error: unknown) => Error,
  ) {
    const { at, skip } = (position as unknown as Place<P> | null) ?? { at: null, skip: 0 };
    this.#name = name;
    this.#at = at;
    this.#next = skip;
    this.#toError = toError;
    this.#chunks = new ReadAhead(() => open(at, this.#closed.signal)[Symbol.asyncIterator](), MAX_CHUNKS_AHEAD);
  }

  /** What the program gave as position, of one made by `position`. */
  static positionIn<P extends Json>(position: SplitPosition): P | null {
    return (position as unknown as Place<P>).at;
  }

  poll(): RecordBatch | null {
    for (let chunk = this.#first(); chunk !== undefined; chunk = this.#first()) {
      const from = Math.min(this.#next, chunk.records.length);
      const to = Math.min(from + MAX_BATCH_ROWS, chunk.records.length);
      const records = chunk.records.slice(from, to);
      this.#next = to;
      if (to === chunk.records.length) {
        this.#chunks.shift();
        this.#at = chunk.position;
        this.#next = 0;
      }
      if (records.length === 0) continue;
      const first = this.#polled;
      this.#polled += records.length;
      const origin = {
        describe: (record: number) => `${this.#name}, record ${first + record + 1} since it was opened`,
        records: null,
      };
      return valueBatch(records.length, records, null, origin);
    }
    return null;
  }

  #first(): SourceChunk<unknown, P> | undefined {
    try {
      return this.#chunks.peek();
    } catch (error) {
      throw this.#toError(error);
    }
  }

  get ended(): boolean {
    return this.#chunks.ended;
  }

  ready(): Promise<void> {
    return this.#chunks.ready();
  }

  position(): SplitPosition {
    return { at: this.#at, skip: this.#next };
  }

  close(): Promise<void> {
    this.#closed.abort();
    this.#chunks.close();
    return Promise.resolve();
  }
}
