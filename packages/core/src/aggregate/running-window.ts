/**
 * The aggregate of a window that slides over panes, kept while panes enter at its new end and leave at its old one, so that
 * what a window costs does not grow with the number of its panes.
 *
 * Four ways, by what the aggregates can do:
 *   growing      panes only enter, until all leave (cumulating windows): merge.
 *   subtracting  COUNT, exact SUM and AVG, DISTINCT or not: merge what enters, subtract what leaves. A count of rows per key tells when a key
 *                has left the window.
 *   two stacks   MIN, MAX, sums of floating point (subtracting would leave rounding errors and NaN behind): panes that
 *                entered are merged into `back`. When the oldest has to leave and `front` is used up, the panes of `back`
 *                go over to `front`, newest first, each noting the entries that it changes as they were: to let the oldest pane
 *                leave then is to put its notes back. The window is `front` merged with `back`.
 *
 *   recomputed   DISTINCT beside MIN, MAX or sums of doubles, and what depends on the order of rows: each window is merged anew.
 *
 * Invariant  holds exactly the panes added and not evicted, whatever `update` added to them since.
 * Cost       amortised O(1) merges per entry of a pane; two stacks: O(keys) copies per window besides. Recomputed: O(panes) merges.
 */
import type { Column } from "../batch/column.ts";
import { MAX_BATCH_ROWS, type RecordBatch } from "../batch/record-batch.ts";
import { MillraceError } from "../errors.ts";
import { forEachPiece } from "../state/slots-in-use.ts";
import type { Pane, PaneAggregates } from "./pane-aggregates.ts";

export interface RunningWindow {
  /** A pane later than all others enters. */
  add(start: number, pane: Pane): void;
  /** The oldest pane leaves. Its own entries must still be there. */
  evict(start: number, pane: Pane): void;
  /** Rows were added to the table of a pane inside, or to a new pane between those inside. */
  update(start: number, keys: readonly Column[], batch: RecordBatch): void;
  clear(): void;
  /** The window's entries, until the next call of any method. */
  entries(): Pane;
}

/** Panes enter and are only cleared together. */
export class GrowingWindow implements RunningWindow {
  readonly #aggregates: PaneAggregates;
  readonly #running: Pane;

  constructor(aggregates: PaneAggregates) {
    this.#aggregates = aggregates;
    this.#running = aggregates.createPane();
  }

  add(_start: number, pane: Pane): void {
    this.#aggregates.mergeAll(this.#running, pane);
  }

  evict(start: number): void {
    throw new MillraceError({
      code: "INVARIANT",
      message: `broken invariant: pane ${start} leaves a growing window alone`,
    });
  }

  update(_start: number, keys: readonly Column[], batch: RecordBatch): void {
    this.#aggregates.update(this.#running, keys, batch);
  }

  clear(): void {
    this.#running.clear();
  }

  entries(): Pane {
    return this.#running;
  }
}

/** Panes leave by subtraction. */
export class SubtractingWindow implements RunningWindow {
  readonly #aggregates: PaneAggregates;
  readonly #running: Pane;
  readonly #slots = new Int32Array(MAX_BATCH_ROWS);

  constructor(aggregates: PaneAggregates) {
    this.#aggregates = aggregates;
    this.#running = aggregates.createPane();
  }

  add(_start: number, pane: Pane): void {
    if (this.#aggregates.hasDistinct) return this.#aggregates.mergeAll(this.#running, pane);
    forEachPiece(pane.table, (piece, length) => {
      this.#running.table.slotsOf(pane.table.keysOf(piece, length), length, this.#slots);
      this.#aggregates.merge(this.#running, this.#slots, pane, piece, length);
    });
  }

  evict(_start: number, pane: Pane): void {
    if (this.#aggregates.hasDistinct) return this.#aggregates.subtractAll(this.#running, pane);
    forEachPiece(pane.table, (piece, length) => {
      this.#running.table.find(pane.table.keysOf(piece, length), length, this.#slots);
      this.#aggregates.subtract(this.#running, this.#slots, pane, piece, length);
    });
  }

  update(_start: number, keys: readonly Column[], batch: RecordBatch): void {
    this.#aggregates.update(this.#running, keys, batch);
  }

  clear(): void {
    this.#running.clear();
  }

  entries(): Pane {
    return this.#running;
  }
}

/** For DISTINCT beside what cannot be subtracted, and where order counts: each window anew, oldest pane first. */
export class RecomputedWindow implements RunningWindow {
  readonly #aggregates: PaneAggregates;
  readonly #paneAt: (start: number) => Pane;
  readonly #result: Pane;
  #starts: number[] = [];

  constructor(aggregates: PaneAggregates, paneAt: (start: number) => Pane) {
    this.#aggregates = aggregates;
    this.#paneAt = paneAt;
    this.#result = aggregates.createPane();
  }

  add(start: number): void {
    this.#starts.push(start);
  }

  evict(start: number): void {
    this.#starts = this.#starts.filter((own) => own !== start);
  }

  update(start: number): void {
    if (!this.#starts.includes(start)) this.#starts.push(start);
  }

  clear(): void {
    this.#starts = [];
    this.#result.clear();
  }

  entries(): Pane {
    this.#result.clear();
    for (const start of this.#starts.toSorted((a, b) => a - b)) {
      this.#aggregates.mergeAll(this.#result, this.#paneAt(start));
    }
    return this.#result;
  }
}

/** What the front held before a pane was merged into it: entries of the keys that it held already. */
interface Note {
  readonly start: number;
  readonly before: Pane;
}

export class TwoStacksWindow implements RunningWindow {
  readonly #aggregates: PaneAggregates;
  readonly #paneAt: (start: number) => Pane;
  readonly #front: Pane;
  readonly #back: Pane;
  readonly #result: Pane;
  /** Oldest pane last. */
  #notes: Note[] = [];
  #backStarts: number[] = [];
  /** Rows came to a pane whose entries are merged into others of the front: to be stacked anew. */
  #isStale = false;
  readonly #slots = new Int32Array(MAX_BATCH_ROWS);
  readonly #isNew = new Uint8Array(MAX_BATCH_ROWS);

  constructor(aggregates: PaneAggregates, paneAt: (start: number) => Pane) {
    this.#aggregates = aggregates;
    this.#paneAt = paneAt;
    this.#front = aggregates.createPane();
    this.#back = aggregates.createPane();
    this.#result = aggregates.createPane();
  }

  add(start: number, pane: Pane): void {
    this.#backStarts.push(start);
    this.#mergeInto(this.#back, pane);
  }

  evict(start: number): void {
    if (this.#isStale || this.#notes.length === 0) this.#stack();
    const note = this.#notes.pop();
    if (note === undefined || note.start !== start)
      throw new MillraceError({ code: "INVARIANT", message: `broken invariant: pane ${start} is not the oldest` });
    const front = this.#front;
    const { before } = note;
    const slots = this.#slots;
    const beforeSlots = new Int32Array(MAX_BATCH_ROWS);
    const pane = this.#paneAt(start);
    forEachPiece(pane.table, (piece, length) => {
      const keys = pane.table.keysOf(piece, length);
      front.table.find(keys, length, slots);
      before.table.find(keys, length, beforeSlots);
      let restored = 0;
      for (let i = 0; i < length; i++) {
        if (beforeSlots[i] < 0) front.table.remove(slots[i]);
        else {
          slots[restored] = slots[i];
          beforeSlots[restored++] = beforeSlots[i];
        }
      }
      this.#aggregates.copy(front, slots, before, beforeSlots, restored);
    });
  }

  update(start: number, keys: readonly Column[], batch: RecordBatch): void {
    const isInBack = this.#backStarts.length > 0 && start >= this.#backStarts[0];
    if (isInBack && !this.#isStale) this.#aggregates.update(this.#back, keys, batch);
    else this.#isStale = true;
    // A pane that was empty so far takes its place, so that it is evicted in turn.
    if (this.#notes.some((note) => note.start === start) || this.#backStarts.includes(start)) return;
    this.#backStarts.push(start);
    this.#backStarts.sort((a, b) => a - b);
  }

  clear(): void {
    this.#front.clear();
    this.#back.clear();
    this.#notes = [];
    this.#backStarts = [];
    this.#isStale = false;
  }

  entries(): Pane {
    if (this.#isStale) this.#stack();
    const front = this.#front;
    const back = this.#back;
    if (back.table.size === 0) return front;
    if (front.table.size === 0) return back;
    const result = this.#result;
    result.clear();
    forEachPiece(front.table, (piece, length) => {
      result.table.slotsOf(front.table.keysOf(piece, length), length, this.#slots);
      this.#aggregates.copy(result, this.#slots, front, piece, length);
    });
    this.#mergeInto(result, back);
    return result;
  }

  /** Moves all panes to the front, so that the oldest can leave. */
  #stack(): void {
    const starts = [...this.#notes.map((note) => note.start), ...this.#backStarts].sort((a, b) => b - a);
    this.#front.clear();
    this.#back.clear();
    this.#backStarts = [];
    this.#isStale = false;
    this.#notes = starts.map((start) => ({ start, before: this.#mergeWithNote(this.#paneAt(start)) }));
  }

  #mergeWithNote(pane: Pane): Pane {
    const front = this.#front;
    const before = this.#aggregates.createPane();
    const slots = this.#slots;
    const isNew = this.#isNew;
    forEachPiece(pane.table, (piece, length) => {
      const keys = pane.table.keysOf(piece, length);
      isNew.fill(0, 0, length);
      front.table.slotsOf(keys, length, slots, isNew);
      const known: number[] = [];
      for (let i = 0; i < length; i++) if (isNew[i] === 0) known.push(i);
      const knownPiece = Int32Array.from(known, (i) => piece[i]);
      const knownSlots = Int32Array.from(known, (i) => slots[i]);
      const beforeSlots = new Int32Array(known.length);
      before.table.slotsOf(pane.table.keysOf(knownPiece, known.length), known.length, beforeSlots);
      this.#aggregates.copy(before, beforeSlots, front, knownSlots, known.length);
      this.#aggregates.merge(front, slots, pane, piece, length);
    });
    return before;
  }

  #mergeInto(target: Pane, source: Pane): void {
    forEachPiece(source.table, (piece, length) => {
      target.table.slotsOf(source.table.keysOf(piece, length), length, this.#slots);
      this.#aggregates.merge(target, this.#slots, source, piece, length);
    });
  }
}
