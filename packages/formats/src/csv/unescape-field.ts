import { QUOTED } from "./csv-scanner.ts";

const MEANINGS = new Uint8Array(256).map((_, byte) => byte);
for (const [letter, byte] of [
  ["0", 0],
  ["n", 10],
  ["r", 13],
  ["t", 9],
] as const) {
  MEANINGS[letter.charCodeAt(0)] = byte;
}

/**
 * Writes the contents of a field with doubled quotes or escapes to `out` from `at` on; returns the end. At most `end - start`
 * bytes are written. Escaped 0, n, r and t have a meaning, as in the parser that Flink uses.
 */
export function unescapeField(
  bytes: Uint8Array,
  start: number,
  end: number,
  flags: number,
  quote: number,
  escaper: number,
  out: Uint8Array,
  at: number,
): number {
  const isQuoted = (flags & QUOTED) !== 0;
  for (let from = start; from < end; from++) {
    const byte = bytes[from];
    if (byte === escaper && from + 1 < end) out[at++] = MEANINGS[bytes[++from]];
    else {
      out[at++] = byte;
      // The second half of a doubled quote.
      if (isQuoted && byte === quote) from++;
    }
  }
  return at;
}
