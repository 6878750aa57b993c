import { type RecordBatch, RowKind, recordBatch, type SinkWriter, selectBatch, type Timestamp } from "@millrace/core";
import type { TaskOutput } from "../task/task-output.ts";

export interface WriterOutputSpec {
  readonly writer: SinkWriter;
  /** What becomes of -U: a sink that takes changes by primary key gets none, or -D in its place. Null: it is written. */
  readonly updateBefore: "drop" | "delete" | null;
  /** Which input column stands at each place of what is written; null: as they are. */
  readonly columns: readonly number[] | null;
}

/** Delivers to a table. */
export class WriterOutput implements TaskOutput {
  readonly #writer: SinkWriter;
  readonly #updateBefore: WriterOutputSpec["updateBefore"];
  readonly #columns: readonly number[] | null;
  #rows = new Int32Array(0);

  constructor({ writer, updateBefore, columns }: WriterOutputSpec) {
    this.#writer = writer;
    this.#updateBefore = updateBefore;
    this.#columns = columns;
  }

  write(batch: RecordBatch): void | Promise<void> {
    const order = this.#columns;
    let rows = batch;
    if (order !== null) {
      const columns = order.map((index) => batch.columns[index]);
      rows = recordBatch(batch.length, columns, batch.kinds, batch.timestamps);
    }
    if (this.#updateBefore === "drop" && batch.kinds !== null) rows = this.#withoutUpdateBefore(rows, batch.kinds);
    if (this.#updateBefore === "delete" && batch.kinds !== null) rows = withDeletes(rows, batch.kinds);
    return rows.length === 0 ? undefined : this.#writer.write(rows);
  }

  onWatermark(watermark: Timestamp): void | Promise<void> {
    return this.#writer.onWatermark?.(watermark);
  }

  onTimer(at: Timestamp): void | Promise<void> {
    return this.#writer.onTimer?.(at);
  }

  flush(): Promise<void> {
    return this.#writer.flush();
  }

  end(): Promise<void> {
    return this.#writer.flush();
  }

  close(): Promise<void> {
    return this.#writer.close();
  }

  #withoutUpdateBefore(batch: RecordBatch, kinds: Uint8Array): RecordBatch {
    if (this.#rows.length < batch.length) this.#rows = new Int32Array(batch.length);
    const rows = this.#rows;
    let count = 0;
    for (let i = 0; i < batch.length; i++) if (kinds[i] !== RowKind.updateBefore) rows[count++] = i;
    return count === batch.length ? batch : selectBatch(batch, rows, count);
  }
}

/** The same rows with -D where there was -U. */
function withDeletes({ length, columns, timestamps }: RecordBatch, kinds: Uint8Array): RecordBatch {
  const ends = Uint8Array.from({ length }, (_, i) => (kinds[i] === RowKind.updateBefore ? RowKind.delete : kinds[i]));
  return recordBatch(length, columns, ends, timestamps);
}
