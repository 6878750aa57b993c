import type { StateColumn } from "../state/state-backend.ts";
import type { MatchConditions, MatchPath } from "./match-path.ts";

/** The rows that conditions and measures may look at. */
export interface MatchRowReader {
  /** By slot. */
  readonly columns: readonly StateColumn[];
  /** The row at a position of the partition that is matched now; -1 if there is none. */
  slotAt(position: number): number;
}

/** What is known of a match besides its rows. */
export interface MatchFacts {
  /** False for a row that is in no match; it is put out as an empty match is. */
  readonly isMatch: boolean;
  /** From 1 in its partition; 0 if nobody asked. */
  readonly number: number;
  /** Since when it was certain that this is the match. */
  readonly time: number;
}

/** DEFINE and MEASURES, compiled. */
export interface MatchProgram {
  readonly conditions: MatchConditions;
  /**
   * Puts the values of the measures, as `valueAt` gives them, into `out`: for the row `current`, kept at `slot`, of the match
   * whose last row is `last`. Of an empty match both are null, and `slot` is the row where it was found.
   */
  measure(last: MatchPath | null, current: MatchPath | null, slot: number, facts: MatchFacts, out: unknown[]): void;
}

export type MatchProgramFactory = (rows: MatchRowReader) => MatchProgram;
