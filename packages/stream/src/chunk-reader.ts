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

const MAX_CHUNKS_AHEAD = 4;

interface Place<P extends Json> {
  readonly at: P | null;
  readonly skip: number;
}

export class ChunkReader<P extends Json> implements SplitReader {
  readonly #name: string;
  readonly #closed = new AbortController();
  readonly #toError: (error: unknown) => Error;
  readonly #ahead: SourceChunk<unknown, P>[] = [];
  #iterator: AsyncIterator<SourceChunk<unknown, P>> | null = null;
  /** Records of the first chunk ahead that have been polled, or are to be left out. */
  #next: number;
  #at: P | null;
  #polled = 0;
  #hasEnded = false;
  #failure: Error | null = null;
  #wake: () => void = noop;
  #resume: () => void = noop;

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
    void this.#pump(open);
  }

  /** What the program gave as position, of one made by `position`. */
  static positionIn<P extends Json>(position: SplitPosition): P | null {
    return (position as unknown as Place<P>).at;
  }

  async #pump(
    open: (position: P | null, closed: AbortSignal) => AsyncIterable<SourceChunk<unknown, P>>,
  ): Promise<void> {
    try {
      this.#iterator = open(this.#at, this.#closed.signal)[Symbol.asyncIterator]();
      while (!this.#closed.signal.aborted) {
        const result = await this.#iterator.next();
        if (result.done === true) break;
        this.#ahead.push(result.value);
        this.#wake();
        if (this.#ahead.length < MAX_CHUNKS_AHEAD || this.#closed.signal.aborted) continue;
        await new Promise<void>((resolve) => {
          this.#resume = resolve;
        });
      }
    } catch (error) {
      if (!this.#closed.signal.aborted) this.#failure = this.#toError(error);
    }
    this.#hasEnded = true;
    this.#wake();
  }

  poll(): RecordBatch | null {
    for (let chunk = this.#ahead[0]; chunk !== undefined; chunk = this.#ahead[0]) {
      const from = Math.min(this.#next, chunk.records.length);
      const to = Math.min(from + MAX_BATCH_ROWS, chunk.records.length);
      const records = chunk.records.slice(from, to);
      this.#next = to;
      if (to === chunk.records.length) {
        this.#ahead.shift();
        this.#at = chunk.position;
        this.#next = 0;
        this.#resume();
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
    if (this.#failure !== null) throw this.#failure;
    return null;
  }

  get ended(): boolean {
    return this.#hasEnded && this.#failure === null && this.#ahead.length === 0;
  }

  ready(): Promise<void> {
    if (this.#ahead.length > 0 || this.#hasEnded) return Promise.resolve();
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  position(): SplitPosition {
    return { at: this.#at, skip: this.#next };
  }

  close(): Promise<void> {
    if (this.#closed.signal.aborted) return Promise.resolve();
    this.#closed.abort();
    this.#resume();
    // A generator that waits for something that does not heed the signal would not return before that has come.
    if (!this.#hasEnded) void this.#iterator?.return?.().then(noop, noop);
    return Promise.resolve();
  }
}

function noop(): void {
  // Nobody waits.
}
