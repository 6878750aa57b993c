/** PATTERN, SUBSET and AFTER MATCH SKIP of MATCH_RECOGNIZE: variables by number. */
import { type AfterMatchSkip, compilePattern, MillraceError, type RowPattern } from "@millrace/core";
import type { Identifier } from "../ast/identifier.ts";
import type { MatchRecognize, RowPattern as PatternTree } from "../ast/match-recognize.ts";
import { type BindContext, fail } from "./bind-context.ts";

/** The pattern variables, and the subsets, which stand for several. */
export interface PatternVariables {
  readonly names: readonly string[];
  readonly subsets: ReadonlyMap<string, readonly number[]>;
}

export function bindPattern(
  context: BindContext,
  node: MatchRecognize,
): { readonly pattern: RowPattern; readonly variables: PatternVariables } {
  const names: string[] = [];
  const isExclusive = context.session.settings.get("table.exec.match-recognize.greedy") !== "standard";
  const pattern = rowPattern(context, node.pattern, names, isExclusive);
  try {
    compilePattern(pattern);
  } catch (error) {
    if (!(error instanceof MillraceError)) throw error;
    fail(context, node.pattern.span, error.message, { code: "SQL_UNSUPPORTED", cause: error });
  }
  return { pattern, variables: { names, subsets: bindSubsets(context, node, names) } };
}

function rowPattern(context: BindContext, node: PatternTree, names: string[], isExclusive: boolean): RowPattern {
  const bind = (part: PatternTree): RowPattern => rowPattern(context, part, names, isExclusive);
  switch (node.kind) {
    case "PatternVariable": {
      const { name } = node.name;
      const known = names.indexOf(name);
      return { kind: "variable", variable: known >= 0 ? known : names.push(name) - 1 };
    }
    case "PatternSequence":
      return { kind: "sequence", patterns: node.patterns.map(bind) };
    case "PatternAlternation":
      return { kind: "alternation", patterns: node.patterns.map(bind) };
    case "PatternPermutation":
      return { kind: "permutation", patterns: node.patterns.map(bind) };
    case "PatternExclusion":
      return { kind: "exclusion", pattern: bind(node.pattern) };
    case "PatternRepetition": {
      const { least, most, reluctant } = node;
      if (most === 0) fail(context, node.span, "a quantifier of 0 rows matches nothing: leave the variable out");
      if (most !== null && most < least) {
        fail(context, node.span, `the quantifier {${least},${most}} asks for more rows than it allows`);
      }
      const pattern = bind(node.pattern);
      // Flink's greedy quantifiers, which are of single variables, give no row back; `?` is not among them.
      const isRange = most !== least && !(least === 0 && most === 1);
      const exclusive = isExclusive && !reluctant && isRange && pattern.kind === "variable";
      return { kind: "repetition", pattern, least, most, reluctant, exclusive };
    }
  }
}

function bindSubsets(
  context: BindContext,
  node: MatchRecognize,
  names: readonly string[],
): ReadonlyMap<string, readonly number[]> {
  const subsets = new Map<string, readonly number[]>();
  for (const { name, variables } of node.subsets) {
    if (names.includes(name.name) || subsets.has(name.name)) {
      fail(context, name.span, `SUBSET '${name.name}' has the name of another pattern variable or subset`);
    }
    const members = variables.map((variable) => variableNumber(context, names, variable));
    subsets.set(name.name, [...new Set(members)]);
  }
  return subsets;
}

/** The number of a variable that stands in PATTERN. */
export function variableNumber(context: BindContext, names: readonly string[], { name, span }: Identifier): number {
  const number = names.indexOf(name);
  if (number >= 0) return number;
  return fail(context, span, `pattern variable '${name}' does not stand in PATTERN; there is ${names.join(", ")}`, {
    candidates: { word: name, names },
  });
}

/** The variables that a name stands for: one, or those of a subset. */
export function variablesNamed(
  context: BindContext,
  { names, subsets }: PatternVariables,
  identifier: Identifier,
): readonly number[] {
  const { name, span } = identifier;
  const number = names.indexOf(name);
  if (number >= 0) return [number];
  const subset = subsets.get(name);
  if (subset !== undefined) return subset;
  const known = [...names, ...subsets.keys()];
  return fail(context, span, `pattern variable '${name}' does not stand in PATTERN; there is ${known.join(", ")}`, {
    candidates: { word: name, names: known },
  });
}

export function bindSkip(context: BindContext, node: MatchRecognize, variables: PatternVariables): AfterMatchSkip {
  const { afterMatch } = node;
  if (afterMatch === null || afterMatch.skip === "PAST LAST ROW") return { kind: "past-last-row" };
  if (afterMatch.skip === "TO NEXT ROW") return { kind: "to-next-row" };
  const variable = afterMatch.variable as Identifier;
  return {
    kind: afterMatch.skip === "TO FIRST" ? "to-first" : "to-last",
    variables: variablesNamed(context, variables, variable),
    name: variable.name,
  };
}
