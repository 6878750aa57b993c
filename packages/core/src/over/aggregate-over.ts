/**
 * Aggregates over frames.
 *
 *   grows      frames that begin with the partition: rows only enter. Goes on from the row before.
 *   shrinks    frames that end with the partition, from the last row back: the same the other way round.
 *   slides     both ends move: what leaves is taken back. Begins with the frame of the first row, or with that of the row before.
 *   stacks     both ends move, and taking back would leave a trace (rounding, NaN): a frame is what is left of its first rows,
 *              summed up from behind, and the rows that entered since. When the first are used up, all become the first.
 *   rescans    the same to the last bit, wherever it begins: each frame anew, in the order of its rows.
 *
 * Cost       amortised O(1) per row that enters or leaves a frame; rescans: O(rows of the frame) for each computed row.
 */
import type { AggregateSpec } from "../aggregate/aggregate-spec.ts";
import { MovingAggregates } from "../aggregate/moving-aggregates.ts";
import type { Column } from "../batch/column.ts";
import type { Field } from "../batch/data-type.ts";
import type { StateColumn } from "../state/state-backend.ts";
import { createValueColumn, type TableColumn } from "../state/value-column.ts";
import { DistinctRows } from "./distinct-rows.ts";
import type { FrameBounds } from "./frame-bounds.ts";
import { StepList } from "./moving-steps.ts";
import type { OverFrame } from "./over-call.ts";
import type { Anchors, OverEvaluator, Surroundings } from "./over-evaluator.ts";
import type { OverRun } from "./over-run.ts";
import { rowNumbers } from "./row-numbers.ts";

export type FrameMovement = "grows" | "shrinks" | "slides" | "stacks" | "rescans";

export class AggregateOver implements OverEvaluator {
  readonly calls: readonly number[];
  readonly frame: OverFrame;
  readonly surroundings: Surroundings;
  readonly reads: readonly number[];
  readonly fields: readonly Field[];
  readonly settles: boolean;
  readonly distinctArgs: readonly number[] | null;
  readonly direction: "forward" | "backward" | null;
  readonly #bounds: FrameBounds;
  readonly #movement: FrameMovement;
  readonly #aggregates: MovingAggregates;
  /** DISTINCT: all aggregates are over the same arguments, and nothing is gone on from but where `distinctArgs` are told. */
  readonly #distinct: DistinctRows | null;
  readonly #notNull: readonly number[];
  readonly #steps = new StepList();
  #isFirst: Uint8Array | null = null;
  #entered = 0;
  /** Of stacks. */
  #notes: readonly TableColumn[] = [];
  #noteCapacity = 0;

  /** `isContinued`: frames that slide go on from the row before. */
  constructor(
    calls: readonly number[],
    specs: readonly AggregateSpec[],
    bounds: FrameBounds,
    movement: FrameMovement,
    isContinued: boolean,
  ) {
    this.calls = calls;
    this.frame = bounds.frame;
    this.#bounds = bounds;
    this.#movement = movement;
    this.#aggregates = new MovingAggregates(specs, movement === "slides");
    this.fields = this.#aggregates.fields;
    this.reads = [...new Set(specs.flatMap(({ args }) => args))];
    const [{ distinct, args, argTypes }] = specs;
    this.distinctArgs = distinct && movement === "grows" && isContinued ? args : null;
    this.#distinct = distinct && this.distinctArgs === null ? new DistinctRows(args, argTypes) : null;
    this.#notNull = args;
    const isAlone =
      movement === "stacks" ||
      movement === "rescans" ||
      (movement === "slides" && !isContinued) ||
      (distinct && this.distinctArgs === null);
    this.direction = isAlone ? null : movement === "shrinks" ? "backward" : "forward";
    this.settles = this.direction === "forward" && movement === "grows" && bounds.frame.end !== null;
    this.surroundings =
      this.direction === null || movement === "slides" ? "frame" : movement === "grows" ? "growth" : "shrinkage";
  }

  evaluate(run: OverRun, anchors: Anchors | null, out: readonly StateColumn[]): void {
    const steps = this.#steps;
    steps.length = 0;
    if (this.#movement === "stacks") return this.#evaluateStacks(run, out);
    const at = this.direction === null ? null : (anchors?.at ?? null);
    this.#aggregates.begin(run.count, anchors?.state ?? out, at);
    this.#isFirst = anchors?.isFirst ?? null;
    this.#entered = 0;
    for (let g = 0; g < run.count; g++) {
      const isAnchored = at !== null && at[g] >= 0;
      this.#distinct?.clear();
      steps.reserve(2 * (run.last[g] - run.first[g]) + 2 * (run.to[g] - run.from[g]));
      if (this.#movement === "grows") this.#grow(run, g, isAnchored);
      else if (this.#movement === "shrinks") this.#shrink(run, g, isAnchored);
      else if (this.#movement === "slides") this.#slide(run, g, isAnchored);
      else this.#rescan(run, g);
    }
    this.#aggregates.move(run.columns, steps, out);
  }

  #grow(run: OverRun, g: number, isAnchored: boolean): void {
    const { ends, endsBefore } = this.#bounds;
    const steps = this.#steps;
    const shift = run.offset[g] - run.first[g];
    const last = run.number[g] + run.to[g] - run.from[g];
    let end = isAnchored ? endsBefore[g] : 0;
    for (let m = run.number[g]; m < last; m++) {
      const since = steps.length;
      for (; end < ends[m]; end++) this.#enter(run.columns, run.rows[end + shift], g);
      steps.note(m, since, g);
    }
  }

  #shrink(run: OverRun, g: number, isAnchored: boolean): void {
    const { starts, startsAfter } = this.#bounds;
    const steps = this.#steps;
    const shift = run.offset[g] - run.first[g];
    let start = isAnchored ? startsAfter[g] : run.total[g];
    for (let m = run.number[g] + run.to[g] - run.from[g] - 1; m >= run.number[g]; m--) {
      const since = steps.length;
      while (start > starts[m]) this.#enter(run.columns, run.rows[--start + shift], g);
      steps.note(m, since, g);
    }
  }

  #slide(run: OverRun, g: number, isAnchored: boolean): void {
    const { starts, ends, startsBefore, endsBefore } = this.#bounds;
    const steps = this.#steps;
    const shift = run.offset[g] - run.first[g];
    const last = run.number[g] + run.to[g] - run.from[g];
    let start = isAnchored ? startsBefore[g] : starts[run.number[g]];
    let end = isAnchored ? endsBefore[g] : start;
    for (let m = run.number[g]; m < last; m++) {
      const since = steps.length;
      const [newStart, newEnd] = [starts[m], ends[m]];
      for (; start < newStart && start < end; start++) this.#leave(run.columns, run.rows[start + shift], g);
      if (start < newStart) start = newStart;
      if (end < start) end = start;
      for (; end < newEnd; end++) this.#enter(run.columns, run.rows[end + shift], g);
      steps.note(m, since, g);
    }
  }

  #rescan(run: OverRun, g: number): void {
    const { starts, ends } = this.#bounds;
    const steps = this.#steps;
    const shift = run.offset[g] - run.first[g];
    const first = run.number[g];
    const last = first + run.to[g] - run.from[g];
    for (let m = first; m < last; m++) {
      const since = steps.length;
      steps.reserve(ends[m] - starts[m] + 2);
      if (m === first || starts[m] !== starts[m - 1] || ends[m] !== ends[m - 1]) {
        this.#distinct?.clear();
        steps.push(2, 0, g);
        for (let position = starts[m]; position < ends[m]; position++)
          this.#enter(run.columns, run.rows[position + shift], g);
      }
      steps.note(m, since, g);
    }
  }

  #evaluateStacks(run: OverRun, out: readonly StateColumn[]): void {
    const steps = this.#steps;
    const { computed } = run;
    // Behind the notes of computed rows those of all rows, segment by segment.
    let noteOf = computed;
    const capacity = computed + run.size;
    if (capacity > this.#noteCapacity) {
      this.#noteCapacity = capacity * 2;
      this.#notes = this.fields.map(({ type }) => createValueColumn(type, this.#noteCapacity));
    }
    this.#aggregates.begin(run.count, this.#notes, null);
    const fronts = new Int32Array(computed);
    for (let g = 0; g < run.count; g++) {
      this.#distinct?.clear();
      this.#stack(run, g, fronts, noteOf - run.first[g]);
      noteOf += run.last[g] - run.first[g];
    }
    this.#aggregates.move(run.columns, steps, this.#notes);
    this.#aggregates.merge(this.#notes, fronts, rowNumbers(computed), computed);
    for (const [k, column] of out.entries()) {
      column.write(rowNumbers(computed), this.#notes[k].columnOf(rowNumbers(computed), computed), computed);
    }
  }

  /** Notes of computed rows are what entered since the first rows were summed up; the sums are noted at `noteShift` and position. */
  #stack(run: OverRun, g: number, fronts: Int32Array, noteShift: number): void {
    const { starts, ends } = this.#bounds;
    const steps = this.#steps;
    const shift = run.offset[g] - run.first[g];
    const first = run.number[g];
    const last = first + run.to[g] - run.from[g];
    let middle = starts[first];
    let end = middle;
    for (let m = first; m < last; m++) {
      steps.reserve(2 * (ends[m] - starts[m]) + 4);
      if (starts[m] >= middle) {
        if (end > middle || ends[m] > starts[m]) {
          steps.push(2, 0, g);
          for (let position = ends[m] - 1; position >= starts[m]; position--) {
            const sum = steps.length;
            steps.push(1, run.rows[position + shift], g);
            steps.note(noteShift + position, sum, g);
          }
          steps.push(2, 0, g);
        }
        middle = ends[m];
        end = middle;
      } else for (; end < ends[m]; end++) this.#enter(run.columns, run.rows[end + shift], g);
      steps.note(m, steps.length, g);
      fronts[m] = starts[m] < middle ? noteShift + starts[m] : -1;
    }
  }

  #enter(columns: readonly Column[], row: number, g: number): void {
    if (this.#isFirst !== null && (this.#isFirst[this.#entered++] === 0 || this.#isNull(columns, row))) return;
    if (this.#distinct !== null && (this.#isNull(columns, row) || !this.#distinct.enter(columns, row))) return;
    this.#steps.push(1, row, g);
  }

  #leave(columns: readonly Column[], row: number, g: number): void {
    if (this.#distinct !== null && (this.#isNull(columns, row) || !this.#distinct.leave(columns, row))) return;
    this.#steps.push(-1, row, g);
  }

  #isNull(columns: readonly Column[], row: number): boolean {
    for (const arg of this.#notNull) {
      const { nulls } = columns[arg];
      if (nulls !== null && nulls[row] === 1) return true;
    }
    return false;
  }

  results(state: readonly StateColumn[], slots: Int32Array, length: number): Column[] {
    return this.#aggregates.results(state, slots, length);
  }
}
