/**
 * A walk over the records of a batch, without an object per record: reads one after the other, the fields describe the last one
 * read. A null key or value has start = end = -1.
 */
export class RecordCursor {
  readonly #bytes: Uint8Array;
  #at = 0;
  timestampDelta = 0;
  offsetDelta = 0;
  keyStart = -1;
  keyEnd = -1;
  valueStart = -1;
  valueEnd = -1;
  headersStart = 0;
  /** Whether the parts of the last record read lie inside it. */
  sound = true;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Reads the record at an offset; returns the offset of the next. */
  read(at: number): number {
    this.#at = at;
    const length = this.#varint();
    const end = this.#at + length;
    this.#at++; // attributes: unused
    this.timestampDelta = this.#varint();
    this.offsetDelta = this.#varint();
    const keyLength = this.#varint();
    this.keyStart = keyLength < 0 ? -1 : this.#at;
    if (keyLength > 0) this.#at += keyLength;
    this.keyEnd = keyLength < 0 ? -1 : this.#at;
    const valueLength = this.#varint();
    this.valueStart = valueLength < 0 ? -1 : this.#at;
    if (valueLength > 0) this.#at += valueLength;
    this.valueEnd = valueLength < 0 ? -1 : this.#at;
    this.headersStart = this.#at;
    this.sound = this.#at < end && length > 0;
    return end;
  }

  /** The headers of the last record read. A repeated key keeps its last value. */
  headers(): Map<string, Uint8Array | null> {
    this.#at = this.headersStart;
    const headers = new Map<string, Uint8Array | null>();
    const bytes = Buffer.from(this.#bytes.buffer, this.#bytes.byteOffset, this.#bytes.byteLength);
    for (let left = this.#varint(); left > 0; left--) {
      const keyLength = this.#varint();
      const key = bytes.toString("utf8", this.#at, this.#at + keyLength);
      this.#at += keyLength;
      const valueLength = this.#varint();
      headers.set(key, valueLength < 0 ? null : this.#bytes.slice(this.#at, this.#at + valueLength));
      if (valueLength > 0) this.#at += valueLength;
    }
    return headers;
  }

  /** A zigzag variable-length integer, up to 53 bits. */
  #varint(): number {
    let byte = this.#bytes[this.#at++];
    let value = byte & 0x7f;
    let shift = 7;
    while (byte >= 0x80 && shift < 28) {
      byte = this.#bytes[this.#at++];
      value |= (byte & 0x7f) << shift;
      shift += 7;
    }
    if (byte < 0x80) return (value >>> 1) ^ -(value & 1);
    let factor = 2 ** shift;
    let wide = value;
    while (byte >= 0x80) {
      byte = this.#bytes[this.#at++];
      wide += (byte & 0x7f) * factor;
      factor *= 128;
    }
    return wide % 2 === 0 ? wide / 2 : -(wide + 1) / 2;
  }
}
