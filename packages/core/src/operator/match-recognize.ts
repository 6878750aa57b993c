/**
 * MATCH_RECOGNIZE: finds the matches of a row pattern in each partition's rows, in event time.
 *
 * Rows wait until the watermark has passed them; then they are sorted into their partition, by time, the further columns of ORDER
 * BY, and arrival, and matched. What the search knows is not kept: after a restore it is made again from the rows.
 *
 * Invariant  a row with a time of the watermark or before is in its partition, and everything that follows from it has been
 *            emitted. Rows before the first one of the match that is looked for are dropped, but for the `lookBehind` that
 *            PREV may ask for; those are marked as used, so that no match begins with them again.
 * State      rows by partition and arrival; per partition the number of matches, kept for ever if it is asked for, else while
 *            there are rows; the watermark.
 * Cost       per row two look-ups and the search's cost (pattern-matcher.ts). A partition without a partial match keeps no row.
 */

import type { BoolColumn, Column, Float64Column } from "../batch/column.ts";
import type { Field } from "../batch/data-type.ts";
import { MAX_BATCH_ROWS, type RecordBatch } from "../batch/record-batch.ts";
import type { Counter } from "../metrics.ts";
import { type MatchPath, rowsOfPath } from "../pattern/match-path.ts";
import type { MatchProgramFactory } from "../pattern/match-program.ts";
import { MeasuredRows } from "../pattern/measured-rows.ts";
import { PartitionRows } from "../pattern/partition-rows.ts";
import { compilePattern } from "../pattern/pattern-automaton.ts";
import { type MatchRowColumns, PatternMatcher } from "../pattern/pattern-matcher.ts";
import { RowOrder, type RowOrderKey } from "../pattern/row-order.ts";
import type { AfterMatchSkip, MatchChoice, MatchOutput, RowPattern } from "../pattern/row-pattern.ts";
import { ArrivedRows } from "../state/arrived-rows.ts";
import { grown } from "../state/byte-arena.ts";
import { PartitionLists } from "../state/partition-lists.ts";
import { PartitionTimers } from "../state/partition-timers.ts";
import { PendingRows } from "../state/pending-rows.ts";
import type { OperatorValue, StateColumn, StateTable } from "../state/state-backend.ts";
import { onTime } from "../window/on-time.ts";
import { MAX_TIMESTAMP, MIN_TIMESTAMP, type Operator, type OperatorContext, type TimeDomain } from "./operator.ts";

export interface MatchRecognizeSpec {
  readonly kind: "match-recognize";
  readonly inputFields: readonly Field[];
  readonly partitionBy: readonly number[];
  readonly timeColumn: number;
  /** Processing time: rows count in the order of arrival, and at once. */
  readonly timeDomain: TimeDomain;
  /** Input columns that conditions, measures and the order need: the columns that the program reads, in this order. */
  readonly stored: readonly number[];
  /** What orders rows of the same time, before arrival: columns of `stored`. */
  readonly orderBy: readonly RowOrderKey[];
  /** BOOLEAN input columns, at most MAX_FLAGS: bit i of a row's flags is set if column `flagColumns[i]` is TRUE. */
  readonly flagColumns: readonly number[];
  /** Per variable, the bits that must be set. */
  readonly flagOf: readonly number[];
  readonly pattern: RowPattern;
  readonly choice: MatchChoice;
  readonly skip: AfterMatchSkip;
  readonly withinMs: number | null;
  /** Excluded rows never come out. */
  readonly output: MatchOutput;
  /** How far PREV and NEXT reach. */
  readonly lookBehind: number;
  readonly lookAhead: number;
  /** Whether the program asks for the number of the match in its partition. */
  readonly countsMatches: boolean;
  readonly measures: readonly Field[];
}

/** Bits in a row's flags. */
export const MAX_FLAGS = 30;

/** Input: inserts only. Output: the partition's columns, then the measures; inserts only. */
export function createMatchRecognize(
  spec: MatchRecognizeSpec,
  context: OperatorContext,
  createProgram: MatchProgramFactory,
): Operator {
  return new MatchRecognize(spec, context, createProgram);
}

const double = (name: string): Field => ({ name, type: { kind: "double", nullable: false } });
const TIME = 0;
const FLAGS = 1;
const USED = 2;

/** In `$used`: the search is past the row; it is not, but the row was in a match. */
const PASSED = 1;
const MATCHED = 2;

/** What is kept of a row besides the stored columns; whether it is used only where rows stay after that. */
function ownFields(spec: MatchRecognizeSpec): readonly Field[] {
  return [double("$time"), double("$flags"), ...(keepsUsed(spec) ? [double("$used")] : [])];
}

function keepsUsed({ lookBehind, output, skip }: MatchRecognizeSpec): boolean {
  return lookBehind > 0 || (output === "all-and-unmatched" && skip.kind !== "past-last-row");
}

/** Partitions without rows are removed when there are so many of them, and at least half as many as others. */
const SWEEP_FROM = 1024;

class MatchRecognize implements Operator {
  readonly #spec: MatchRecognizeSpec;
  readonly #operatorId: string;
  readonly #arrived: ArrivedRows;
  readonly #rows: StateTable;
  readonly #partitions: StateTable;
  readonly #stored: readonly StateColumn[];
  readonly #order: RowOrder;
  readonly #watermark: OperatorValue<number>;
  readonly #late: Counter;
  readonly #matcher: PatternMatcher;
  readonly #pending = new PendingRows();
  /** When the search in a partition is given up, or an earlier time. */
  readonly #deadlines = new PartitionTimers();
  /** The watermark that is being processed. */
  #now: number = MIN_TIMESTAMP;
  /** Per partition, the rows that are no longer pending. */
  readonly #active: (PartitionRows | undefined)[] = [];
  /** What is matched now. */
  #current: PartitionRows = new PartitionRows();
  #spare: PartitionRows | null = null;
  /** Rows of each partition, pending ones included. */
  #rowCounts = new Int32Array(64);
  /** Partitions that may be without rows. */
  readonly #emptied = new Set<number>();
  /** Whether rows were restored whose searches have not been made again. */
  #isRestored = false;
  readonly #out: MeasuredRows;
  /** Rows of the match that is put out row by row, and how many of them are out. */
  #matched: readonly MatchPath[] = [];
  #sent = 0;
  readonly #dueSlots: number[] = [];
  #slots = new Int32Array(MAX_BATCH_ROWS);
  #partitionSlots = new Int32Array(MAX_BATCH_ROWS);
  /** Rows that are due. */
  readonly #due = new PartitionLists();

  constructor(spec: MatchRecognizeSpec, context: OperatorContext, createProgram: MatchProgramFactory) {
    this.#spec = spec;
    this.#operatorId = context.operatorId;
    const { state } = context;
    const key = spec.partitionBy.map((column) => spec.inputFields[column]);
    const own = ownFields(spec);
    const values = [...own, ...spec.stored.map((column) => spec.inputFields[column])];
    this.#arrived = new ArrivedRows(state, key, values);
    this.#rows = this.#arrived.table;
    this.#partitions = state.table({ name: "partitions", key, values: [double("matches")] });
    this.#stored = this.#rows.columns.slice(own.length);
    this.#order = new RowOrder(spec.orderBy, this.#stored);
    this.#watermark = state.operatorValue<number>("watermark", MIN_TIMESTAMP, Math.min);
    this.#late = context.metrics.counter("numLateRecordsDropped");
    const program = createProgram({
      columns: this.#stored,
      slotAt: (position) => this.#current.slotAt(position),
    });
    this.#out = new MeasuredRows(program, this.#partitions, spec.measures);
    this.#matcher = new PatternMatcher({
      automaton: compilePattern(spec.pattern, spec.choice),
      conditions: program.conditions,
      flagOf: spec.flagOf,
      choice: spec.choice,
      skip: spec.skip,
      withinMs: spec.withinMs,
      lookAhead: spec.lookAhead,
      tellsUnmatched: spec.output === "all-and-unmatched",
    });
    if (this.#rows.size > 0) this.#takeUp();
  }

  get #columns(): MatchRowColumns {
    const { columns } = this.#rows;
    return { times: columns[TIME].float64 as Float64Array, flags: columns[FLAGS].float64 as Float64Array };
  }

  get #usedRows(): Float64Array | null {
    return keepsUsed(this.#spec) ? this.#rows.columns[USED].float64 : null;
  }

  *onBatch(batch: RecordBatch): Generator<RecordBatch> {
    const isProcessing = this.#spec.timeDomain === "processing";
    const given = isProcessing
      ? batch
      : onTime(batch, this.#spec.timeColumn, this.#watermark.get(), this.#late, this.#operatorId);
    if (given.length === 0) return;
    this.#store(given);
    if (!isProcessing) return;
    const { values } = given.columns[this.#spec.timeColumn] as Float64Column;
    let now = this.#watermark.get();
    for (let row = 0; row < given.length; row++) if (values[row] > now) now = values[row];
    this.#watermark.set(now);
    yield* this.#process(now, MAX_TIMESTAMP);
  }

  *onWatermark(watermark: number): Generator<RecordBatch> {
    if (this.#spec.timeDomain === "processing" && watermark !== MAX_TIMESTAMP) return;
    yield* this.#process(watermark, watermark);
    this.#watermark.set(watermark);
  }

  #store({ length, columns }: RecordBatch): void {
    const { partitionBy, stored, timeColumn, flagColumns } = this.#spec;
    if (this.#slots.length < length) {
      this.#slots = new Int32Array(length);
      this.#partitionSlots = new Int32Array(length);
    }
    const keys = partitionBy.map((column) => columns[column]);
    const partitions = this.#partitionSlots;
    this.#partitions.slotsOf(keys, length, partitions);
    this.#reservePartitions();
    const slots = this.#slots;
    this.#arrived.add(keys, length, slots);
    for (const [i, column] of stored.entries()) this.#stored[i].write(slots, columns[column], length);
    const { times, flags } = this.#columns;
    const used = this.#usedRows;
    const { values } = columns[timeColumn] as Float64Column;
    const flagsOfRows = flagsOf(
      flagColumns.map((column) => columns[column]),
      length,
    );
    for (let row = 0; row < length; row++) {
      const slot = slots[row];
      times[slot] = values[row];
      flags[slot] = flagsOfRows[row];
      if (used !== null) used[slot] = 0;
      this.#rowCounts[partitions[row]]++;
      this.#pending.add(slot, partitions[row], values[row]);
    }
  }

  /** Room for what is known of partitions besides their state. */
  #reservePartitions(): void {
    const { capacity } = this.#partitions;
    if (capacity <= this.#rowCounts.length) return;
    const length = Math.max(capacity, this.#rowCounts.length * 2);
    this.#rowCounts = grown(this.#rowCounts, new Int32Array(length));
    this.#deadlines.reserve(length);
    this.#due.reserve(length);
  }

  /** Restored rows: those up to the watermark go back to their partitions, the others wait again. */
  #takeUp(): void {
    this.#isRestored = true;
    this.#reservePartitions();
    const { times } = this.#columns;
    const isProcessing = this.#spec.timeDomain === "processing";
    const watermark = this.#watermark.get();
    const used = this.#usedRows;
    const seen = new Map<number, number[]>();
    for (const { slot, partition } of this.#arrived.inOrder(this.#partitions)) {
      this.#rowCounts[partition]++;
      // Another instance may have been further: what it was done with is not begun with again.
      if (!isProcessing && times[slot] > watermark && (used === null || used[slot] === 0))
        this.#pending.add(slot, partition, times[slot]);
      else {
        const slots = seen.get(partition);
        if (slots === undefined) seen.set(partition, [slot]);
        else slots.push(slot);
      }
    }
    for (const [partition, slots] of seen) {
      const rows = new PartitionRows();
      this.#sort(slots);
      for (const slot of slots) rows.append(slot);
      if (used !== null) {
        while (rows.start < rows.end && used[rows.slotAt(rows.start)] === PASSED) rows.start++;
        rows.matchedTo = rows.start;
        while (rows.matchedTo < rows.end && used[rows.slotAt(rows.matchedTo)] === MATCHED) rows.matchedTo++;
      }
      this.#active[partition] = rows;
    }
  }

  /** Matches the rows with a time of `due` or before. */
  *#process(watermark: number, due: number): Generator<RecordBatch> {
    this.#now = watermark;
    if (this.#isRestored) {
      this.#isRestored = false;
      // As far as they were: with the watermark at which they were left, nothing is found that was not found before.
      yield* this.#advanceAll(this.#watermark.get());
    }
    const rows = this.#pending.takeDue(due);
    for (const partition of this.#due.fill(rows.partitions, rows.length)) {
      const own = this.#append(partition, rows.slots);
      if (own === null) continue;
      while (!this.#advance(partition, own, watermark)) yield this.#out.take();
    }
    yield* this.#giveUpLate(watermark);
    if (watermark === MAX_TIMESTAMP) yield* this.#advanceAll(watermark);
    if (!this.#out.isEmpty) yield this.#out.take();
    this.#sweep(watermark === MAX_TIMESTAMP);
  }

  *#advanceAll(watermark: number): Generator<RecordBatch> {
    for (const [partition, own] of this.#active.entries()) {
      if (own === undefined) continue;
      while (!this.#advance(partition, own, watermark)) yield this.#out.take();
    }
  }

  /** The searches whose time is over. */
  *#giveUpLate(watermark: number): Generator<RecordBatch> {
    for (;;) {
      const due = this.#deadlines.takeDue(watermark);
      if (due.length === 0) return;
      for (const partition of due) {
        const own = this.#active[partition];
        if (own === undefined) continue;
        if (this.#matcher.deadlineOf(own, this.#columns) > watermark) this.#watch(partition, own);
        else while (!this.#advance(partition, own, watermark)) yield this.#out.take();
      }
    }
  }

  /** Sees to it that the search in a partition is given up in time. */
  #watch(partition: number, own: PartitionRows): void {
    if (own.run === null || this.#spec.withinMs === null) return;
    const deadline = this.#matcher.deadlineOf(own, this.#columns);
    // One that waits for rows behind a last one although its time is over goes on when they come.
    if (deadline > this.#now) this.#deadlines.set(partition, deadline);
  }

  /** Puts the due rows into their partition; null if none of them matters. */
  #append(partition: number, due: Int32Array): PartitionRows | null {
    const slots = this.#dueSlots;
    this.#due.take(partition, due, slots);
    this.#sort(slots);
    let own = this.#active[partition];
    let from = 0;
    if (own === undefined) {
      if (this.#spec.lookBehind === 0) {
        // The usual row begins no match, and there is none that it could be in.
        const { flags } = this.#columns;
        while (from < slots.length && !this.#matcher.mayBegin(flags[slots[from]])) this.#rows.remove(slots[from++]);
        this.#rowCounts[partition] -= from;
        if (from === slots.length) {
          if (this.#rowCounts[partition] === 0) this.#emptied.add(partition);
          return null;
        }
      }
      own = this.#spare ?? new PartitionRows();
      this.#spare = null;
      this.#active[partition] = own;
    }
    for (let i = from; i < slots.length; i++) own.append(slots[i]);
    return own;
  }

  /** Processing time is the order of arrival. */
  #sort(slots: number[]): void {
    if (this.#spec.timeDomain === "event") this.#order.sort(slots, this.#columns.times);
  }

  /** Finds and puts out matches of a partition; false if the output is full before all is done. */
  #advance(partition: number, own: PartitionRows, watermark: number): boolean {
    this.#current = own;
    const matcher = this.#matcher;
    const columns = this.#columns;
    const { output } = this.#spec;
    for (;;) {
      while (this.#sent < this.#matched.length) {
        const row = this.#matched[this.#sent++];
        if (!this.#out.add(partition, matcher.match, row, row.slot)) return false;
      }
      if (!matcher.next(own, columns, watermark)) break;
      const { isMatch, match, matchStart, decidedAt } = matcher;
      const { facts } = this.#out;
      facts.isMatch = isMatch;
      facts.number = isMatch ? this.#numberOf(partition) : 0;
      facts.time = decidedAt;
      if (match === null && output === "all-but-empty") continue;
      if (match !== null && output !== "one-row") {
        this.#matched = rowsOfPath(match).filter((row) => !row.isExcluded);
        this.#sent = 0;
        continue;
      }
      if (!this.#out.add(partition, match, match, match?.slot ?? own.slotAt(matchStart))) return false;
    }
    this.#release(partition, own);
    return true;
  }

  #numberOf(partition: number): number {
    if (!this.#spec.countsMatches) return 0;
    const matches = this.#partitions.columns[0].float64 as Float64Array;
    return ++matches[partition];
  }

  /** Drops the rows that no match can hold any more. */
  #release(partition: number, own: PartitionRows): void {
    const before = own.first;
    own.dropBefore(Math.max(before, own.start - this.#spec.lookBehind), this.#rows);
    this.#rowCounts[partition] -= own.first - before;
    const used = this.#usedRows;
    if (used !== null) {
      for (let position = own.first; position < own.start && position < own.end; position++) {
        used[own.slotAt(position)] = PASSED;
      }
      for (let position = own.start; position < own.matchedTo && position < own.end; position++) {
        used[own.slotAt(position)] = MATCHED;
      }
    }
    if (own.first === own.end) {
      this.#active[partition] = undefined;
      own.reset();
      this.#spare = own;
      if (this.#rowCounts[partition] === 0) this.#emptied.add(partition);
    } else this.#watch(partition, own);
  }

  /** Removes partitions without rows: now and then, as most soon have rows again. */
  #sweep(isLast: boolean): void {
    if (this.#spec.countsMatches) this.#emptied.clear();
    const limit = isLast ? 1 : Math.max(SWEEP_FROM, this.#partitions.size / 2);
    if (this.#emptied.size < limit) return;
    for (const partition of this.#emptied) if (this.#rowCounts[partition] === 0) this.#partitions.remove(partition);
    this.#emptied.clear();
  }
}

function flagsOf(columns: readonly Column[], length: number): Float64Array {
  const flags = new Float64Array(length);
  for (const [i, column] of columns.entries()) {
    const { values, nulls } = column as BoolColumn;
    const bit = 1 << i;
    for (let row = 0; row < length; row++) {
      if (values[row] === 1 && (nulls === null || nulls[row] === 0)) flags[row] += bit;
    }
  }
  return flags;
}
