/** What matching a row pattern knows of data. SQL compiles it from DEFINE; the pattern API gives functions of the user. */

/** The rows of a partial match so far, as a list from its last row back: partial matches with a common beginning share it. */
export interface MatchPath {
  readonly previous: MatchPath | null;
  readonly variable: number;
  readonly isExcluded: boolean;
  /** Number of the row in its partition. */
  readonly position: number;
  /** Where the row is kept. */
  readonly slot: number;
}

export interface MatchConditions {
  /** The path with one more row mapped to `variable`; null if the variable's condition does not hold for it. */
  extend(
    path: MatchPath | null,
    variable: number,
    isExcluded: boolean,
    slot: number,
    position: number,
  ): MatchPath | null;
  /**
   * Whether all conditions on rows to come will answer the same for two partial matches of the same state. Of two such the less
   * preferred one is dropped. Null if it is always so.
   */
  readonly hasSameFuture: ((a: MatchPath, b: MatchPath) => boolean) | null;
  /** Equal for paths of the same future; absent if `hasSameFuture` is null. */
  readonly futureHash?: (path: MatchPath) => number;
  /** Whether conditions may answer differently for the same row and state if the match began elsewhere, SHORT_MATCH rows before or more. */
  readonly dependsOnStart?: boolean;
}

/** Of conditions that do not depend on where a match began, what they look at lies less than so many rows behind. */
export const SHORT_MATCH = 16;

/** The path's rows, first to last. */
export function rowsOfPath(path: MatchPath | null): MatchPath[] {
  const rows: MatchPath[] = [];
  for (let step = path; step !== null; step = step.previous) rows.push(step);
  return rows.reverse();
}
