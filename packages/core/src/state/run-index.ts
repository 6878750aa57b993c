/**
 * Finds runs of bytes by what they are, so that texts which come again and again are kept once.
 *
 * Invariant  an entry says where a run stands in the array of its owner. A hash is never an identity: runs are compared in
 *            full. Empty runs have no entry.
 * State      16 bytes per cell, at most three quarters of them full, beside the bytes, which are the owner's.
 * Cost       a look-up reads the run twice and one or two neighbouring cells; an owner whose runs hardly repeat asks
 *            `paysOff` and stops.
 */

/** A cell: hash, start, end; end 0 = empty. */
const CELL_BITS = 2;
const HASH = 0;
const START = 1;
const END = 2;
/** Fewer entries say little about how often runs repeat. */
const FIRST_VERDICT = 4096;
const LAST_VERDICT = 16_384;
/** So many runs of one sample are compared before all bytes are hashed. */
const MAX_ALIKE = 8;
const NO_BYTES = new Uint8Array(0);

export class RunIndex {
  /** Entries held. */
  count = 0;
  /** Look-ups that found a run. */
  found = 0;
  #cells = new Int32Array(32 << CELL_BITS);
  #mask = 31;
  /** The hash that was looked for last. */
  #sought = 0;
  /** Hashes are of all bytes, not of a sample. */
  #hashesAll = false;
  #bytes: Uint8Array = NO_BYTES;
  #words: DataView = wordsOf(NO_BYTES);

  /** Start in `bytes` of the run that is `source[from .. to)`, -1 = there is none. */
  find(bytes: Uint8Array, source: Uint8Array, from: number, to: number): number {
    if (bytes !== this.#bytes) {
      this.#bytes = bytes;
      this.#words = wordsOf(bytes);
    }
    const words = this.#words;
    const sourceWords = sourceWordsOf(source);
    const hash = this.#hashesAll ? hashRun(sourceWords, from, to) : hashSample(sourceWords, from, to);
    this.#sought = hash;
    const cells = this.#cells;
    const mask = this.#mask;
    const length = to - from;
    let others = 0;
    for (let number = hash & mask; ; number = (number + 1) & mask) {
      const cell = number << CELL_BITS;
      const end = cells[cell + END];
      if (end === 0) break;
      const start = cells[cell + START];
      if (cells[cell + HASH] !== hash || end - start !== length) continue;
      if (isSame(words, start, sourceWords, from, length)) {
        this.found++;
        return start;
      }
      others++;
    }
    if (others < MAX_ALIKE || this.#hashesAll) return -1;
    this.#hashAll();
    return this.find(bytes, source, from, to);
  }

  /** Runs that differ only in what is not sampled have come: all of each is hashed from now on. */
  #hashAll(): void {
    this.#hashesAll = true;
    this.#rebuild(this.#cells.length, (cell, cells) => hashRun(this.#words, cells[cell + START], cells[cell + END]));
  }

  #rebuild(length: number, hashOf: (cell: number, cells: Int32Array) => number): void {
    const old = this.#cells;
    this.#cells = new Int32Array(length);
    this.#mask = (length >> CELL_BITS) - 1;
    for (let cell = 0; cell < old.length; cell += 1 << CELL_BITS) {
      if (old[cell + END] !== 0) this.#place(hashOf(cell, old), old[cell + START], old[cell + END]);
    }
  }

  /** Adds the run that `find` has just not found. */
  add(start: number, end: number): void {
    if (this.isFull) this.#rebuild(this.#cells.length * 2, (cell, cells) => cells[cell + HASH]);
    this.count++;
    this.#place(this.#sought, start, end);
  }

  #place(hash: number, start: number, end: number): void {
    const cells = this.#cells;
    let number = hash & this.#mask;
    while (cells[(number << CELL_BITS) + END] !== 0) number = (number + 1) & this.#mask;
    const cell = number << CELL_BITS;
    cells[cell + HASH] = hash;
    cells[cell + START] = start;
    cells[cell + END] = end;
  }

  /** The next entry makes it grow: the time to ask `paysOff`. */
  get isFull(): boolean {
    return this.count * 4 > this.#mask * 3;
  }

  /** Whether runs repeat often enough to be looked for: each twice on average, among the first few one in five. */
  get paysOff(): boolean {
    if (this.count < FIRST_VERDICT) return true;
    return this.found >= (this.count < LAST_VERDICT ? this.count / 4 : this.count);
  }

  /** Where the runs begin, ascending. */
  starts(): Int32Array {
    const starts = new Int32Array(this.count);
    let count = 0;
    for (let cell = 0; cell < this.#cells.length; cell += 1 << CELL_BITS) {
      if (this.#cells[cell + END] !== 0) starts[count++] = this.#cells[cell + START];
    }
    return starts.sort();
  }

  /** Keeps the entries whose run begins at `starts[i]` (ascending), which is now at `moved[i]`; -1 = gone. */
  move(starts: Int32Array, moved: Int32Array): void {
    const old = this.#cells;
    this.#cells = new Int32Array(old.length);
    this.count = 0;
    for (let cell = 0; cell < old.length; cell += 1 << CELL_BITS) {
      if (old[cell + END] === 0) continue;
      const start = moved[indexOf(starts, old[cell + START])];
      if (start < 0) continue;
      this.count++;
      this.#place(old[cell + HASH], start, start + old[cell + END] - old[cell + START]);
    }
  }

  get byteSize(): number {
    return this.#cells.byteLength;
  }
}

function wordsOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}

let lastSource: Uint8Array = NO_BYTES;
let lastSourceWords = wordsOf(NO_BYTES);

function sourceWordsOf(source: Uint8Array): DataView {
  if (source !== lastSource) {
    lastSource = source;
    lastSourceWords = wordsOf(source);
  }
  return lastSourceWords;
}

function mix(hash: number, word: number): number {
  return ((hash << 7) | (hash >>> 25)) ^ Math.imul(word, 0x9e3779b1);
}

function finish(hash: number): number {
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return hash ^ (hash >>> 13);
}

/** Only for this table: unlike hash.ts's it may change. */
function hashRun(words: DataView, from: number, to: number): number {
  let hash = to - from;
  let at = from;
  for (const last = to - 3; at < last; at += 4) hash = mix(hash, words.getInt32(at, true));
  for (; at < to; at++) hash = mix(hash, words.getUint8(at));
  return finish(hash);
}

/** Of a long run: its length, five words spread over it and its last eight bytes. */
function hashSample(words: DataView, from: number, to: number): number {
  const length = to - from;
  if (length <= 28) return hashRun(words, from, to);
  let hash = length;
  const step = (length - 12) >> 2;
  for (let at = from, sample = 0; sample < 5; at += step, sample++) hash = mix(hash, words.getInt32(at, true));
  hash = mix(hash, words.getInt32(to - 8, true));
  return finish(mix(hash, words.getInt32(to - 4, true)));
}

function isSame(words: DataView, start: number, others: DataView, from: number, length: number): boolean {
  let i = 0;
  for (const last = length - 3; i < last; i += 4) {
    if (words.getInt32(start + i, true) !== others.getInt32(from + i, true)) return false;
  }
  for (; i < length; i++) if (words.getUint8(start + i) !== others.getUint8(from + i)) return false;
  return true;
}

/** Where a value stands in an ascending list that has it. */
export function indexOf(list: Int32Array, value: number): number {
  let low = 0;
  let high = list.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (list[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
