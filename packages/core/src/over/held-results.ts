/**
 * What was emitted for each row, as the states that results are read from, and which of it changes.
 *
 * State      none of its own: made again from the rows after a restore.
 * Cost       memory per row: the states of its functions, 9 bytes a number.
 */
import type { Column } from "../batch/column.ts";
import type { DataType } from "../batch/data-type.ts";
import { sameValue } from "../batch/same-value.ts";
import type { StateColumn } from "../state/state-backend.ts";
import { createValueColumn, type TableColumn } from "../state/value-column.ts";
import type { OverEvaluator } from "./over-evaluator.ts";
import type { OverRun } from "./over-run.ts";
import { rowNumbers } from "./row-numbers.ts";

export class HeldResults {
  readonly #evaluators: readonly OverEvaluator[];
  readonly #types: readonly DataType[];
  /** Per evaluator and field: by row id, and of the run by the number of the row. */
  readonly #held: readonly (readonly TableColumn[])[];
  #computed: readonly (readonly TableColumn[])[] = [];
  #heldCapacity = 64;
  #computedCapacity = 0;

  /** `types`: of the results, function by function. */
  constructor(evaluators: readonly OverEvaluator[], types: readonly DataType[]) {
    this.#evaluators = evaluators;
    this.#types = types;
    this.#held = evaluators.map(({ fields }) => fields.map(({ type }) => createValueColumn(type, this.#heldCapacity)));
  }

  /** Makes room for row ids below `limit`. */
  reserve(limit: number): void {
    if (limit <= this.#heldCapacity) return;
    this.#heldCapacity = Math.max(limit, this.#heldCapacity * 2);
    for (const column of this.#held.flat()) column.grow(this.#heldCapacity);
  }

  /** Computes the rows of a run. `before`, `after`: per segment the id of the row next to the computed ones, -1 = none. */
  compute(run: OverRun, before: Int32Array, after: Int32Array): void {
    if (run.computed > this.#computedCapacity) {
      this.#computedCapacity = Math.max(run.computed, this.#computedCapacity * 2);
      this.#computed = this.#evaluators.map(({ fields }) =>
        fields.map(({ type }) => createValueColumn(type, this.#computedCapacity)),
      );
    } else {
      // Numbers that left the safe range must not slow down all later runs.
      for (const column of this.#computed.flat()) if (column.float64 === null) column.clear(this.#computedCapacity);
    }
    for (const [e, evaluator] of this.#evaluators.entries()) {
      const { direction } = evaluator;
      const anchors =
        direction === null ? null : { state: this.#held[e], at: direction === "forward" ? before : after };
      evaluator.evaluate(run, anchors, this.#computed[e]);
    }
  }

  /** 1 for computed rows whose state is not what is held of the row; `ids` by number. */
  differences(ids: Int32Array, length: number): Uint8Array {
    const differs = new Uint8Array(length);
    for (const [e, columns] of this.#computed.entries()) {
      for (const [k, column] of columns.entries()) markDifferent(column, this.#held[e][k], ids, length, differs);
    }
    return differs;
  }

  /** What is held of rows: one column per function. */
  resultsOf(ids: Int32Array, length: number): Column[] {
    return this.#results(this.#held, ids, length);
  }

  /** What was computed, by number. */
  computedResults(numbers: Int32Array, length: number): Column[] {
    return this.#results(this.#computed, numbers, length);
  }

  #results(states: readonly (readonly StateColumn[])[], slots: Int32Array, length: number): Column[] {
    const columns: Column[] = new Array(this.#types.length);
    for (const [e, evaluator] of this.#evaluators.entries()) {
      const results = evaluator.results(states[e], slots, length);
      for (const [i, call] of evaluator.calls.entries()) columns[call] = results[i];
    }
    return columns;
  }

  /** What was computed for the row numbered `numbers[i]` is held for the row `ids[i]`. */
  hold(ids: Int32Array, numbers: Int32Array, length: number): void {
    for (const [e, columns] of this.#computed.entries()) {
      for (const [k, column] of columns.entries()) {
        const held = this.#held[e][k];
        if (column.float64 !== null && held.float64 !== null) {
          for (let i = 0; i < length; i++) {
            held.float64[ids[i]] = column.float64[numbers[i]];
            held.nulls[ids[i]] = column.nulls[numbers[i]];
          }
        } else held.write(ids, column.columnOf(numbers, length), length);
      }
    }
  }
}

function markDifferent(
  computed: StateColumn,
  held: StateColumn,
  ids: Int32Array,
  length: number,
  differs: Uint8Array,
): void {
  const [x, y] = [computed.float64, held.float64];
  if (x !== null && y !== null) {
    for (let m = 0; m < length; m++) {
      const id = ids[m];
      const isNull = computed.nulls[m];
      if (isNull !== held.nulls[id]) differs[m] = 1;
      else if (isNull === 0 && x[m] !== y[id] && !(Number.isNaN(x[m]) && Number.isNaN(y[id]))) differs[m] = 1;
    }
    return;
  }
  const a = computed.columnOf(rowNumbers(length), length);
  const b = held.columnOf(ids, length);
  for (let m = 0; m < length; m++) if (differs[m] === 0 && !sameValue(a, m, b, m)) differs[m] = 1;
}
