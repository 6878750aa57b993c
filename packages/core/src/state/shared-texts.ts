/**
 * Texts that rows of one column of a store have in common, whatever chunk they stand in: each kept once.
 *
 * Invariant  bytes in a pool never change, rows point at them. A pool closes when much of what it holds must be of rows that
 *            are gone; rows that come later have a new one, and the old one goes with the last chunk that points into it.
 * State      the texts of each pool, and an index of them. A column whose texts hardly repeat shares none any more.
 * Cost       a look-up per text.
 */
import type { Utf8Column } from "../batch/column.ts";
import { copyBytes } from "../batch/gather.ts";
import { grown, nextCapacity } from "./byte-arena.ts";
import { RunIndex } from "./run-index.ts";

export class SharedTexts {
  #pool: TextPool | null = null;
  #paysOff = true;
  readonly #rowsHeld: () => number;

  /** `rowsHeld`: by the store. */
  constructor(rowsHeld: () => number) {
    this.#rowsHeld = rowsHeld;
  }

  /** Where a new chunk keeps its texts, null = each has its own. */
  pool(): TextPool | null {
    if (this.#pool?.isClosed === true) {
      this.#paysOff = this.#pool.paidOff;
      this.#pool = null;
    }
    if (this.#paysOff) this.#pool ??= new TextPool(this.#rowsHeld);
    return this.#pool;
  }
}

/** As a column of a chunk shows it; its `bytes` are replaced where they stand when they grow. */
export type TextView = { -readonly [K in keyof Utf8Column]: Utf8Column[K] };

/** Fewer texts are kept, whoever still needs them. */
const MIN_CLOSING_COUNT = 64;
const MANY = 16_384;
const MAX_POOL_BYTES = 1 << 30;

export class TextPool {
  bytes: Uint8Array = new Uint8Array(1024);
  isClosed = false;
  /** What points into it. */
  readonly views: Set<TextView> = new Set<TextView>();
  readonly #index = new RunIndex();
  readonly #rowsHeld: () => number;
  #size = 0;

  constructor(rowsHeld: () => number) {
    this.#rowsHeld = rowsHeld;
  }

  /** Whether its texts, all in all, stood in two rows each. */
  get paidOff(): boolean {
    return this.#index.found >= this.#index.count;
  }

  /** Where the text stands, -1 = it does not and the pool takes no more. */
  place(source: Uint8Array, from: number, to: number): number {
    if (from === to) return 0;
    const found = this.#index.find(this.bytes, source, from, to);
    if (found >= 0) return found;
    const length = to - from;
    if (this.#index.isFull) this.#considerClosing();
    if (this.#size + length > MAX_POOL_BYTES) this.isClosed = true;
    if (this.isClosed) return -1;
    if (this.#size + length > this.bytes.length) this.#grow(this.#size + length);
    const at = this.#size;
    copyBytes(source, from, this.bytes, at, length);
    this.#size += length;
    this.#index.add(at, this.#size);
    return at;
  }

  #considerClosing(): void {
    const { count, paysOff } = this.#index;
    const rows = this.#rowsHeld();
    const isOutlived = count >= MANY ? count * 2 > rows : count >= MIN_CLOSING_COUNT && count > rows;
    this.isClosed ||= isOutlived || !paysOff;
  }

  #grow(needed: number): void {
    this.bytes = grown(this.bytes, new Uint8Array(Math.max(needed, nextCapacity(this.bytes.length))));
    for (const view of this.views) view.bytes = this.bytes;
  }

  get byteSize(): number {
    return this.bytes.byteLength + this.#index.byteSize;
  }
}
