import type { ByteWriter } from "@millrace/core";

const encoder = new TextEncoder();

/** Appends a JavaScript string as UTF-8; a surrogate without its other half becomes U+FFFD. */
export function appendText(out: ByteWriter, text: string): void {
  out.reserve(text.length * 3);
  out.size += encoder.encodeInto(text, out.bytes.subarray(out.size)).written;
}
