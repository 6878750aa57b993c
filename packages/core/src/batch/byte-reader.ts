import { MillraceError } from "../errors.ts";

/** Reads what ByteWriter wrote. Reading past the end throws DATA_INVALID. */
export class ByteReader {
  readonly bytes: Uint8Array;
  at = 0;
  readonly #view: DataView;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Moves on by `size` bytes and gives the position before. */
  skip(size: number): number {
    const from = this.at;
    if (size < 0 || from + size > this.bytes.length) {
      throw new MillraceError({
        code: "DATA_INVALID",
        message: `binary batch is truncated: ${size} bytes wanted at ${from} of ${this.bytes.length}; restore from an intact copy`,
      });
    }
    this.at = from + size;
    return from;
  }

  byte(): number {
    return this.bytes[this.skip(1)];
  }

  int32(): number {
    return this.#view.getInt32(this.skip(4), true);
  }

  float64(): number {
    return this.#view.getFloat64(this.skip(8), true);
  }

  /** A view of the next `size` bytes. */
  raw(size: number): Uint8Array {
    const from = this.skip(size);
    return this.bytes.subarray(from, from + size);
  }

  text(): string {
    return decoder.decode(this.raw(this.int32()));
  }

  align(alignment: number): void {
    this.skip((alignment - (this.at % alignment)) % alignment);
  }

  get ended(): boolean {
    return this.at >= this.bytes.length;
  }
}

// A byte order mark is text like any other: only a reader of files takes it off.
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
