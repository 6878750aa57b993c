/** Sinks that programs write. */
import { type RecordBatch, type SinkWriter, valuesOf } from "@millrace/core";
import type { StreamContext } from "@millrace/plan";
import type { WriterSink } from "./sink-node.ts";

export interface SinkDefinition<T, W> {
  readonly name: string;
  /** Opens what is written to; what it throws with `retry: "backoff"` (a MillraceError) is tried again. */
  readonly open: () => W | Promise<W>;
  /** Writes records, all that have come together. A promise is waited for: back-pressure. */
  readonly write: (writer: W, records: readonly T[]) => void | Promise<void>;
  /** Resolves when everything written is durable: what came before a position of a source that is noted is there at least once. */
  readonly flush?: (writer: W) => void | Promise<void>;
  readonly close?: (writer: W) => void | Promise<void>;
}

/**
 * A sink of your own: every record is written at least once.
 *
 * @example
 * const lines: string[] = [];
 * const sink = createSink<string, string[]>({
 *   name: "lines",
 *   open: () => lines,
 *   write: (writer, records) => void writer.push(...records),
 * });
 * sink.name // "lines"
 */
export function createSink<T, W>(definition: SinkDefinition<T, W>): WriterSink<T> {
  return {
    name: definition.name,
    createSink: (_: StreamContext) => ({
      changelogMode: "append",
      createWriter: async () => new DefinedWriter(definition as SinkDefinition<unknown, W>, await definition.open()),
    }),
  };
}

class DefinedWriter<W> implements SinkWriter {
  readonly #definition: SinkDefinition<unknown, W>;
  readonly #writer: W;

  constructor(definition: SinkDefinition<unknown, W>, writer: W) {
    this.#definition = definition;
    this.#writer = writer;
  }

  write(batch: RecordBatch): void | Promise<void> {
    return this.#definition.write(this.#writer, valuesOf(batch).slice(0, batch.length));
  }

  async flush(): Promise<void> {
    await this.#definition.flush?.(this.#writer);
  }

  async close(): Promise<void> {
    await this.#definition.close?.(this.#writer);
  }
}
