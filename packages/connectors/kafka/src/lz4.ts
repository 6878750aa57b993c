/**
 * Decompresses LZ4 frames, as Kafka's clients write them, into a buffer that is used again: by WebAssembly, each batch would be
 * copied in and out, and the copies collected.
 *
 * Source  lz4_Frame_format.md and lz4_Block_format.md of the LZ4 project. Checksums inside the frame are not looked at: the
 *         record batch has its own.
 */

const MAGIC = 0x184d2204;
const Flag = { contentChecksum: 0x04, contentSize: 0x08, blockChecksum: 0x10, dictionary: 0x01 } as const;
const UNCOMPRESSED = 0x80000000;
const MIN_MATCH = 4;
const FIRST_CAPACITY = 256 * 1024;
/** Up to here a loop is faster than the call that copies. */
const LOOP_BYTES = 32;

export class Lz4Decoder {
  #out: Uint8Array = new Uint8Array(FIRST_CAPACITY);
  #size = 0;

  /** The content of a frame; valid until the next call. Throws if it is none, or is damaged. */
  decode(frame: Uint8Array): Uint8Array {
    this.#size = 0;
    const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
    if (frame.length < 7 || view.getUint32(0, true) !== MAGIC) throw new Error("not an LZ4 frame");
    const flags = frame[4];
    if (flags >> 6 !== 1) throw new Error(`LZ4 frame version ${flags >> 6} is not supported`);
    if ((flags & Flag.dictionary) !== 0) throw new Error("LZ4 frames with a dictionary are not supported");
    const checksumBytes = (flags & Flag.blockChecksum) === 0 ? 0 : 4;
    for (let at = (flags & Flag.contentSize) === 0 ? 7 : 15; ; ) {
      if (at + 4 > frame.length) throw new Error("the LZ4 frame is cut off");
      const header = view.getUint32(at, true);
      at += 4;
      if (header === 0) return this.#out.subarray(0, this.#size);
      const isCompressed = header < UNCOMPRESSED;
      const end = at + (isCompressed ? header : header - UNCOMPRESSED);
      if (end > frame.length) throw new Error("the LZ4 frame is cut off");
      if (isCompressed) this.#block(frame, at, end);
      else this.#plain(frame.subarray(at, end));
      at = end + checksumBytes;
    }
  }

  #block(bytes: Uint8Array, start: number, end: number): void {
    let out = this.#out;
    let size = this.#size;
    for (let at = start; at < end; ) {
      const token = bytes[at++];
      let literals = token >>> 4;
      if (literals === 15) {
        let more = 255;
        while (more === 255 && at < end) {
          more = bytes[at++];
          literals += more;
        }
      }
      if (at + literals > end) throw damaged();
      if (size + literals > out.length) out = this.#grow(size, literals);
      if (literals > LOOP_BYTES) out.set(bytes.subarray(at, at + literals), size);
      else for (let i = 0; i < literals; i++) out[size + i] = bytes[at + i];
      size += literals;
      at += literals;
      if (at === end) break; // the last sequence has no match
      if (at + 2 > end) throw damaged();
      const distance = bytes[at] | (bytes[at + 1] << 8);
      at += 2;
      let match = token & 15;
      if (match === 15) {
        let more = 255;
        while (more === 255 && at < end) {
          more = bytes[at++];
          match += more;
        }
      }
      match += MIN_MATCH;
      const from = size - distance;
      if (distance === 0 || from < 0) throw damaged();
      if (size + match > out.length) out = this.#grow(size, match);
      // Where the two overlap a pattern is repeated: byte by byte, in order.
      if (match > LOOP_BYTES && distance >= match) out.copyWithin(size, from, from + match);
      else for (let i = 0; i < match; i++) out[size + i] = out[from + i];
      size += match;
    }
    this.#size = size;
  }

  #plain(bytes: Uint8Array): void {
    const size = this.#size;
    const out = size + bytes.length > this.#out.length ? this.#grow(size, bytes.length) : this.#out;
    out.set(bytes, size);
    this.#size = size + bytes.length;
  }

  /** Room for `extra` bytes behind the first `size`. */
  #grow(size: number, extra: number): Uint8Array {
    const grown = new Uint8Array(Math.max(this.#out.length * 2, size + extra));
    grown.set(this.#out.subarray(0, size));
    this.#out = grown;
    return grown;
  }
}

function damaged(): Error {
  return new Error("the LZ4 block is damaged");
}
