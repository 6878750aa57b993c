import type { Span } from "../text/span.ts";
import type { Expression } from "./expression.ts";
import type { Identifier } from "./identifier.ts";
import type { IntervalLiteral } from "./literal.ts";
import type { SortItem } from "./sort-item.ts";
import type { TableAlias, TableExpression } from "./table-expression.ts";

/** `input MATCH_RECOGNIZE (…)`. */
export interface MatchRecognize {
  readonly kind: "MatchRecognize";
  readonly span: Span;
  readonly input: TableExpression;
  readonly partitionBy: readonly Expression[];
  readonly orderBy: readonly SortItem[];
  readonly measures: readonly Measure[];
  readonly rowsPerMatch: RowsPerMatch | null;
  readonly afterMatch: AfterMatch | null;
  readonly pattern: RowPattern;
  readonly within: IntervalLiteral | null;
  readonly subsets: readonly PatternSubset[];
  readonly define: readonly PatternDefinition[];
  readonly alias: TableAlias | null;
}

/** `ONE ROW PER MATCH` or `ALL ROWS PER MATCH …`. */
export type RowsPerMatch = "ONE" | "ALL" | "SHOW EMPTY MATCHES" | "OMIT EMPTY MATCHES" | "WITH UNMATCHED ROWS";

export interface Measure {
  readonly kind: "Measure";
  readonly span: Span;
  readonly expression: Expression;
  readonly alias: Identifier;
}

/** `AFTER MATCH SKIP …`; `variable` is set exactly for TO FIRST and TO LAST. */
export interface AfterMatch {
  readonly kind: "AfterMatch";
  readonly span: Span;
  readonly skip: "PAST LAST ROW" | "TO NEXT ROW" | "TO FIRST" | "TO LAST";
  readonly variable: Identifier | null;
}

export type RowPattern =
  | PatternVariable
  | PatternSequence
  | PatternAlternation
  | PatternRepetition
  | PatternPermutation
  | PatternExclusion;

export interface PatternVariable {
  readonly kind: "PatternVariable";
  readonly span: Span;
  readonly name: Identifier;
}

/** At least two patterns, one after the other. */
export interface PatternSequence {
  readonly kind: "PatternSequence";
  readonly span: Span;
  readonly patterns: readonly RowPattern[];
}

/** At least two patterns, the first that matches wins. */
export interface PatternAlternation {
  readonly kind: "PatternAlternation";
  readonly span: Span;
  readonly patterns: readonly RowPattern[];
}

/** `*`, `+`, `?`, `{n,m}`; `most` null means without bound. */
export interface PatternRepetition {
  readonly kind: "PatternRepetition";
  readonly span: Span;
  readonly pattern: RowPattern;
  readonly least: number;
  readonly most: number | null;
  readonly reluctant: boolean;
}

/** `PERMUTE(A, B)`: all of them, in any order. */
export interface PatternPermutation {
  readonly kind: "PatternPermutation";
  readonly span: Span;
  readonly patterns: readonly RowPattern[];
}

/** `{- A -}`: rows that must be there but do not come out. */
export interface PatternExclusion {
  readonly kind: "PatternExclusion";
  readonly span: Span;
  readonly pattern: RowPattern;
}

/** `SUBSET name = (A, B)`. */
export interface PatternSubset {
  readonly kind: "PatternSubset";
  readonly span: Span;
  readonly name: Identifier;
  readonly variables: readonly Identifier[];
}

/** `DEFINE name AS condition`. */
export interface PatternDefinition {
  readonly kind: "PatternDefinition";
  readonly span: Span;
  readonly name: Identifier;
  readonly condition: Expression;
}
