/** What MATCH_RECOGNIZE keeps. */
import type { RowPattern } from "@millrace/core";

/** The most rows that a match can have; null if it may go on for ever. */
export function longestMatch(pattern: RowPattern): number | null {
  switch (pattern.kind) {
    case "variable":
      return 1;
    case "exclusion":
      return longestMatch(pattern.pattern);
    case "alternation":
      return largest(pattern.patterns.map(longestMatch));
    case "sequence":
    case "permutation":
      return pattern.patterns
        .map(longestMatch)
        .reduce((sum, each) => (sum === null || each === null ? null : sum + each), 0);
    case "repetition": {
      const once = longestMatch(pattern.pattern);
      return once === null || pattern.most === null ? null : once * pattern.most;
    }
  }
}

function largest(lengths: readonly (number | null)[]): number | null {
  return lengths.reduce((most, each) => (most === null || each === null ? null : Math.max(most, each)), 0);
}
