/**
 * MATCH_RECOGNIZE by backtracking over the pattern itself, rows in memory: what the engine is compared with. The first way
 * through the pattern, in the order of preference of SQL:2016, is the match; or, with all quantifiers greedy, the first of those with the fewest rows.
 */
import type { AfterMatchSkip, MatchChoice, RowPattern } from "@millrace/core";

export interface MappedRow {
  readonly row: number;
  readonly variable: number;
  readonly isExcluded: boolean;
}

export interface ReferenceMatch {
  readonly start: number;
  readonly rows: readonly MappedRow[];
}

export interface ReferencePattern {
  readonly pattern: RowPattern;
  /** Whether `row` may be mapped to `variable` after the rows mapped so far. */
  readonly holds: (variable: number, mapped: readonly MappedRow[], row: number) => boolean;
  /** Time of each row, ascending. */
  readonly times: readonly number[];
  readonly withinMs: number | null;
  readonly choice: MatchChoice;
  readonly skip: AfterMatchSkip;
}

/** All matches in order. Throws if AFTER MATCH SKIP leads nowhere. */
export function referenceMatches(given: ReferencePattern): ReferenceMatch[] {
  const matches: ReferenceMatch[] = [];
  for (let start = 0; start < given.times.length; ) {
    const rows = longestPreferred(given, start);
    if (rows === null) start++;
    else {
      matches.push({ start, rows });
      start = rowAfter(given.skip, start, rows);
    }
  }
  return matches;
}

function rowAfter(skip: AfterMatchSkip, start: number, rows: readonly MappedRow[]): number {
  if (rows.length === 0 || skip.kind === "to-next-row") return start + 1;
  if (skip.kind === "past-last-row") return rows[rows.length - 1].row + 1;
  const named = rows.filter(({ variable }) => skip.variables.includes(variable));
  if (named.length === 0) throw new Error("there is no row to skip to");
  const target = skip.kind === "to-first" ? named[0].row : named[named.length - 1].row;
  if (target === start) throw new Error("skipping to the first row of the match");
  return target;
}

interface Progress {
  readonly mapped: readonly MappedRow[];
  /** Variables that the next row must not fit. */
  readonly refused: readonly number[];
}

type Continue = (progress: Progress) => readonly MappedRow[] | null;

function longestPreferred(given: ReferencePattern, start: number): readonly MappedRow[] | null {
  const { holds, times, withinMs } = given;

  const take = (variable: number, isExcluded: boolean, { mapped, refused }: Progress, go: Continue) => {
    const row = start + mapped.length;
    if (row >= times.length || (withinMs !== null && times[row] - times[start] >= withinMs)) return null;
    if (refused.some((other) => holds(other, mapped, row)) || !holds(variable, mapped, row)) return null;
    return go({ mapped: [...mapped, { row, variable, isExcluded }], refused: [] });
  };

  const match = (
    pattern: RowPattern,
    isExcluded: boolean,
    progress: Progress,
    go: Continue,
  ): readonly MappedRow[] | null => {
    switch (pattern.kind) {
      case "variable":
        return take(pattern.variable, isExcluded, progress, go);
      case "sequence": {
        const from = (index: number, at: Progress): readonly MappedRow[] | null =>
          index === pattern.patterns.length
            ? go(at)
            : match(pattern.patterns[index], isExcluded, at, (next) => from(index + 1, next));
        return from(0, progress);
      }
      case "alternation":
        for (const part of pattern.patterns) {
          const found = match(part, isExcluded, progress, go);
          if (found !== null) return found;
        }
        return null;
      case "permutation":
        // One order with all its ways through comes before the next order.
        for (const patterns of ordersOf(pattern.patterns)) {
          const found = match({ kind: "sequence", patterns }, isExcluded, progress, go);
          if (found !== null) return found;
        }
        return null;
      case "exclusion":
        return match(pattern.pattern, true, progress, go);
      case "repetition": {
        const { pattern: body, least, most, reluctant, exclusive } = pattern;
        const leave: Continue = (at) =>
          exclusive && body.kind === "variable" ? go({ ...at, refused: [...at.refused, body.variable] }) : go(at);
        const iterate = (count: number, at: Progress): readonly MappedRow[] | null => {
          const again = () => {
            if (most !== null && count === most) return null;
            return match(body, isExcluded, at, (next) =>
              count >= least && next.mapped.length === at.mapped.length ? leave(next) : iterate(count + 1, next),
            );
          };
          if (count < least) return again();
          return reluctant && given.choice === "preferred" ? (leave(at) ?? again()) : (again() ?? leave(at));
        };
        return iterate(0, progress);
      }
    }
  };

  const begin: Progress = { mapped: [], refused: [] };
  if (given.choice === "preferred") return match(given.pattern, false, begin, ({ mapped }) => mapped);
  for (let length = 0; start + length <= times.length; length++) {
    const found = match(given.pattern, false, begin, ({ mapped }) => (mapped.length === length ? mapped : null));
    if (found !== null) return found;
  }
  return null;
}

/** All orders of the parts, those that begin with an earlier part first. */
function* ordersOf(parts: readonly RowPattern[]): Generator<readonly RowPattern[]> {
  if (parts.length === 0) yield [];
  for (const [i, first] of parts.entries()) {
    for (const rest of ordersOf(parts.toSpliced(i, 1))) yield [first, ...rest];
  }
}
