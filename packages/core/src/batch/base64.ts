/** Base64 as Java's and JavaScript's encoders write it: with padding, without line ends. */
const ALPHABET = new TextEncoder().encode("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
const PADDING = 0x3d;

const decoder = new TextDecoder();

/** Bytes of the text for `size` bytes. */
export const base64Size = (size: number): number => Math.ceil(size / 3) * 4;

/** Writes the text of `source[start, end)` to `bytes`, which has room for it; returns the offset behind. */
export function writeBase64(bytes: Uint8Array, at: number, source: Uint8Array, start: number, end: number): number {
  let from = start;
  for (; from + 2 < end; from += 3, at += 4) {
    const group = (source[from] << 16) | (source[from + 1] << 8) | source[from + 2];
    bytes[at] = ALPHABET[group >>> 18];
    bytes[at + 1] = ALPHABET[(group >>> 12) & 63];
    bytes[at + 2] = ALPHABET[(group >>> 6) & 63];
    bytes[at + 3] = ALPHABET[group & 63];
  }
  if (from === end) return at;
  const hasTwo = from + 1 < end;
  const group = (source[from] << 16) | (hasTwo ? source[from + 1] << 8 : 0);
  bytes[at] = ALPHABET[group >>> 18];
  bytes[at + 1] = ALPHABET[(group >>> 12) & 63];
  bytes[at + 2] = hasTwo ? ALPHABET[(group >>> 6) & 63] : PADDING;
  bytes[at + 3] = PADDING;
  return at + 4;
}

export function formatBase64(source: Uint8Array): string {
  const bytes = new Uint8Array(base64Size(source.length));
  writeBase64(bytes, 0, source, 0, source.length);
  return decoder.decode(bytes);
}
