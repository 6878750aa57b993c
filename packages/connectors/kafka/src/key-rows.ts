/**
 * The key side of a partition's records: keys are decoded before their values, and a value may then turn out to be bad or
 * filtered out, so which key belongs to which row is kept on the side.
 */
import { type Column, MAX_BATCH_ROWS, type RecordDecoder, selectRows } from "@millrace/core";
import type { RecordCursor } from "./record-cursor.ts";

/** A record whose key is null: its key columns are NULL. */
const ABSENT = -1;

export class KeyRows {
  readonly #decoder: RecordDecoder;
  /** For each row of the batch, the key's row in the decoder. */
  readonly #rows = new Int32Array(MAX_BATCH_ROWS);
  #current = ABSENT;

  constructor(decoder: RecordDecoder) {
    this.#decoder = decoder;
  }

  /** Whether no more keys fit before `take`. */
  get isFull(): boolean {
    return this.#decoder.rowCount >= MAX_BATCH_ROWS;
  }

  /** Decodes the key of the cursor's record; false if it is bad (and was reported): the record is left out. */
  decode(bytes: Uint8Array, cursor: RecordCursor): boolean {
    this.#current = ABSENT;
    if (cursor.keyStart < 0) return true;
    this.#current = this.#decoder.rowCount;
    return this.#decoder.decodeRecord(bytes, cursor.keyStart, cursor.keyEnd) > 0;
  }

  /** The key decoded last belongs to `row`. */
  assign(row: number): void {
    this.#rows[row] = this.#current;
  }

  /** The key columns of the batch's rows; borrowed until the next `decode`. */
  take(length: number): Column[] {
    const taken = this.#decoder.take();
    const rows = this.#rows;
    let isSame = taken.length === length;
    for (let row = 0; row < length && isSame; row++) isSame = rows[row] === row;
    return taken.columns.map((column) => (isSame ? column : selectRows(column, rows, length)));
  }
}
