/**
 * The end of the multi-byte UTF-8 sequence that starts at `at` (a byte >= 0x80), or -1 if it is not one: overlong forms,
 * surrogates and code points beyond U+10FFFF are refused, as by a fatal TextDecoder.
 */
export function utf8SequenceEnd(bytes: Uint8Array, at: number, end: number): number {
  const lead = bytes[at];
  if (lead < 0xc2) return -1;
  if (lead < 0xe0) return at + 1 < end && (bytes[at + 1] & 0xc0) === 0x80 ? at + 2 : -1;
  if (lead < 0xf0) {
    if (at + 2 >= end) return -1;
    const second = bytes[at + 1];
    if (second < (lead === 0xe0 ? 0xa0 : 0x80) || second > (lead === 0xed ? 0x9f : 0xbf)) return -1;
    return (bytes[at + 2] & 0xc0) === 0x80 ? at + 3 : -1;
  }
  if (lead > 0xf4 || at + 3 >= end) return -1;
  const second = bytes[at + 1];
  if (second < (lead === 0xf0 ? 0x90 : 0x80) || second > (lead === 0xf4 ? 0x8f : 0xbf)) return -1;
  return (bytes[at + 2] & 0xc0) === 0x80 && (bytes[at + 3] & 0xc0) === 0x80 ? at + 4 : -1;
}

/** The first byte of `bytes[start, end)` that is not part of valid UTF-8, or -1. */
export function findInvalidUtf8(bytes: Uint8Array, start: number, end: number): number {
  for (let at = start; at < end; ) {
    if (bytes[at] < 0x80) at++;
    else {
      const next = utf8SequenceEnd(bytes, at, end);
      if (next < 0) return at;
      at = next;
    }
  }
  return -1;
}

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** The text of a byte range; invalid sequences become U+FFFD. */
export function textOf(bytes: Uint8Array, start: number, end: number): string {
  return decoder.decode(bytes.subarray(start, end));
}

/** A byte range for messages: quoted, control characters visible, cut to 60 bytes. */
export function quoteBytes(bytes: Uint8Array, start: number, end: number): string {
  const text = textOf(bytes, start, Math.min(end, start + 60));
  // JSON's escapes keep a newline or a NUL in a bad value from breaking the one line of the message.
  const visible = JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"');
  return `'${visible}${end > start + 60 ? "..." : ""}'`;
}
