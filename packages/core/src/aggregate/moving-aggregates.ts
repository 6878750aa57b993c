/**
 * Aggregates of windows that move over rows, with their state noted at each stop: which rows enter and leave, and when, is
 * told as a list of steps, so that one loop runs over many windows.
 *
 * The generated loop takes the steps if the number columns are `float64` and no sum is out of the safe range; otherwise they
 * are taken one by one, which is exact for every kind.
 */
import type { Column } from "../batch/column.ts";
import type { Field } from "../batch/data-type.ts";
import type { StateColumn } from "../state/state-backend.ts";
import { createValueColumn, type TableColumn } from "../state/value-column.ts";
import { type AggregateLayout, layoutAggregates, type PlacedAccumulator } from "./aggregate-layout.ts";
import type { AggregateSpec } from "./aggregate-spec.ts";
import {
  compileMerge,
  compileMoving,
  type MergeLoop,
  type MovingLoop,
  type MovingSteps,
  mergeSource,
} from "./fused-loop.ts";
import { countsFor } from "./row-source.ts";

export class MovingAggregates {
  /** What is noted of a window. */
  readonly fields: readonly Field[];
  readonly #layout: AggregateLayout;
  readonly #retracts: boolean;
  readonly #fused: readonly PlacedAccumulator[];
  readonly #unfused: readonly PlacedAccumulator[];
  readonly #inputs: readonly number[];
  #loop: MovingLoop | undefined;
  #mergeLoop: MergeLoop | undefined;
  #state: readonly TableColumn[];
  #capacity = 64;

  /** `retracts`: rows leave windows one by one; needs aggregates that can be taken back. DISTINCT is the caller's business. */
  constructor(aggregates: readonly AggregateSpec[], retracts: boolean) {
    const plain = aggregates.map((spec) => ({ ...spec, distinct: false }));
    this.#layout = layoutAggregates(plain, !retracts, retracts);
    this.#retracts = retracts;
    const { accumulators, fields } = this.#layout;
    this.fields = fields;
    this.#fused = accumulators.filter(({ accumulator }) => accumulator.code !== null);
    this.#unfused = accumulators.filter(({ accumulator }) => accumulator.code === null);
    this.#inputs = this.#fused.flatMap(({ accumulator: { argument } }) => (argument === null ? [] : [argument]));
    this.#state = fields.map(({ type }) => createValueColumn(type, this.#capacity));
  }

  /** Makes windows 0 to `count` begin as `state` at `at`, or without rows where that is -1. */
  begin(count: number, state: readonly StateColumn[], at: Int32Array | null): void {
    if (count > this.#capacity) {
      this.#capacity = count * 2;
      this.#state = this.fields.map(({ type }) => createValueColumn(type, this.#capacity));
    }
    for (const [k, column] of this.#state.entries()) {
      const from = state[k];
      const numbers = column.float64;
      const fromNumbers = at === null ? null : from.float64;
      if (numbers !== null && (at === null || fromNumbers !== null)) {
        const absent = this.fields[k].type.nullable ? 1 : 0;
        for (let i = 0; i < count; i++) {
          const place = at === null ? -1 : at[i];
          numbers[i] = place < 0 ? 0 : fromNumbers![place];
          column.nulls[i] = place < 0 ? absent : from.nulls[place];
        }
        continue;
      }
      for (let i = 0; i < count; i++) {
        if (at === null || at[i] < 0) column.erase(i);
        else column.set(i, from.get(at[i]));
      }
    }
  }

  /** Takes the steps; slots are windows that `begin` made. */
  move(columns: readonly Column[], steps: MovingSteps, notes: readonly StateColumn[]): void {
    if (this.#fused.length > 0 && !this.#moveFused(columns, steps, notes))
      this.#moveByRow(this.#fused, columns, steps, notes);
    if (this.#unfused.length > 0) this.#moveByRow(this.#unfused, columns, steps, notes);
  }

  /** False if it cannot be done. */
  #moveFused(columns: readonly Column[], steps: MovingSteps, notes: readonly StateColumn[]): boolean {
    for (const input of this.#inputs) if (columns[input].kind !== "float64") return false;
    for (const { accumulator, base } of this.#fused) {
      for (let k = base; k < base + accumulator.fields.length; k++) {
        if (this.#state[k].float64 === null || notes[k].float64 === null) return false;
      }
    }
    this.#loop ??= compileMoving(this.#fused, this.#retracts);
    this.#loop(columns, steps, this.#state, notes);
    return true;
  }

  #moveByRow(
    accumulators: readonly PlacedAccumulator[],
    columns: readonly Column[],
    { length, signs, rows, slots, notes: noted }: MovingSteps,
    notes: readonly StateColumn[],
  ): void {
    for (const { accumulator, base } of accumulators) {
      const { source, argument, fields } = accumulator;
      const own = this.#state.slice(base, base + fields.length);
      const to = notes.slice(base, base + fields.length);
      const input = argument === null ? null : columns[argument];
      for (let k = 0; k < length; k++) {
        const sign = signs[k];
        if (sign === 2) for (const column of own) column.erase(slots[k]);
        else if (sign !== 0 && countsFor(source, columns, rows[k]))
          accumulator.add(own, slots[k], input, rows[k], sign);
        if (noted[k] >= 0) for (const [f, column] of own.entries()) to[f].set(noted[k], copied(column.get(slots[k])));
      }
    }
  }

  /** Adds notes `from[i]`, of rows that came before, to notes `to[i]`; -1 is nothing. */
  merge(notes: readonly StateColumn[], from: Int32Array, to: Int32Array, length: number): void {
    let count = 0;
    const fromSlots = new Int32Array(length);
    const toSlots = new Int32Array(length);
    for (let i = 0; i < length; i++) {
      if (from[i] < 0) continue;
      fromSlots[count] = from[i];
      toSlots[count++] = to[i];
    }
    const isPlain = notes.every(({ float64 }) => float64 !== null);
    if (isPlain && this.#unfused.length === 0) {
      this.#mergeLoop ??= compileMerge(mergeSource(this.#fused));
      this.#mergeLoop(notes, fromSlots, notes, toSlots, count, 1);
      return;
    }
    for (const { accumulator, base } of this.#layout.accumulators) {
      const own = notes.slice(base, base + accumulator.fields.length);
      for (let i = 0; i < count; i++) accumulator.merge(own, toSlots[i], own, fromSlots[i], 1, true);
    }
  }

  /** One column per aggregate, from notes. */
  results(notes: readonly StateColumn[], slots: Int32Array, length: number): Column[] {
    return this.#layout.results.map(({ result, stateOf }) => result.columnOf(stateOf(notes), slots, length));
  }
}

/** Lists go on changing. */
function copied(value: unknown): unknown {
  return Array.isArray(value) ? value.slice() : value;
}
