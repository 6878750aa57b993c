import { ByteWriter, type RecordBatch, type RecordEncoder, type ValueColumn } from "@millrace/core";
import { appendText } from "../text/append-text.ts";
import type { RecordCodec } from "./record-format.ts";

/** Encodes records that are JavaScript values, one per record or line. */
export class RecordValueEncoder implements RecordEncoder {
  readonly #column: number;
  readonly #codec: RecordCodec;
  #out = new ByteWriter();

  /** `column`: which holds them. */
  constructor(column: number, codec: RecordCodec) {
    this.#column = column;
    this.#codec = codec;
  }

  get byteLength(): number {
    return this.#out.size;
  }

  encodeRow(batch: RecordBatch, row: number): void {
    appendText(this.#out, this.#codec.serialize((batch.columns[this.#column] as ValueColumn).values[row]));
  }

  encodeDelimited(batch: RecordBatch): void {
    for (let row = 0; row < batch.length; row++) {
      this.encodeRow(batch, row);
      this.#out.byte(0x0a);
    }
  }

  take(): Uint8Array {
    const bytes = this.#out.finish();
    this.#out = new ByteWriter();
    return bytes;
  }
}
