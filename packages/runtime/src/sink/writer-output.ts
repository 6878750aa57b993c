import { type RecordBatch, RowKind, recordBatch, type SinkWriter, selectBatch, type Timestamp } from "@millrace/core";
import type { TaskOutput } from "../task/task-output.ts";

export interface WriterOutputSpec {
  readonly writer: SinkWriter;
  /** Leaves -U out: the sink takes changes by primary key. */
  readonly isUpsert: boolean;
  /** Which input column stands at each place of what is written; null: as they are. */
  readonly columns: readonly number[] | null;
}

/** Delivers to a table. */
export class WriterOutput implements TaskOutput {
  readonly #writer: SinkWriter;
  readonly #isUpsert: boolean;
  readonly #columns: readonly number[] | null;
  #rows = new Int32Array(0);

  constructor({ writer, isUpsert, columns }: WriterOutputSpec) {
    this.#writer = writer;
    this.#isUpsert = isUpsert;
    this.#columns = columns;
  }

  write(batch: RecordBatch): void | Promise<void> {
    const order = this.#columns;
    let rows = batch;
    if (order !== null) {
      const columns = order.map((index) => batch.columns[index]);
      rows = recordBatch(batch.length, columns, batch.kinds, batch.timestamps);
    }
    if (this.#isUpsert && batch.kinds !== null) rows = this.#withoutUpdateBefore(rows, batch.kinds);
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
