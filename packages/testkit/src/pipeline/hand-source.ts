import {
  MAX_BATCH_ROWS,
  type RecordBatch,
  type Source,
  type Split,
  type SplitPosition,
  type SplitReader,
  valueBatch,
} from "@millrace/core";
import type { SourceKernel } from "@millrace/plan";

interface RecordsEntry {
  readonly records: readonly unknown[];
  /** Event time where the pipeline gives none; NaN = none. */
  readonly timestamp: number;
}

type Entry = RecordsEntry | { readonly watermark: number };

/**
 * A source that is fed by hand: a log, so that a job that goes on from a snapshot reads again what came behind it. One split; the
 * position is the number of entries read.
 */
export class HandSource implements Source {
  readonly boundedness = "unbounded";
  readonly #name: string;
  readonly #log: Entry[] = [];
  #isComplete = false;
  #reader: HandReader | null = null;
  /** The watermark said by hand, so far. */
  watermark = Number.NEGATIVE_INFINITY;

  constructor(name: string) {
    this.#name = name;
  }

  send(records: readonly unknown[], timestamp: number): void {
    for (let from = 0; from < records.length; from += MAX_BATCH_ROWS) {
      this.#log.push({ records: records.slice(from, from + MAX_BATCH_ROWS), timestamp });
    }
    this.#reader?.wake();
  }

  sendWatermark(watermark: number): void {
    this.#log.push({ watermark });
    this.#reader?.wake();
  }

  /** Nothing more will come. */
  complete(): void {
    this.#isComplete = true;
    this.#reader?.wake();
  }

  /** Whether all there is has been read. */
  get isDrained(): boolean {
    return this.#reader !== null && this.#reader.next === this.#log.length;
  }

  get isComplete(): boolean {
    return this.#isComplete;
  }

  get size(): number {
    return this.#log.length;
  }

  discoverSplits(): Promise<readonly Split[]> {
    return Promise.resolve([{ id: this.#name, properties: null }]);
  }

  createReader(_: Split, position: SplitPosition | null): SplitReader {
    this.#reader = new HandReader(this, typeof position === "number" ? position : 0);
    return this.#reader;
  }

  /** The batch of an entry; of a watermark an empty one. */
  batchOf(index: number): RecordBatch {
    const entry = this.#log[index];
    if ("watermark" in entry) {
      this.watermark = Math.max(this.watermark, entry.watermark);
      return valueBatch(0, [], null);
    }
    const { records, timestamp } = entry;
    const times = Number.isNaN(timestamp) ? null : new Float64Array(records.length).fill(timestamp);
    const origin = {
      describe: (record: number) => `${this.#name}, entry ${index + 1}, record ${record + 1}`,
      records: null,
    };
    return valueBatch(records.length, [...records], times, origin);
  }
}

class HandReader implements SplitReader {
  readonly #source: HandSource;
  next: number;
  wake: () => void = noop;

  constructor(source: HandSource, next: number) {
    this.#source = source;
    this.next = next;
  }

  poll(): RecordBatch | null {
    return this.next < this.#source.size ? this.#source.batchOf(this.next++) : null;
  }

  get ended(): boolean {
    return this.#source.isComplete && this.next >= this.#source.size;
  }

  ready(): Promise<void> {
    if (this.next < this.#source.size || this.ended) return Promise.resolve();
    return new Promise((resolve) => {
      this.wake = resolve;
    });
  }

  position(): SplitPosition {
    return this.next;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** The kernel of the pipeline's source, with the watermark that was said by hand. */
export class HandKernel implements SourceKernel {
  readonly #source: HandSource;
  readonly #own: SourceKernel | null;
  #watermark = Number.NEGATIVE_INFINITY;

  constructor(source: HandSource, own: SourceKernel | null) {
    this.#source = source;
    this.#own = own;
  }

  get watermark(): number {
    return Math.max(this.#watermark, this.#source.watermark);
  }

  run(batch: RecordBatch): RecordBatch | null {
    if (batch.length === 0 || this.#own === null) return batch;
    const records = this.#own.run(batch);
    this.#watermark = this.#own.watermark;
    return records;
  }
}

function noop(): void {
  // Nobody waits.
}
