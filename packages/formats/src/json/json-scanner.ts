/**
 * Checks JSON text on bytes and finds where its tokens end, without making values.
 *
 * Invariant  `bytes[from, end)` is accepted exactly if JSON.parse accepts its strictly decoded text.
 * State      `bytes`, `end` and what went wrong last (`failure`). Positions are offsets into `bytes`; -1 = not valid.
 * Cost       strings are checked four bytes at a time; nesting is held in a byte stack, so depth is bounded by memory only.
 */
import { quoteBytes, utf8SequenceEnd } from "../text/utf8.ts";

/** Bytes that end or interrupt a run of plain string bytes: quote, backslash, control, non-ASCII. */
const IS_PLAIN = new Uint8Array(256);
for (let byte = 0x20; byte < 0x80; byte++) IS_PLAIN[byte] = byte === 0x22 || byte === 0x5c ? 0 : 1;

const IS_SPACE = new Uint8Array(256);
for (const byte of [0x20, 0x0a, 0x0d, 0x09]) IS_SPACE[byte] = 1;
/** A line feed ends a record of delimited data: inside one it is not white space. */
const IS_SPACE_IN_LINE = IS_SPACE.slice();
IS_SPACE_IN_LINE[0x0a] = 0;

const IN_OBJECT = 1;
const IN_ARRAY = 2;

export class JsonScanner {
  bytes: Uint8Array;
  view: DataView;
  end = 0;
  /** Whether the string scanned last has escapes. */
  hasEscape = false;
  /** Why the last scan gave -1. */
  failure = "";
  failedAt = 0;
  #detail: string | null = null;
  #space: Uint8Array = IS_SPACE;
  #stack = new Uint8Array(64);

  constructor() {
    this.bytes = new Uint8Array(0);
    this.view = new DataView(this.bytes.buffer);
  }

  /** Sets what is scanned. With `isLine` a line feed is no white space. */
  setBytes(bytes: Uint8Array, end: number, isLine: boolean): void {
    if (this.bytes !== bytes) {
      this.bytes = bytes;
      this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    }
    this.end = end;
    this.#space = isLine ? IS_SPACE_IN_LINE : IS_SPACE;
  }

  /** The first byte from `at` on that is not white space (`end` if there is none). */
  skipSpace(at: number): number {
    const { bytes, end } = this;
    while (at < end && this.#space[bytes[at]] === 1) at++;
    return at;
  }

  /** From behind the opening quote to the closing quote. */
  scanString(from: number): number {
    const { bytes, view, end } = this;
    let at = from;
    this.hasEscape = false;
    for (;;) {
      // The top bit of a byte of `stops` is set where it is a control character, quote, backslash or non-ASCII.
      for (const last = end - 4; at <= last; at += 4) {
        const x = view.getInt32(at, true);
        const stops =
          ((x - 0x20202020) | ((x ^ 0x22222222) - 0x01010101) | ((x ^ 0x5c5c5c5c) - 0x01010101) | x) & 0x80808080;
        if (stops !== 0) break;
      }
      while (at < end && IS_PLAIN[bytes[at]] === 1) at++;
      if (at >= end) return this.#truncated("inside a string");
      const byte = bytes[at];
      if (byte === 0x22) return at;
      if (byte === 0x5c) {
        this.hasEscape = true;
        at = this.#scanEscape(at + 1);
        if (at < 0) return -1;
      } else if (byte < 0x20) {
        return this.#invalid(at, `control character 0x${byte.toString(16).padStart(2, "0")} inside a string`);
      } else {
        const next = utf8SequenceEnd(bytes, at, end);
        if (next < 0) return this.fail("invalid UTF-8", at, "");
        at = next;
      }
    }
  }

  #scanEscape(at: number): number {
    const { bytes, end } = this;
    if (at >= end) return this.#truncated("inside a string");
    switch (bytes[at]) {
      case 0x22:
      case 0x5c:
      case 0x2f:
      case 0x62:
      case 0x66:
      case 0x6e:
      case 0x72:
      case 0x74:
        return at + 1;
      case 0x75: {
        for (let i = at + 1; i < at + 5; i++) {
          if (i >= end) return this.#truncated("inside a string");
          if (hexValue(bytes[i]) < 0) return this.#invalid(i, "bad \\u escape");
        }
        return at + 5;
      }
      default:
        return this.#invalid(at, "bad escape in a string");
    }
  }

  /** From the first byte of a number to behind it. */
  scanNumber(from: number): number {
    const { bytes, end } = this;
    let at = from;
    if (at < end && bytes[at] === 0x2d) at++;
    if (at >= end) return this.#truncated("inside a number");
    if (bytes[at] === 0x30) at++;
    else {
      const digits = at;
      while (at < end && (bytes[at] - 48) >>> 0 <= 9) at++;
      if (at === digits) return this.#invalid(at, "a number without digits");
    }
    if (at < end && bytes[at] === 0x2e) {
      at = this.#scanDigits(at + 1);
      if (at < 0) return -1;
    }
    if (at < end && (bytes[at] | 0x20) === 0x65) {
      at++;
      if (at < end && (bytes[at] === 0x2b || bytes[at] === 0x2d)) at++;
      at = this.#scanDigits(at);
    }
    return at;
  }

  #scanDigits(from: number): number {
    const { bytes, end } = this;
    let at = from;
    while (at < end && (bytes[at] - 48) >>> 0 <= 9) at++;
    if (at > from) return at;
    return at >= end ? this.#truncated("inside a number") : this.#invalid(at, "a digit is missing");
  }

  /** A string, number or literal, from its first byte to behind it. -1 for `{`, `[` and what is no value. */
  scanScalar(at: number): number {
    const { bytes } = this;
    if (at >= this.end) return this.#truncated("where a value is expected");
    switch (bytes[at]) {
      case 0x22: {
        const quote = this.scanString(at + 1);
        return quote < 0 ? -1 : quote + 1;
      }
      case 0x6e:
        return this.#scanWord(at, "null");
      case 0x74:
        return this.#scanWord(at, "true");
      case 0x66:
        return this.#scanWord(at, "false");
      case 0x2d:
        return this.scanNumber(at);
      default:
        if ((bytes[at] - 48) >>> 0 <= 9) return this.scanNumber(at);
        return this.unexpected(at, "a value");
    }
  }

  #scanWord(at: number, word: string): number {
    for (let i = 1; i < word.length; i++) {
      if (at + i >= this.end) return this.#truncated(`inside '${word}'`);
      if (this.bytes[at + i] !== word.charCodeAt(i)) return this.unexpected(at + i, word);
    }
    return at + word.length;
  }

  /** Any value, from its first byte to behind it. */
  skipValue(from: number): number {
    const { bytes } = this;
    let at = from;
    let depth = 0;
    let open = 0;
    for (;;) {
      // A value starts here.
      const byte = at < this.end ? bytes[at] : 0;
      if (byte === 0x7b || byte === 0x5b) {
        if (depth === this.#stack.length) {
          const grown = new Uint8Array(depth * 2);
          grown.set(this.#stack);
          this.#stack = grown;
        }
        this.#stack[depth++] = open;
        open = byte === 0x7b ? IN_OBJECT : IN_ARRAY;
        at = this.skipSpace(at + 1);
        if (at < this.end && bytes[at] === byte + 2) {
          at++;
          open = this.#stack[--depth];
        } else {
          if (open === IN_OBJECT) at = this.#skipName(at);
          if (at < 0) return -1;
          continue;
        }
      } else {
        at = this.scanScalar(at);
        if (at < 0) return -1;
      }
      // A value has ended here.
      for (;;) {
        if (depth === 0) return at;
        at = this.skipSpace(at);
        if (at >= this.end) return this.#truncated(open === IN_OBJECT ? "inside an object" : "inside an array");
        const next = bytes[at];
        if (next === 0x2c) {
          at = this.skipSpace(at + 1);
          if (open === IN_OBJECT) at = this.#skipName(at);
          if (at < 0) return -1;
          break;
        }
        if (next !== (open === IN_OBJECT ? 0x7d : 0x5d))
          return this.unexpected(at, open === IN_OBJECT ? "',' or '}'" : "',' or ']'");
        at++;
        open = this.#stack[--depth];
      }
    }
  }

  /** A member name and its colon; returns where the value starts. */
  #skipName(at: number): number {
    const quote = this.scanName(at);
    return quote < 0 ? -1 : this.scanColon(quote + 1);
  }

  /** A member name from its opening quote to its closing quote. */
  scanName(at: number): number {
    if (at >= this.end) return this.#truncated("inside an object");
    if (this.bytes[at] !== 0x22) return this.unexpected(at, "a name in quotes");
    return this.scanString(at + 1);
  }

  /** The colon behind a member name; returns where the value starts. */
  scanColon(from: number): number {
    const at = this.skipSpace(from);
    if (at >= this.end) return this.#truncated("inside an object");
    return this.bytes[at] === 0x3a ? this.skipSpace(at + 1) : this.unexpected(at, "':'");
  }

  unexpected(at: number, expected: string): -1 {
    if (at >= this.end) return this.#truncated(`where ${expected} is expected`);
    const next = this.bytes[at] < 0x80 ? at + 1 : utf8SequenceEnd(this.bytes, at, this.end);
    if (next < 0) return this.fail("invalid UTF-8", at, "");
    return this.#invalid(at, `expected ${expected}, found ${quoteBytes(this.bytes, at, next)}`);
  }

  #truncated(where: string): -1 {
    return this.fail(`truncated JSON: ends ${where}`, this.end);
  }

  #invalid(at: number, what: string): -1 {
    return this.fail("invalid JSON", at, `: ${what}`);
  }

  /** Notes why the text is refused; with `detail` the message names the byte: `invalid UTF-8 at byte 17`. */
  fail(failure: string, at: number, detail: string | null = null): -1 {
    this.failure = failure;
    this.failedAt = at;
    this.#detail = detail;
    return -1;
  }

  /** The reason of the last failure, positions counted from `start`. */
  reasonFrom(start: number): string {
    return this.#detail === null ? this.failure : `${this.failure} at byte ${this.failedAt - start}${this.#detail}`;
  }
}

export function hexValue(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}
