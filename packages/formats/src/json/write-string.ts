/** Strings as JSON writes them, from UTF-8 bytes to UTF-8 bytes. */
import type { ByteWriter } from "@millrace/core";

/** Per byte: 0 = as it is, 1 = \u00XX, else the letter behind the backslash. */
const ESCAPES = new Uint8Array(256);
ESCAPES.fill(1, 0, 0x20);
for (const [byte, letter] of [
  [0x08, "b"],
  [0x09, "t"],
  [0x0a, "n"],
  [0x0c, "f"],
  [0x0d, "r"],
  [0x22, '"'],
  [0x5c, "\\"],
] as const) {
  ESCAPES[byte] = letter.charCodeAt(0);
}
const HEX = new TextEncoder().encode("0123456789ABCDEF");

/** Longer texts are measured before room is made for them: most have no escapes. */
const MEASURED_BYTES = 4096;

/** Appends `source[start, end)`, UTF-8, in quotes; `view` is on `source`. */
export function writeString(out: ByteWriter, source: Uint8Array, view: DataView, start: number, end: number): void {
  const size = end - start;
  out.reserve(2 + (size < MEASURED_BYTES ? size * 6 : escapedSize(source, start, end)) + 4);
  const target = out.view;
  let at = out.size;
  out.bytes[at++] = 0x22;
  let from = start;
  while (from < end) {
    // The top bit of a byte of `stops` is set where it is a control character, quote or backslash (or above one that is).
    for (const last = end - 4; from <= last; from += 4, at += 4) {
      const x = view.getInt32(from, true);
      const quote = x ^ 0x22222222;
      const backslash = x ^ 0x5c5c5c5c;
      const stops =
        (((x - 0x20202020) & ~x) | ((quote - 0x01010101) & ~quote) | ((backslash - 0x01010101) & ~backslash)) &
        0x80808080;
      if (stops !== 0) break;
      target.setInt32(at, x, true);
    }
    for (const stop = Math.min(end, from + 4); from < stop; from++) at = writeByte(out.bytes, at, source[from]);
  }
  out.bytes[at++] = 0x22;
  out.size = at;
}

function writeByte(bytes: Uint8Array, at: number, byte: number): number {
  const mark = ESCAPES[byte];
  if (mark === 0) {
    bytes[at] = byte;
    return at + 1;
  }
  bytes[at] = 0x5c;
  if (mark !== 1) {
    bytes[at + 1] = mark;
    return at + 2;
  }
  bytes[at + 1] = 0x75;
  bytes[at + 2] = 0x30;
  bytes[at + 3] = 0x30;
  bytes[at + 4] = HEX[byte >>> 4];
  bytes[at + 5] = HEX[byte & 15];
  return at + 6;
}

function escapedSize(source: Uint8Array, start: number, end: number): number {
  let size = 0;
  for (let from = start; from < end; from++) {
    const mark = ESCAPES[source[from]];
    size += mark === 0 ? 1 : mark === 1 ? 6 : 2;
  }
  return size;
}
