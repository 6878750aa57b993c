/**
 * Holds changes back and writes only the last of each key: once there are so many keys, or so long after the first of them.
 *
 * Invariant  what is held is written by `flush` at the latest.
 * State      the last change of each key.
 * Cost       a look-up per row.
 */
import {
  type Column,
  createMemoryState,
  type Field,
  MAX_BATCH_ROWS,
  MAX_TIMESTAMP,
  type ProcessingTime,
  type RecordBatch,
  RowKind,
  recordBatch,
  rowKindSign,
  type SinkWriter,
  type StateTable,
} from "@millrace/core";

export interface BufferedWriterSpec {
  readonly inner: SinkWriter;
  /** The columns of the batches, and which of them are the key. */
  readonly fields: readonly Field[];
  readonly keys: readonly number[];
  readonly maxRows: number;
  readonly intervalMs: number;
  /** Without a timer what is due is looked at when rows come. */
  readonly time: Pick<ProcessingTime, "now"> & Partial<ProcessingTime>;
}

export class BufferedWriter implements SinkWriter {
  readonly #spec: BufferedWriterSpec;
  /** Columns that are no keys, in the order of the table's values. */
  readonly #valueColumns: readonly number[];
  readonly #table: StateTable;
  readonly #slots = new Int32Array(MAX_BATCH_ROWS);
  readonly #kinds = new Float64Array(MAX_BATCH_ROWS);
  #dueAt: number = MAX_TIMESTAMP;

  constructor(spec: BufferedWriterSpec) {
    const { fields, keys } = spec;
    this.#spec = spec;
    this.#valueColumns = [...fields.keys()].filter((column) => !keys.includes(column));
    this.#table = createMemoryState().table({
      name: "buffer",
      key: keys.map((key) => fields[key]),
      values: [
        ...this.#valueColumns.map((column) => fields[column]),
        { name: "$kind", type: { kind: "double", nullable: false } },
      ],
    });
  }

  write({ columns, kinds, length }: RecordBatch): void | Promise<void> {
    const { intervalMs, keys, maxRows, time } = this.#spec;
    const slots = this.#slots;
    this.#table.slotsOf(
      keys.map((key) => columns[key]),
      length,
      slots,
    );
    for (let row = 0; row < length; row++) {
      const isGone = kinds !== null && rowKindSign[kinds[row]] < 0;
      this.#kinds[row] = isGone ? RowKind.delete : RowKind.updateAfter;
    }
    const kind: Column = { kind: "float64", values: this.#kinds, nulls: null };
    const values = [...this.#valueColumns.map((column) => columns[column]), kind];
    // Later rows of a key write over earlier ones.
    for (const [v, column] of values.entries()) this.#table.columns[v].write(slots, column, length);
    const now = time.now();
    if (this.#dueAt === MAX_TIMESTAMP) {
      this.#dueAt = now + intervalMs;
      time.setTimer?.(this.#dueAt);
    }
    if (this.#table.size >= maxRows || now >= this.#dueAt) return this.#drain();
  }

  onTimer(): void | Promise<void> {
    if (this.#spec.time.now() >= this.#dueAt) return this.#drain();
    this.#spec.time.setTimer?.(this.#dueAt);
  }

  async flush(): Promise<void> {
    await this.#drain();
    await this.#spec.inner.flush();
  }

  async close(): Promise<void> {
    try {
      await this.#drain();
    } finally {
      await this.#spec.inner.close();
    }
  }

  async #drain(): Promise<void> {
    this.#dueAt = MAX_TIMESTAMP;
    this.#spec.time.setTimer?.(MAX_TIMESTAMP);
    const held: number[] = [];
    this.#table.forEachSlot((slot) => held.push(slot));
    for (let from = 0; from < held.length; from += MAX_BATCH_ROWS) {
      const slots = Int32Array.from(held.slice(from, from + MAX_BATCH_ROWS));
      const room = this.#spec.inner.write(this.#batchOf(slots));
      for (const slot of slots) this.#table.remove(slot);
      await room;
    }
  }

  #batchOf(slots: Int32Array): RecordBatch {
    const { length } = slots;
    const { fields, keys } = this.#spec;
    const keyColumns = this.#table.keysOf(slots, length);
    const columns = fields.map((_, column) => {
      const key = keys.indexOf(column);
      return key >= 0
        ? keyColumns[key]
        : this.#table.columns[this.#valueColumns.indexOf(column)].columnOf(slots, length);
    });
    const kinds = this.#table.columns[this.#valueColumns.length].float64 as Float64Array;
    return recordBatch(
      length,
      columns,
      Uint8Array.from(slots, (slot) => kinds[slot]),
    );
  }
}
