/**
 * PATTERN, SUBSET and AFTER MATCH SKIP of MATCH_RECOGNIZE: variables by number.
 *
 * A pattern that Flink can run is matched as Flink does: greedy quantifiers give no row back, the first match that is complete
 * is the one, and the next is looked for from the next row if nothing else is said. Other patterns are the standard's.
 */
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
): { readonly pattern: RowPattern; readonly variables: PatternVariables; readonly isFlinks: boolean } {
  const names: string[] = [];
  const isFlinks =
    context.session.settings.get("table.exec.match-recognize.semantics") !== "standard" && runsInFlink(node.pattern);
  const pattern = rowPattern(context, node, node.pattern, names, isFlinks);
  try {
    compilePattern(pattern, "preferred");
  } catch (error) {
    if (!(error instanceof MillraceError)) throw error;
    fail(context, node.pattern.span, error.message, { code: "SQL_UNSUPPORTED", cause: error });
  }
  return { pattern, variables: { names, subsets: bindSubsets(context, node, names) }, isFlinks };
}

/**
 * Variables one after the other, each once; not all of them optional; no greedy quantifier at the end or before an optional
 * variable; no `??`, no `{0,n}`.
 */
function runsInFlink(pattern: PatternTree): boolean {
  const items = itemsOf(pattern);
  const names = new Set<string>();
  let isOptional = true;
  for (const [i, item] of items.entries()) {
    const variable = item.kind === "PatternRepetition" ? item.pattern : item;
    if (variable.kind !== "PatternVariable" || names.has(variable.name.name)) return false;
    names.add(variable.name.name);
    const { least, most, reluctant } = item.kind === "PatternRepetition" ? item : ONCE;
    if (least > 0) isOptional = false;
    else if ((most === 1 && reluctant) || (most !== null && most > 1) || isGreedyRange(items[i - 1])) return false;
    if (i === items.length - 1 && isGreedyRange(item)) return false;
  }
  return !isOptional;
}

const ONCE = { least: 1, most: 1, reluctant: false };

function itemsOf(pattern: PatternTree): readonly PatternTree[] {
  return pattern.kind === "PatternSequence" ? pattern.patterns.flatMap(itemsOf) : [pattern];
}

/** Of a quantifier that Flink takes for greedy, which `?` is not. */
function isGreedyRange(item: PatternTree | undefined): boolean {
  if (item?.kind !== "PatternRepetition" || item.reluctant) return false;
  return item.least !== item.most && !(item.least === 0 && item.most === 1);
}

function rowPattern(
  context: BindContext,
  match: MatchRecognize,
  node: PatternTree,
  names: string[],
  isFlinks: boolean,
): RowPattern {
  const bind = (part: PatternTree): RowPattern => rowPattern(context, match, part, names, isFlinks);
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
      if (match.rowsPerMatch === "WITH UNMATCHED ROWS") {
        fail(
          context,
          node.span,
          "rows left out by {- … -} cannot be told apart WITH UNMATCHED ROWS: use ALL ROWS PER MATCH",
        );
      }
      return { kind: "exclusion", pattern: bind(node.pattern) };
    case "PatternRepetition": {
      const { least, most, reluctant } = node;
      if (most === 0) fail(context, node.span, "a quantifier of 0 rows matches nothing: leave the variable out");
      if (most !== null && most < least) {
        fail(context, node.span, `the quantifier {${least},${most}} asks for more rows than it allows`);
      }
      const pattern = bind(node.pattern);
      const exclusive = isFlinks && isGreedyRange(node);
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

export function bindSkip(
  context: BindContext,
  node: MatchRecognize,
  variables: PatternVariables,
  isFlinks: boolean,
): AfterMatchSkip {
  const { afterMatch } = node;
  if (afterMatch === null) return { kind: isFlinks ? "to-next-row" : "past-last-row" };
  if (afterMatch.skip === "PAST LAST ROW") return { kind: "past-last-row" };
  if (afterMatch.skip === "TO NEXT ROW") return { kind: "to-next-row" };
  const variable = afterMatch.variable as Identifier;
  return {
    kind: afterMatch.skip === "TO FIRST" ? "to-first" : "to-last",
    variables: variablesNamed(context, variables, variable),
    name: variable.name,
  };
}
