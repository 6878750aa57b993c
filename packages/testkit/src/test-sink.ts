import {
  copyBatch,
  type RecordBatch,
  type Sink,
  type SinkChangelogMode,
  type SinkWriter,
  type Timestamp,
} from "@millrace/core";

/**
 * A sink that keeps what is written. While `hold()` is in force each write asks for a pause that ends with `release()`.
 * `log` tells what the runtime did: `write 3`, `watermark 17`, `flush`, `close`.
 */
export class TestSink implements Sink {
  readonly changelogMode: SinkChangelogMode;
  readonly log: string[] = [];
  readonly batches: RecordBatch[] = [];
  /** Thrown by the next calls of `createWriter`, one each. */
  readonly openErrors: Error[] = [];
  /** Rejects the pause, or throws, at the next write. */
  writeError: Error | null = null;
  #isHolding = false;
  #waiting: (() => void)[] = [];

  constructor(changelogMode: SinkChangelogMode = "retract") {
    this.changelogMode = changelogMode;
  }

  hold(): void {
    this.#isHolding = true;
  }

  release(): void {
    this.#isHolding = false;
    this.letOne(Number.POSITIVE_INFINITY);
  }

  /** Ends the pauses of the next `count` writes that wait. */
  letOne(count = 1): void {
    for (const resolve of this.#waiting.splice(0, count)) resolve();
  }

  /** Writes that wait now. */
  get waiting(): number {
    return this.#waiting.length;
  }

  createWriter(): Promise<SinkWriter> {
    const error = this.openErrors.shift();
    if (error !== undefined) return Promise.reject(error);
    this.log.push("open");
    return Promise.resolve({
      write: (batch: RecordBatch) => this.#write(batch),
      onWatermark: (watermark: Timestamp) => void this.log.push(`watermark ${watermark}`),
      flush: () => this.#note("flush"),
      close: () => this.#note("close"),
    });
  }

  #note(event: string): Promise<void> {
    this.log.push(event);
    return Promise.resolve();
  }

  #write(batch: RecordBatch): void | Promise<void> {
    this.log.push(`write ${batch.length}`);
    if (this.writeError !== null) throw this.writeError;
    this.batches.push(copyBatch(batch));
    if (this.#isHolding) return new Promise((resolve) => this.#waiting.push(resolve));
    return undefined;
  }
}
