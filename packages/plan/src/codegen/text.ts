/** Text in generated code: bytes to strings and back, and what can be done on bytes without a string. */

interface NativeUtf8 {
  utf8Slice(start: number, end: number): string;
}

const textDecoder = new TextDecoder("utf-8", { ignoreBOM: true });
const textEncoder = new TextEncoder();
// Node's Buffer decodes a range without making a view of it first; elsewhere TextDecoder does.
const nativeSlice = (globalThis as { Buffer?: { prototype: NativeUtf8 } }).Buffer?.prototype.utf8Slice;

/** The string of bytes[start, end). */
export const decodeUtf8: (bytes: Uint8Array, start: number, end: number) => string =
  nativeSlice === undefined
    ? (bytes, start, end) => textDecoder.decode(bytes.subarray(start, end))
    : (bytes, start, end) => {
        const length = end - start;
        if (length <= 12) {
          let text = "";
          let at = start;
          for (; at < end && bytes[at] < 0x80; at++) text += String.fromCharCode(bytes[at]);
          if (at === end) return text;
        }
        return (nativeSlice as (this: unknown, start: number, end: number) => string).call(bytes, start, end);
      };

export function encodeUtf8(text: string): Uint8Array {
  return textEncoder.encode(text);
}

/** Whether two ranges hold the same bytes. */
export function equalBytes(
  a: Uint8Array,
  aStart: number,
  aEnd: number,
  b: Uint8Array,
  bStart: number,
  bEnd: number,
): boolean {
  const length = aEnd - aStart;
  if (length !== bEnd - bStart) return false;
  for (let i = 0; i < length; i++) if (a[aStart + i] !== b[bStart + i]) return false;
  return true;
}

/** Order by byte, which for UTF-8 is the order of code points: negative, zero or positive. */
export function compareBytes(
  a: Uint8Array,
  aStart: number,
  aEnd: number,
  b: Uint8Array,
  bStart: number,
  bEnd: number,
): number {
  const length = Math.min(aEnd - aStart, bEnd - bStart);
  for (let i = 0; i < length; i++) {
    const difference = a[aStart + i] - b[bStart + i];
    if (difference !== 0) return difference;
  }
  return aEnd - aStart - (bEnd - bStart);
}

/** Order of strings by code point (JavaScript's `<` goes by UTF-16 unit). */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) {
      // Surrogates stand for code points above all other units.
      const isHighX = x >= 0xd800 && x <= 0xdfff;
      const isHighY = y >= 0xd800 && y <= 0xdfff;
      return isHighX === isHighY ? x - y : isHighX ? 1 : -1;
    }
  }
  return a.length - b.length;
}

/** Code points in a range of valid UTF-8. */
export function countCodePoints(bytes: Uint8Array, start: number, end: number): number {
  let count = 0;
  for (let i = start; i < end; i++) if ((bytes[i] & 0xc0) !== 0x80) count++;
  return count;
}

/** Start of part `index` between one-byte separators, -1 if there is none; its end is then in `partEnd.value`. */
export function findPart(bytes: Uint8Array, start: number, end: number, separator: number, index: number): number {
  if (index < 0) return -1;
  let from = start;
  let left = index;
  for (let i = start; i < end; i++) {
    if (bytes[i] !== separator) continue;
    if (left === 0) {
      partEnd.value = i;
      return from;
    }
    left--;
    from = i + 1;
  }
  partEnd.value = end;
  return left === 0 ? from : -1;
}

/** The second result of `findPart`: an object would have to be made per call. */
export const partEnd = { value: 0 };

/** Collects the texts of an output column in one buffer. A text equal to the one before is stored once. */
export class TextWriter {
  #bytes = new Uint8Array(1 << 16);
  #size = 0;
  #last: string | null = null;
  #lastRow = -1;
  starts: Int32Array;
  ends: Int32Array;

  constructor(rows: number) {
    this.starts = new Int32Array(rows);
    this.ends = new Int32Array(rows);
  }

  get bytes(): Uint8Array {
    return this.#bytes;
  }

  reset(): void {
    this.#size = 0;
    this.#last = null;
  }

  setBytes(row: number, bytes: Uint8Array, start: number, end: number): void {
    this.#last = null;
    this.#reserve(end - start);
    const target = this.#bytes;
    let size = this.#size;
    this.starts[row] = size;
    if (end - start < 64) for (let i = start; i < end; i++) target[size++] = bytes[i];
    else {
      target.set(bytes.subarray(start, end), size);
      size += end - start;
    }
    this.ends[row] = size;
    this.#size = size;
  }

  setText(row: number, text: string): void {
    if (text === this.#last) {
      this.starts[row] = this.starts[this.#lastRow];
      this.ends[row] = this.ends[this.#lastRow];
      return;
    }
    const { length } = text;
    this.#reserve(length * 3);
    const target = this.#bytes;
    let size = this.#size;
    this.starts[row] = size;
    let i = 0;
    if (length < 64) {
      for (; i < length; i++) {
        const unit = text.charCodeAt(i);
        if (unit >= 0x80) break;
        target[size++] = unit;
      }
    }
    if (i < length) size = this.starts[row] + textEncoder.encodeInto(text, target.subarray(this.starts[row])).written;
    this.ends[row] = size;
    this.#size = size;
    this.#last = text;
    this.#lastRow = row;
  }

  #reserve(extra: number): void {
    if (this.#size + extra <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(this.#bytes.length * 2, this.#size + extra));
    grown.set(this.#bytes);
    this.#bytes = grown;
  }
}
