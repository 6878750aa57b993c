import { type RecordBatch, type SinkWriter, valuesOf } from "@millrace/core";
import type { RecordSink } from "./sink-node.ts";

/** Gives a sink of a program its records, one by one. */
export class RecordWriter implements SinkWriter {
  readonly #sink: RecordSink<unknown>;

  constructor(sink: RecordSink<unknown>) {
    this.#sink = sink;
  }

  write(batch: RecordBatch): void | Promise<void> {
    const records = valuesOf(batch);
    for (let row = 0; row < batch.length; row++) {
      const written = this.#sink.write(records[row]);
      if (written instanceof Promise) return this.#writeRest(written, records.slice(row + 1, batch.length));
    }
  }

  async #writeRest(first: Promise<void>, rest: readonly unknown[]): Promise<void> {
    await first;
    for (const record of rest) await this.#sink.write(record);
  }

  async flush(): Promise<void> {
    await this.#sink.flush?.();
  }

  async close(): Promise<void> {
    await this.#sink.close?.();
  }
}
