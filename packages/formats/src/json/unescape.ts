/** The contents of a JSON string with escapes, as UTF-8. */
import { hexValue } from "./json-scanner.ts";

function hex4(bytes: Uint8Array, at: number): number {
  return (
    (hexValue(bytes[at]) << 12) |
    (hexValue(bytes[at + 1]) << 8) |
    (hexValue(bytes[at + 2]) << 4) |
    hexValue(bytes[at + 3])
  );
}

const ESCAPES = new Uint8Array(256);
for (const [name, byte] of [
  ['"', 0x22],
  ["\\", 0x5c],
  ["/", 0x2f],
  ["b", 8],
  ["f", 12],
  ["n", 10],
  ["r", 13],
  ["t", 9],
] as const) {
  ESCAPES[name.charCodeAt(0)] = byte;
}

/**
 * Writes the unescaped bytes of the valid string contents `bytes[start, end)` to `out` from `at` on; returns the end. At
 * most `end - start` bytes are written. A surrogate without its other half becomes U+FFFD, as in any UTF-8 encoder.
 */
export function unescapeInto(bytes: Uint8Array, start: number, end: number, out: Uint8Array, at: number): number {
  for (let from = start; from < end; ) {
    const byte = bytes[from++];
    if (byte !== 0x5c) {
      out[at++] = byte;
      continue;
    }
    const letter = bytes[from++];
    if (letter !== 0x75) {
      out[at++] = ESCAPES[letter];
      continue;
    }
    let code = hex4(bytes, from);
    from += 4;
    if (code >= 0xd800 && code <= 0xdfff) {
      const isHigh = code < 0xdc00;
      const low =
        isHigh && from + 6 <= end && bytes[from] === 0x5c && bytes[from + 1] === 0x75 ? hex4(bytes, from + 2) : 0;
      if (low >= 0xdc00 && low <= 0xdfff) {
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        from += 6;
      } else code = 0xfffd;
    }
    if (code < 0x80) out[at++] = code;
    else if (code < 0x800) {
      out[at++] = 0xc0 | (code >> 6);
      out[at++] = 0x80 | (code & 0x3f);
    } else if (code < 0x10000) {
      out[at++] = 0xe0 | (code >> 12);
      out[at++] = 0x80 | ((code >> 6) & 0x3f);
      out[at++] = 0x80 | (code & 0x3f);
    } else {
      out[at++] = 0xf0 | (code >> 18);
      out[at++] = 0x80 | ((code >> 12) & 0x3f);
      out[at++] = 0x80 | ((code >> 6) & 0x3f);
      out[at++] = 0x80 | (code & 0x3f);
    }
  }
  return at;
}
