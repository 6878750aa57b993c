/** Where streams end. */
import { type RecordBatch, type Sink, type SinkWriter, valuesOf } from "@millrace/core";
import { type PhysicalPlan, RECORD_FIELDS } from "@millrace/plan";
import type { StreamNode } from "./stream-graph.ts";

/** A sink that takes records one by one. */
export interface RecordSink<T> {
  readonly name: string;
  /** Takes a record; a promise is waited for before the next one. */
  write(record: T): void | Promise<void>;
  /** Makes durable what was written; called at the end, and before positions of sources are noted. */
  flush?(): void | Promise<void>;
  close?(): void | Promise<void>;
}

export type SinkLike<T> = RecordSink<T>;

export function sinkNode<T>(input: StreamNode, sink: SinkLike<T>): StreamNode {
  return sinkOf(input, sink.name, () => ({
    changelogMode: "append",
    createWriter: () => Promise.resolve(new RecordWriter(sink as RecordSink<unknown>)),
  }));
}

/** The node of a sink of the engine's own form. */
export function sinkOf(input: StreamNode, name: string, createSink: () => Sink): StreamNode {
  return {
    name: "sink",
    inputs: [input],
    id: null,
    plan: (id: string, [planned]: readonly PhysicalPlan[]) => ({
      kind: "stream-sink",
      id,
      fields: RECORD_FIELDS,
      changelogMode: "append",
      name,
      input: planned,
      createSink,
    }),
  };
}

class RecordWriter implements SinkWriter {
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
