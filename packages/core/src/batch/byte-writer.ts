/** A growing byte buffer for the binary forms of values and batches. Numbers are little-endian. */
export class ByteWriter {
  bytes: Uint8Array;
  /** Bytes written. */
  size = 0;
  /** On `bytes`; both are new after they grew. */
  view: DataView;

  constructor(capacity = 256) {
    this.bytes = new Uint8Array(capacity);
    this.view = new DataView(this.bytes.buffer);
  }

  reserve(extra: number): void {
    if (this.size + extra <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(this.bytes.length * 2, this.size + extra));
    grown.set(this.bytes.subarray(0, this.size));
    this.bytes = grown;
    this.view = new DataView(grown.buffer);
  }

  byte(value: number): void {
    this.reserve(1);
    this.bytes[this.size++] = value;
  }

  int32(value: number): void {
    this.reserve(4);
    this.view.setInt32(this.size, value, true);
    this.size += 4;
  }

  float64(value: number): void {
    this.reserve(8);
    this.view.setFloat64(this.size, value, true);
    this.size += 8;
  }

  /** The bytes as they are, without a length. */
  raw(source: Uint8Array): void {
    this.reserve(source.length);
    this.bytes.set(source, this.size);
    this.size += source.length;
  }

  /** Length, then UTF-8. */
  text(value: string): void {
    this.reserve(4 + value.length * 3);
    const { written } = encoder.encodeInto(value, this.bytes.subarray(this.size + 4));
    this.view.setInt32(this.size, written, true);
    this.size += 4 + written;
  }

  /** Fills with zeros up to a multiple of `alignment`. */
  align(alignment: number): void {
    const rest = this.size % alignment;
    if (rest === 0) return;
    this.reserve(alignment - rest);
    this.bytes.fill(0, this.size, this.size + alignment - rest);
    this.size += alignment - rest;
  }

  /** Forgets what was written; a buffer of more than `keptBytes` is given up. */
  clear(keptBytes = Number.POSITIVE_INFINITY): void {
    this.size = 0;
    if (this.bytes.length <= keptBytes) return;
    this.bytes = new Uint8Array(keptBytes);
    this.view = new DataView(this.bytes.buffer);
  }

  /** A copy of what was written. */
  finish(): Uint8Array {
    return this.bytes.slice(0, this.size);
  }
}

const encoder = new TextEncoder();
