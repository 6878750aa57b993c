/**
 * Splits CSV text (RFC 4180, with the liberties that Flink's parser takes) into fields, on bytes.
 *
 * Design     a quote opens a field only at its start; elsewhere it is text. Quoted fields may hold delimiters and line ends. A
 *            record whose quotes are damaged ends at its first line end: the lines behind it are not lost.
 * State      the fields of the record scanned last: offsets of their contents, and what stands around and in them.
 * Cost       one pass over the bytes. A record that is not whole yet is searched once, however often it is offered
 *            (`isWhole`).
 */
import type { CsvRules } from "./csv-options.ts";

const LINE_FEED = 0x0a;
const RETURN = 0x0d;
const HASH = 0x23;
/** A byte in each of four places, times the first. */
const ONES = 0x01010101;
const TOP_BITS = 0x80808080;
const LINE_FEEDS = LINE_FEED * ONES;

/** What a field is: plain text, quoted, or in need of unescaping; combined by `|`. */
export const QUOTED = 1;
export const ESCAPED = 2;

/** Not whole: more bytes are needed. */
export const INCOMPLETE = -1;

/** States of `isWhole`, by what the next byte means. */
const AT_FIELD_START = 0;
const IN_FIELD = 1;
const IN_QUOTES = 2;
const BEHIND_QUOTE = 3;
const BEHIND_RETURN = 4;
const IN_REST_OF_LINE = 5;

export class CsvScanner {
  readonly #delimiter: number;
  readonly #quote: number;
  readonly #escaper: number;
  readonly #allowComments: boolean;
  #view: { readonly source: Uint8Array; readonly view: DataView };
  /** 1 for bytes that end or interrupt a plain field. */
  readonly #isSpecial = new Uint8Array(256);
  starts = new Int32Array(64);
  ends = new Int32Array(64);
  flags = new Uint8Array(64);
  count = 0;
  /** Line ends in the record, the last one included; for a record at the end of the input, as if it had one. */
  lines = 0;
  /** Whether there may be bytes beyond ASCII in the record. */
  hasNonAscii = false;
  #quotedBits = 0;
  /** Offset behind the last field, where the line end begins. */
  contentEnd = 0;
  /** Why the quotes are damaged; "" if they are not. */
  damage = "";
  #searched = 0;
  #state = AT_FIELD_START;
  #hasLineFeed = false;
  #isEscaped = false;

  constructor(rules: CsvRules) {
    this.#delimiter = rules.delimiter;
    this.#quote = rules.quote;
    this.#escaper = rules.escaper;
    this.#allowComments = rules.allowComments;
    this.#view = { source: this.flags, view: viewOf(this.flags) };
    for (const byte of [rules.delimiter, rules.escaper, LINE_FEED]) if (byte >= 0) this.#isSpecial[byte] = 1;
  }

  /** Scans the record at `from`; returns the offset behind its line end, or INCOMPLETE. With `isLast` it ends at `end` at the latest. */
  scan(bytes: Uint8Array, from: number, end: number, isLast: boolean): number {
    if (bytes !== this.#view.source) this.#view = { source: bytes, view: viewOf(bytes) };
    const { view } = this.#view;
    const isSpecial = this.#isSpecial;
    const quote = this.#quote;
    const escaper = this.#escaper;
    const delimiters = this.#delimiter * ONES;
    // Without an escape character the delimiter is looked for twice.
    const escapers = (escaper < 0 ? this.#delimiter : escaper) * ONES;
    let at = from;
    let bits = 0;
    this.count = 0;
    this.lines = 1;
    this.damage = "";
    for (;;) {
      if (at < end && bytes[at] === quote) {
        const start = at + 1;
        const close = this.#scanQuoted(bytes, start, end, isLast);
        if (close < 0) return this.damage === "" ? INCOMPLETE : this.#skipLine(bytes, from, end, isLast);
        bits |= this.#quotedBits;
        at = close + 1;
        // A quote that ends the input may be the first half of a doubled one; so may a return be of a line end.
        if (at >= end) return isLast ? this.#finish(bits, at, at) : INCOMPLETE;
        const next = bytes[at];
        if (next === this.#delimiter) at++;
        else if (next === LINE_FEED) return this.#finish(bits, at, at + 1);
        else if (next === RETURN && at + 1 >= end) return isLast ? this.#finish(bits, at, end) : INCOMPLETE;
        else if (next === RETURN && bytes[at + 1] === LINE_FEED) return this.#finish(bits, at, at + 2);
        else {
          this.damage = `text behind the closing quote of field ${this.count}`;
          return this.#skipLine(bytes, from, end, isLast);
        }
        continue;
      }
      const start = at;
      /** The first byte behind an escaped one: a return in front of it is text. */
      let plainFrom = at;
      let flag = 0;
      for (;;) {
        // The top bit of the lowest byte of `stops` that has one is set where it is a delimiter, line feed or escape.
        for (const last = end - 4; at <= last; at += 4) {
          const x = view.getInt32(at, true);
          const d = x ^ delimiters;
          const f = x ^ LINE_FEEDS;
          const e = x ^ escapers;
          bits |= x;
          const stops = (((d - ONES) & ~d) | ((f - ONES) & ~f) | ((e - ONES) & ~e)) & TOP_BITS;
          if (stops === 0) continue;
          at += (31 - Math.clz32(stops & -stops)) >>> 3;
          break;
        }
        while (at < end && isSpecial[bytes[at]] === 0) bits |= bytes[at++];
        if (at >= end || bytes[at] !== escaper) break;
        if (at + 1 >= end) {
          if (!isLast) return INCOMPLETE;
          at++;
          break;
        }
        flag = ESCAPED;
        bits |= bytes[at + 1];
        if (bytes[at + 1] === LINE_FEED) this.lines++;
        at += 2;
        plainFrom = at;
      }
      if (at >= end && !isLast) return INCOMPLETE;
      if (at >= end || bytes[at] === LINE_FEED) {
        const stop = at > plainFrom && bytes[at - 1] === RETURN ? at - 1 : at;
        this.#add(start, stop, flag);
        return this.#finish(bits, stop, Math.min(at + 1, end));
      }
      this.#add(start, at++, flag);
    }
  }

  /** From behind the opening quote to the closing quote; -1 if there is none yet, or (`damage`) at all. */
  #scanQuoted(bytes: Uint8Array, start: number, end: number, isLast: boolean): number {
    const quote = this.#quote;
    const escaper = this.#escaper;
    let flag = QUOTED;
    let bits = 0;
    for (let at = start; ; ) {
      for (; at < end && bytes[at] !== quote && bytes[at] !== escaper; at++) {
        bits |= bytes[at];
        if (bytes[at] === LINE_FEED) this.lines++;
      }
      // The byte at `end` is not ours to read.
      if (at < end && bytes[at] === quote && (at + 1 === end || bytes[at + 1] !== quote)) {
        this.#add(start, at, flag);
        this.#quotedBits = bits;
        return at;
      }
      if (at + 1 >= end) {
        if (isLast) this.damage = `the quote of field ${this.count + 1} is not closed`;
        return -1;
      }
      flag |= ESCAPED;
      bits |= bytes[at + 1];
      if (bytes[at + 1] === LINE_FEED) this.lines++;
      at += 2;
    }
  }

  #add(start: number, end: number, flag: number): void {
    const field = this.count++;
    if (field === this.starts.length) this.#grow();
    this.starts[field] = start;
    this.ends[field] = end;
    this.flags[field] = flag;
  }

  #grow(): void {
    const size = this.starts.length * 2;
    const [starts, ends, flags] = [new Int32Array(size), new Int32Array(size), new Uint8Array(size)];
    starts.set(this.starts);
    ends.set(this.ends);
    flags.set(this.flags);
    this.starts = starts;
    this.ends = ends;
    this.flags = flags;
  }

  #finish(bits: number, contentEnd: number, next: number): number {
    this.hasNonAscii = (bits & TOP_BITS) !== 0;
    this.contentEnd = contentEnd;
    return next;
  }

  /** Ends a damaged record at its first line end. */
  #skipLine(bytes: Uint8Array, from: number, end: number, isLast: boolean): number {
    const feed = bytes.subarray(from, end).indexOf(LINE_FEED);
    if (feed < 0 && !isLast) return INCOMPLETE;
    const stop = feed < 0 ? end : from + feed;
    this.lines = 1;
    return this.#finish(0, stop > from && bytes[stop - 1] === RETURN ? stop - 1 : stop, Math.min(stop + 1, end));
  }

  /**
   * Whether `scan` could find the end of the record at `from`, for one that it called INCOMPLETE: goes on where the last call
   * stopped. The bytes in front of `end` may have moved, but must be those of the calls before.
   */
  isWhole(bytes: Uint8Array, from: number, end: number): boolean {
    let at = from + this.#searched;
    while (at < end && !this.#isEnd(bytes[at])) {
      this.#state = this.#stateAfter(bytes[at], at === from);
      at++;
    }
    this.#searched = at - from;
    return at < end;
  }

  /** Whether the record ends with this byte at the latest. Damage ends it at its first line end, which may lie in front. */
  #isEnd(byte: number): boolean {
    if (this.#state === IN_REST_OF_LINE && this.#hasLineFeed) return true;
    if (byte !== LINE_FEED) return false;
    this.#hasLineFeed = true;
    return !this.#isEscaped && this.#state !== IN_QUOTES;
  }

  #stateAfter(byte: number, isFirst: boolean): number {
    const state = this.#state;
    if (this.#isEscaped) {
      this.#isEscaped = false;
      return state;
    }
    if (state >= BEHIND_RETURN || (isFirst && this.#allowComments && byte === HASH)) return IN_REST_OF_LINE;
    if (state === BEHIND_QUOTE) {
      if (byte === this.#quote) return IN_QUOTES;
      if (byte === this.#delimiter) return AT_FIELD_START;
      return byte === RETURN ? BEHIND_RETURN : IN_REST_OF_LINE;
    }
    if (byte === this.#escaper) {
      this.#isEscaped = true;
      return state === AT_FIELD_START ? IN_FIELD : state;
    }
    if (byte === this.#quote) {
      if (state === IN_QUOTES) return BEHIND_QUOTE;
      return state === AT_FIELD_START ? IN_QUOTES : IN_FIELD;
    }
    if (state === IN_QUOTES) return IN_QUOTES;
    return byte === this.#delimiter ? AT_FIELD_START : IN_FIELD;
  }

  /** Forgets what `isWhole` has searched: the next record is another one. */
  reset(): void {
    this.#searched = 0;
    this.#state = AT_FIELD_START;
    this.#hasLineFeed = false;
    this.#isEscaped = false;
  }
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
