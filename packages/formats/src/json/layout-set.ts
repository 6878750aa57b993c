/**
 * The layouts a stream of records has shown, each with its decoder; tried before the full parser.
 *
 * State   decoders in the order of last use. The one that fits the last record is tried first, so runs of one kind of record
 *         stay inside one generated loop.
 * Cost    at most MAX_LAYOUTS failed guesses a record, each ended by the first differing eight bytes. Where records keep
 *         changing, guessing is given up for a while (twice as long each time) and nothing is learnt.
 */
import type { FieldNode } from "./field-tree.ts";
import { describeLayout, type Layout } from "./layout.ts";
import { compileLayout, type LayoutContext, type LayoutDecoder } from "./layout-code.ts";

const MAX_LAYOUTS = 16;
/** Generating code costs about as much as parsing a thousand records: a layout must have come this often. */
const SIGHTINGS = 2;
const MAX_SIGHTED = 256;
const MAX_COMPILED = 128;
const PROBATION_RECORDS = 1024;

interface Entry {
  readonly layout: Layout;
  readonly decodeLines: LayoutDecoder;
  decodeWhole: LayoutDecoder | null;
}

export class LayoutSet {
  readonly #context: LayoutContext;
  readonly #root: FieldNode;
  readonly #entries: Entry[] = [];
  readonly #sighted = new Map<string, number>();
  #compiled = 0;
  /** Records the layouts took, and did not take, since the last look. */
  #hits = 0;
  #misses = 0;
  #pauseRecords = 0;
  #nextPause = 4096;
  /** No decoder reads further than this behind the end of a record. */
  reach = 64;

  constructor(context: LayoutContext, root: FieldNode) {
    this.#context = context;
    this.#root = root;
  }

  /** Decodes lines while any layout fits; returns the start of the first record none fits, or `limit` at the least. */
  decodeLines(bytes: Uint8Array, view: DataView, start: number, limit: number, maxRows: number): number {
    const entries = this.#entries;
    const { run } = this.#context;
    if (entries.length === 0 || this.#pauseRecords > 0) return start;
    const before = run.records;
    let at = entries[0].decodeLines(bytes, view, start, limit);
    while (at < limit && run.row < maxRows) {
      const next = this.#tryOthers(bytes, view, at, limit);
      if (next === at) break;
      at = next;
    }
    this.#hits += run.records - before;
    return at;
  }

  #tryOthers(bytes: Uint8Array, view: DataView, start: number, limit: number): number {
    const entries = this.#entries;
    for (let i = 1; i < entries.length; i++) {
      const entry = entries[i];
      const at = entry.decodeLines(bytes, view, start, limit);
      if (at === start) continue;
      for (let j = i; j > 0; j--) entries[j] = entries[j - 1];
      entries[0] = entry;
      return at;
    }
    return start;
  }

  /** Decodes one record that takes up `bytes[start, end)`; false if no layout fits. */
  decodeWhole(bytes: Uint8Array, view: DataView, start: number, end: number): boolean {
    if (this.#pauseRecords > 0) return false;
    const entries = this.#entries;
    for (let i = 0; i < entries.length; i++) {
      const entry = entries[i];
      entry.decodeWhole ??= compileLayout(entry.layout, this.#context, false);
      if (entry.decodeWhole(bytes, view, start, end) === start) continue;
      for (let j = i; j > 0; j--) entries[j] = entries[j - 1];
      entries[0] = entry;
      this.#hits++;
      return true;
    }
    return false;
  }

  /** To be called with each record that the full parser has accepted instead. */
  learn(start: number, end: number): void {
    if (this.#pauseRecords > 0) {
      this.#pauseRecords--;
      return;
    }
    if (++this.#misses + this.#hits >= PROBATION_RECORDS) this.#judge();
    if (this.#compiled >= MAX_COMPILED || this.#sighted.size >= MAX_SIGHTED) return;
    const layout = describeLayout(this.#context.scanner, this.#root, start, end);
    if (layout === null) return;
    const sightings = (this.#sighted.get(layout.signature) ?? 0) + 1;
    this.#sighted.set(layout.signature, sightings);
    if (sightings < SIGHTINGS) return;
    this.#sighted.delete(layout.signature);
    this.#compiled++;
    if (this.#entries.length === MAX_LAYOUTS) this.#entries.pop();
    this.#entries.unshift({ layout, decodeLines: compileLayout(layout, this.#context, true), decodeWhole: null });
    this.reach = Math.max(this.reach, layout.reach);
  }

  #judge(): void {
    // Below one hit in four the failed guesses cost more than the hits save.
    if (this.#misses > this.#hits * 3 && this.#entries.length > 0) {
      this.#pauseRecords = this.#nextPause;
      this.#nextPause = Math.min(this.#nextPause * 2, 1 << 20);
    }
    this.#hits = 0;
    this.#misses = 0;
    this.#sighted.clear();
  }
}
