import { type RecordBatch, RowKind } from "@millrace/core";

/** Rows waiting for their consumer before the job has to wait for it. */
const MAX_WAITING_ROWS = 8192;

/**
 * Hands rows from a job to one consumer.
 *
 * Invariant  a finished queue gives all its rows before it ends or fails; with `isChangelog` rows come only at the end, those
 *            that are left.
 */
export class RowQueue<T> {
  readonly #isChangelog: boolean;
  readonly #left = new Map<string, { row: T; count: number }>();
  #rows: T[] = [];
  #state: "open" | "ended" | { readonly error: unknown } = "open";
  #wakeConsumer: () => void = noop;
  #wakeProducer: () => void = noop;

  constructor(isChangelog: boolean) {
    this.#isChangelog = isChangelog;
  }

  /** Takes the rows of a borrowed batch; a returned promise is back-pressure. */
  push(batch: RecordBatch, rowAt: (row: number) => T): void | Promise<void> {
    for (let i = 0; i < batch.length; i++) {
      if (this.#isChangelog) this.#change(batch.kinds === null ? RowKind.insert : batch.kinds[i], rowAt(i));
      else this.#rows.push(rowAt(i));
    }
    this.#wakeConsumer();
    if (this.#rows.length >= MAX_WAITING_ROWS) {
      return new Promise((resolve) => {
        this.#wakeProducer = resolve;
      });
    }
  }

  end(): void {
    for (const { row, count } of this.#left.values()) for (let i = 0; i < count; i++) this.#rows.push(row);
    this.#left.clear();
    this.#finish("ended");
  }

  fail(error: unknown): void {
    this.#finish({ error });
  }

  async *drain(): AsyncGenerator<T, void> {
    for (;;) {
      const rows = this.#rows;
      this.#rows = [];
      this.#wakeProducer();
      yield* rows;
      if (this.#rows.length > 0) continue;
      if (this.#state === "ended") return;
      if (this.#state !== "open") throw this.#state.error;
      await new Promise<void>((resolve) => {
        this.#wakeConsumer = resolve;
      });
    }
  }

  #finish(state: "ended" | { readonly error: unknown }): void {
    this.#state = state;
    this.#wakeConsumer();
  }

  #change(kind: number, row: T): void {
    const key = JSON.stringify(row, (_, value: unknown) => (typeof value === "bigint" ? `${value}n` : value));
    const entry = this.#left.get(key) ?? { row, count: 0 };
    entry.count += kind === RowKind.insert || kind === RowKind.updateAfter ? 1 : -1;
    if (entry.count === 0) this.#left.delete(key);
    else this.#left.set(key, entry);
  }
}

function noop(): void {
  // Nobody waits.
}
