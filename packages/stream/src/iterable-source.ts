/** Iterables as sources. */
import {
  MAX_BATCH_ROWS,
  MillraceError,
  type RecordBatch,
  type Source,
  type SplitPosition,
  type SplitReader,
  valueBatch,
} from "@millrace/core";
import { ReadAhead } from "./read-ahead.ts";
import type { StreamSource } from "./source-node.ts";

type Records<T> = Iterable<T> | AsyncIterable<T>;

/**
 * An array is read in place; an iterable once; a function is called again, and read from the position, when the source is read again.
 * What is asynchronous is taken for unbounded.
 */
export function iterableSource<T>(records: Records<T> | (() => Records<T>), name: string): StreamSource<T> {
  if (typeof records === "string" || (typeof records !== "function" && !isIterable(records))) {
    throw new MillraceError({
      code: "OPTION_INVALID",
      message: `from(): expected a source, an array or other iterable, or a function that gives one, not ${typeof records}`,
    });
  }
  const open = typeof records === "function" ? records : once(records, name);
  const isAsync = typeof records !== "function" && Symbol.asyncIterator in records;
  return {
    name,
    boundedness: isAsync ? "unbounded" : "bounded",
    createSource: (): Source => ({
      boundedness: isAsync ? "unbounded" : "bounded",
      discoverSplits: () => Promise.resolve([{ id: name, properties: null }]),
      createReader: (_, position) => createReader(open(), position, name),
    }),
  };
}

function isIterable<T>(records: Records<T>): boolean {
  return (
    typeof records === "object" && records !== null && (Symbol.iterator in records || Symbol.asyncIterator in records)
  );
}

/** An array can be read again, an iterator cannot. */
function once<T>(records: Records<T>, name: string): () => Records<T> {
  let isTaken = false;
  return () => {
    if (isTaken && !Array.isArray(records) && records[Symbol.iterator as never] === undefined) {
      throw new MillraceError({
        code: "SOURCE_UNAVAILABLE",
        message: `source '${name}': an iterator is read once; give from() a function that makes it, so that it can be read again`,
      });
    }
    isTaken = true;
    return records;
  };
}

function createReader<T>(records: Records<T>, position: SplitPosition | null, name: string): SplitReader {
  const done = typeof position === "number" ? position : 0;
  const describe = (first: number) => (record: number) => `${name}, record ${first + record + 1}`;
  if (Array.isArray(records)) return new ArrayReader(records, done, describe);
  if (Symbol.iterator in records) return new IteratorReader(records[Symbol.iterator](), done, describe);
  return new AsyncReader(records[Symbol.asyncIterator](), done, describe);
}

type Describe = (first: number) => (record: number) => string;

class ArrayReader implements SplitReader {
  readonly #records: readonly unknown[];
  readonly #describe: Describe;
  #next: number;

  constructor(records: readonly unknown[], next: number, describe: Describe) {
    this.#records = records;
    this.#next = next;
    this.#describe = describe;
  }

  poll(): RecordBatch | null {
    const from = this.#next;
    const to = Math.min(from + MAX_BATCH_ROWS, this.#records.length);
    if (from >= to) return null;
    this.#next = to;
    const origin = { describe: this.#describe(from), records: null };
    return valueBatch(to - from, this.#records.slice(from, to), null, origin);
  }

  get ended(): boolean {
    return this.#next >= this.#records.length;
  }

  ready(): Promise<void> {
    return Promise.resolve();
  }

  position(): SplitPosition {
    return this.#next;
  }

  progress() {
    return { done: this.#next, total: this.#records.length, unit: "records" as const };
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

class IteratorReader implements SplitReader {
  readonly #iterator: Iterator<unknown>;
  readonly #describe: Describe;
  #skip: number;
  #read = 0;
  ended = false;

  constructor(iterator: Iterator<unknown>, skip: number, describe: Describe) {
    this.#iterator = iterator;
    this.#skip = skip;
    this.#describe = describe;
  }

  poll(): RecordBatch | null {
    for (; this.#skip > 0 && !this.ended; this.#skip--) this.#take();
    const from = this.#read;
    const values: unknown[] = [];
    while (values.length < MAX_BATCH_ROWS) {
      const result = this.#take();
      if (result === null) break;
      values.push(result.value);
    }
    if (values.length === 0) return null;
    return valueBatch(values.length, values, null, { describe: this.#describe(from), records: null });
  }

  #take(): IteratorYieldResult<unknown> | null {
    if (this.ended) return null;
    const result = this.#iterator.next();
    if (result.done === true) {
      this.ended = true;
      return null;
    }
    this.#read++;
    return result;
  }

  ready(): Promise<void> {
    return Promise.resolve();
  }

  position(): SplitPosition {
    return this.#read + this.#skip;
  }

  close(): Promise<void> {
    if (!this.ended) this.#iterator.return?.();
    this.ended = true;
    return Promise.resolve();
  }
}

/** So many records are read ahead. */
const MAX_AHEAD = 1024;

class AsyncReader implements SplitReader {
  readonly #describe: Describe;
  readonly #ahead: ReadAhead<unknown>;
  #skip: number;
  #polled: number;

  constructor(iterator: AsyncIterator<unknown>, skip: number, describe: Describe) {
    this.#skip = skip;
    this.#polled = skip;
    this.#describe = describe;
    this.#ahead = new ReadAhead(() => iterator, MAX_AHEAD);
  }

  poll(): RecordBatch | null {
    let values = this.#ahead.takeAll();
    if (this.#skip > 0) {
      const skipped = Math.min(this.#skip, values.length);
      this.#skip -= skipped;
      values = values.slice(skipped);
    }
    if (values.length === 0) return null;
    const from = this.#polled;
    this.#polled += values.length;
    return valueBatch(values.length, values, null, { describe: this.#describe(from), records: null });
  }

  get ended(): boolean {
    return this.#ahead.ended;
  }

  ready(): Promise<void> {
    return this.#ahead.ready();
  }

  position(): SplitPosition {
    return this.#polled;
  }

  close(): Promise<void> {
    this.#ahead.close();
    return Promise.resolve();
  }
}
