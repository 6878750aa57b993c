/** Rows of a batch that are records without a value: the end of their keys. Their columns from the value are NULL. */
import { type DecodedRows, MAX_BATCH_ROWS, RowKind, selectRows } from "@millrace/core";

export class TombstoneRows {
  /** Row numbers, ascending. */
  readonly #rows = new Int32Array(MAX_BATCH_ROWS);
  count = 0;

  add(row: number): void {
    this.#rows[this.count++] = row;
  }

  /** The decoded values with these rows between them; starts the next batch. */
  take(decoded: DecodedRows): DecodedRows {
    const { length, columns } = decoded;
    const { count } = this;
    this.count = 0;
    if (count === 0) return decoded;
    const total = length + count;
    const places = new Int32Array(total);
    const allKinds = new Uint8Array(total);
    let next = 0;
    let value = 0;
    for (let row = 0; row < total; row++) {
      if (next < count && this.#rows[next] === row) {
        next++;
        places[row] = -1;
        allKinds[row] = RowKind.delete;
      } else places[row] = value++;
    }
    return { length: total, columns: columns.map((column) => selectRows(column, places, total)), kinds: allKinds };
  }
}
