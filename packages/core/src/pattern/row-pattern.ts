/** A regular expression over the variables that rows may be mapped to, known by their numbers. Plain data. */
export type RowPattern =
  | VariablePattern
  | SequencePattern
  | AlternationPattern
  | RepetitionPattern
  | PermutationPattern
  | ExclusionPattern;

export interface VariablePattern {
  readonly kind: "variable";
  readonly variable: number;
}

/** One after the other, with no row between them. */
export interface SequencePattern {
  readonly kind: "sequence";
  readonly patterns: readonly RowPattern[];
}

/** One of them, rather an earlier one. */
export interface AlternationPattern {
  readonly kind: "alternation";
  readonly patterns: readonly RowPattern[];
}

/** `least` to `most` times (null = without bound), rather more often than less; the other way round if `reluctant`. */
export interface RepetitionPattern {
  readonly kind: "repetition";
  readonly pattern: RowPattern;
  readonly least: number;
  readonly most: number | null;
  readonly reluctant: boolean;
  /**
   * What follows never takes a row that the repeated variable could take: no way back once a row fits it. Only of a single
   * variable. Flink's greedy quantifiers are like this; those of the SQL standard give rows back.
   */
  readonly exclusive: boolean;
}

/** All of them in any order, rather in the given one: an alternation of all orders, in lexicographic order. */
export interface PermutationPattern {
  readonly kind: "permutation";
  readonly patterns: readonly RowPattern[];
}

/** `{- pattern -}`: rows that must be there but do not come out. */
export interface ExclusionPattern {
  readonly kind: "exclusion";
  readonly pattern: RowPattern;
}

/**
 * Which of the matches that begin with the same row is found: the one that the SQL standard prefers, or, as in Flink, the one
 * that is complete first (of those complete with the same row, the one with more rows for earlier variables).
 */
export type MatchChoice = "preferred" | "earliest";

/**
 * What comes out: a row per match; all rows of it, and one of an empty match; the same without empty matches; or with the rows
 * that are in no match.
 */
export type MatchOutput = "one-row" | "all-rows" | "all-but-empty" | "all-and-unmatched";

/** Where the search for the next match begins after a match that is not empty. */
export type AfterMatchSkip =
  | { readonly kind: "past-last-row" }
  | { readonly kind: "to-next-row" }
  /** `variables`: several for a SUBSET. */
  | { readonly kind: "to-first" | "to-last"; readonly variables: readonly number[]; readonly name: string };
