/** Writes the entries of an operator's tables by key group, and reads them back. */
import { readBatch, writeBatch } from "../batch/batch-codec.ts";
import { ByteReader } from "../batch/byte-reader.ts";
import { ByteWriter } from "../batch/byte-writer.ts";
import { selectRows } from "../batch/gather.ts";
import { hashRows } from "../batch/hash-rows.ts";
import { MAX_BATCH_ROWS, type RecordBatch, recordBatch } from "../batch/record-batch.ts";
import { keyGroup } from "../hash.ts";
import type { MemoryStateTable } from "./memory-state-table.ts";
import type { RowStore } from "./row-store.ts";
import { BROADCAST_GROUP } from "./snapshot.ts";

/** A batch of one table's entries in one key group: key columns, then value columns (a row store: its fields). */
export interface SnapshotEntries {
  /** The table's number in the snapshot. */
  readonly table: number;
  /** Namespace or bucket; 0 for a plain table. */
  readonly namespace: number;
  readonly batch: RecordBatch;
}

export class SnapshotWriter {
  readonly #maxParallelism: number;
  readonly #groups = new Map<number, ByteWriter>();

  constructor(maxParallelism: number) {
    this.#maxParallelism = maxParallelism;
  }

  table(number: number, namespace: number, table: MemoryStateTable): void {
    const slots = table.slots();
    const { key, keyGroupColumns = key.length } = table.descriptor;
    const groups = new Int32Array(slots.length).fill(BROADCAST_GROUP);
    const hashes = new Int32Array(MAX_BATCH_ROWS);
    for (let from = 0; from < slots.length && table.descriptor.isBroadcast !== true; from += MAX_BATCH_ROWS) {
      const part = slots.subarray(from, from + MAX_BATCH_ROWS);
      hashRows(table.keysOf(part, part.length).slice(0, keyGroupColumns), part.length, hashes);
      for (let i = 0; i < part.length; i++) groups[from + i] = keyGroup(hashes[i], this.#maxParallelism);
    }
    for (const [group, rows] of this.#byGroup(groups)) {
      const chosen = rows.map((row) => slots[row]);
      for (let from = 0; from < chosen.length; from += MAX_BATCH_ROWS) {
        const part = chosen.subarray(from, from + MAX_BATCH_ROWS);
        const columns = [
          ...table.keysOf(part, part.length),
          ...table.columns.map((column) => column.columnOf(part, part.length)),
        ];
        this.#write(group, number, namespace, recordBatch(part.length, columns));
      }
    }
  }

  rowStore(number: number, store: RowStore): void {
    const hashes = new Int32Array(MAX_BATCH_ROWS);
    for (const { bucket, batch } of store.batches()) {
      hashRows(
        store.descriptor.key.map((column) => batch.columns[column]),
        batch.length,
        hashes,
      );
      const groups = hashes.subarray(0, batch.length).map((hash) => keyGroup(hash, this.#maxParallelism));
      for (const [group, rows] of this.#byGroup(groups)) {
        const columns = batch.columns.map((column) => selectRows(column, rows, rows.length));
        this.#write(group, number, bucket, recordBatch(rows.length, columns));
      }
    }
  }

  /** Row numbers by key group, in order. */
  #byGroup(groups: Int32Array): Map<number, Int32Array> {
    // The first place is BROADCAST_GROUP's.
    const counts = new Int32Array(this.#maxParallelism + 1);
    for (const group of groups) counts[group + 1]++;
    const rows = new Map<number, Int32Array>();
    for (let at = 0; at < counts.length; at++) {
      if (counts[at] > 0) rows.set(at - 1, new Int32Array(counts[at]));
    }
    counts.fill(0);
    for (let row = 0; row < groups.length; row++) rows.get(groups[row])![counts[groups[row] + 1]++] = row;
    return rows;
  }

  #write(group: number, table: number, namespace: number, batch: RecordBatch): void {
    let writer = this.#groups.get(group);
    if (writer === undefined) {
      writer = new ByteWriter();
      this.#groups.set(group, writer);
    }
    writer.align(8);
    writer.int32(table);
    writer.float64(namespace);
    writeBatch(writer, batch);
  }

  finish(): Map<number, Uint8Array> {
    return new Map([...this.#groups].sort(([a], [b]) => a - b).map(([group, writer]) => [group, writer.finish()]));
  }
}

/** The entries of one key group of a snapshot. */
export function* readEntries(bytes: Uint8Array): Generator<SnapshotEntries> {
  const reader = new ByteReader(bytes);
  while (!reader.ended) {
    reader.align(8);
    const table = reader.int32();
    const namespace = reader.float64();
    yield { table, namespace, batch: readBatch(reader) };
  }
}
