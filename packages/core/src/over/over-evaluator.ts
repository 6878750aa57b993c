import type { Column } from "../batch/column.ts";
import type { Field } from "../batch/data-type.ts";
import type { StateColumn } from "../state/state-backend.ts";
import type { OverFrame } from "./over-call.ts";
import type { OverRun } from "./over-run.ts";

/** What is known of rows beside those that are computed. */
export interface Anchors {
  readonly state: readonly StateColumn[];
  /** By segment: where in `state` that of the row before the first computed one stands (the row after the last, if it goes backward); -1 = nowhere. */
  readonly at: Int32Array;
  /** Of an evaluator with `distinctArgs`: for each row that enters, in their order, 1 if it is the first of its partition with its values. */
  readonly isFirst?: Uint8Array;
}

/**
 * The rows around computed rows [x, y) that an evaluator reads: none, those of their frames, or only those by which the frames
 * of the rows grow from one to the next, forward or backward.
 */
export type Surroundings = "none" | "frame" | "growth" | "shrinkage";

/** Computes one or more window functions that have their frame in common. */
export interface OverEvaluator {
  /** The functions, as places in the list of calls. */
  readonly calls: readonly number[];
  /** Which rows count for a row. */
  readonly frame: OverFrame;
  readonly surroundings: Surroundings;
  /** Input columns that it reads. */
  readonly reads: readonly number[];
  /** What is held of a computed row. */
  readonly fields: readonly Field[];
  /**
   * Of frames that begin with the partition: if what is held of a row stays, and nothing changed behind it, it stays for all rows
   * behind.
   */
  readonly settles: boolean;
  /** Whether it goes on from what is held of a neighbouring row. */
  readonly direction: "forward" | "backward" | null;
  /** Columns of which it has to be told the rows that bring new values; null: none. */
  readonly distinctArgs: readonly number[] | null;
  /** Writes what is to be held of the computed rows to `out`, by their numbers. */
  evaluate(run: OverRun, anchors: Anchors | null, out: readonly StateColumn[]): void;
  /** One column per function, from what is held. */
  results(state: readonly StateColumn[], slots: Int32Array, length: number): Column[];
}
