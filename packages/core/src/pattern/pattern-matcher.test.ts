import { type MappedRow, referenceMatches, seededRandom } from "@millrace/testkit";
import { describe, expect, test } from "vitest";
import { type MatchConditions, type MatchPath, rowsOfPath } from "./match-path.ts";
import { PartitionRows } from "./partition-rows.ts";
import { compilePattern, MAX_PATTERN_STATES } from "./pattern-automaton.ts";
import { PatternMatcher } from "./pattern-matcher.ts";
import type { AfterMatchSkip, MatchChoice, RowPattern } from "./row-pattern.ts";

/** Condition over the row and the rows mapped before it. */
type Holds = (variable: number, mapped: readonly MappedRow[], row: number) => boolean;

interface Case {
  readonly pattern: RowPattern;
  readonly variables: number;
  /** Per row, which variables it fits: a bit each. */
  readonly fits: readonly number[];
  readonly times: readonly number[];
  readonly withinMs: number | null;
  readonly choice: MatchChoice;
  readonly skip: AfterMatchSkip;
  /** What a condition looks at besides the row: null = nothing. */
  readonly history: ((variable: number, mapped: readonly MappedRow[], row: number) => boolean) | null;
  readonly lookAhead: number;
}

function holdsOf({ fits, history }: Case): Holds {
  return (variable, mapped, row) =>
    (fits[row] & (1 << variable)) !== 0 && (history === null || history(variable, mapped, row));
}

function mappedOf(path: MatchPath | null): MappedRow[] {
  return rowsOfPath(path).map(({ position, variable, isExcluded }) => ({ row: position, variable, isExcluded }));
}

/** Conditions by flags; what looks at other rows is asked with the whole path. */
function conditionsOf({ history }: Case): MatchConditions {
  return {
    extend: (previous, variable, isExcluded, slot, position) =>
      history !== null && !history(variable, mappedOf(previous), position)
        ? null
        : { previous, variable, isExcluded, slot, position },
    hasSameFuture: history === null ? null : () => false,
  };
}

/** Matches as the matcher finds them if rows and watermarks come in such pieces. */
function run(
  given: Case,
  cuts: () => number,
  changes: Partial<MatchConditions> = {},
): { start: number; rows: MappedRow[] }[] {
  const matcher = new PatternMatcher({
    automaton: compilePattern(given.pattern, given.choice),
    conditions: { ...conditionsOf(given), ...changes },
    flagOf: Array.from({ length: given.variables }, (_, variable) => 1 << variable),
    choice: given.choice,
    skip: given.skip,
    withinMs: given.withinMs,
    lookAhead: given.lookAhead,
  });
  const columns = { times: Float64Array.from(given.times), flags: Float64Array.from(given.fits) };
  const rows = new PartitionRows();
  const found: { start: number; rows: MappedRow[] }[] = [];
  const advance = (watermark: number) => {
    while (matcher.next(rows, columns, watermark))
      found.push({ start: matcher.matchStart, rows: mappedOf(matcher.match) });
    rows.dropBefore(rows.start, { remove: () => undefined });
  };
  for (let row = 0; row < given.times.length; ) {
    for (let left = cuts(); left > 0 && row < given.times.length; left--) rows.append(row++);
    // Rows of one time come together: only when the watermark has passed them.
    while (row < given.times.length && given.times[row] === given.times[row - 1]) rows.append(row++);
    advance(given.times[row - 1]);
  }
  advance(Number.POSITIVE_INFINITY);
  return found;
}

function outcome(action: () => unknown): unknown {
  try {
    return action();
  } catch {
    return "fails";
  }
}

const variable = (number: number): RowPattern => ({ kind: "variable", variable: number });

function randomPattern(random: () => number, variables: number, depth: number): RowPattern {
  const part = () => randomPattern(random, variables, depth - 1);
  const parts = () => Array.from({ length: 1 + Math.floor(random() * 3) }, part);
  const choice = random();
  if (depth === 0 || choice < 0.25) return variable(Math.floor(random() * variables));
  if (choice < 0.5) return { kind: "sequence", patterns: parts() };
  if (choice < 0.62) return { kind: "alternation", patterns: parts() };
  if (choice < 0.68) return { kind: "permutation", patterns: parts() };
  if (choice < 0.72) return { kind: "exclusion", pattern: part() };
  const pattern = random() < 0.5 ? variable(Math.floor(random() * variables)) : part();
  const least = Math.floor(random() * 3);
  const most = random() < 0.5 ? null : least + Math.floor(random() * 3);
  return { kind: "repetition", pattern, least, most, reluctant: random() < 0.4, exclusive: random() < 0.3 };
}

function randomCase(random: () => number): Case {
  const variables = 1 + Math.floor(random() * 4);
  const length = Math.floor(random() * 12);
  const skips: readonly AfterMatchSkip[] = [
    { kind: "past-last-row" },
    { kind: "to-next-row" },
    { kind: "to-first", variables: [variables - 1], name: "V" },
    { kind: "to-last", variables: [0, variables - 1], name: "V" },
  ];
  let time = 0;
  const times = Array.from({ length }, () => {
    time += Math.floor(random() * 4);
    return time;
  });
  const values = Array.from({ length }, () => Math.floor(random() * 5));
  const histories: readonly Case["history"][] = [
    null,
    // The last row of the same variable, if there is one, has a smaller value.
    (variable, mapped, row) => {
      const last = mapped.findLast((each) => each.variable === variable);
      return last === undefined || values[last.row] < values[row];
    },
    // At most so many rows, and the first one counts.
    (_, mapped, row) => mapped.length < 4 && (mapped.length === 0 || values[mapped[0].row] !== values[row]),
  ];
  return {
    pattern: randomPattern(random, variables, 3),
    variables,
    fits: Array.from({ length }, () => Math.floor(random() * (1 << variables)) | (random() < 0.3 ? 1 : 0)),
    times,
    withinMs: random() < 0.5 ? null : Math.floor(random() * 12),
    choice: random() < 0.6 ? "preferred" : "earliest",
    skip: skips[Math.floor(random() * skips.length)],
    history: histories[Math.floor(random() * histories.length)],
    lookAhead: random() < 0.8 ? 0 : 2,
  };
}

describe("a pattern matcher", () => {
  test("finds what backtracking over the pattern finds, however rows come", () => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    for (let i = 0; i < 4000; i++) {
      const random = seededRandom(seed + i);
      const given = randomCase(random);
      const expected = outcome(() => referenceMatches({ ...given, holds: holdsOf(given) }));
      for (const cuts of [() => 1, () => 1 + Math.floor(random() * 4), () => 100]) {
        expect(
          outcome(() => run(given, cuts)),
          `seed ${seed + i}: ${JSON.stringify(given)}`,
        ).toEqual(expected);
      }
    }
  });

  test("tells a match as soon as no better one can come", () => {
    const repeated = (number: number, reluctant: boolean, exclusive = false): RowPattern => ({
      kind: "repetition",
      pattern: variable(number),
      least: 1,
      most: null,
      reluctant,
      exclusive,
    });
    // Rows fit both B and C: which row ends `A B+ C`?
    const after = (pattern: RowPattern, rows: number): number => {
      const given: Case = {
        pattern: { kind: "sequence", patterns: [variable(0), pattern, variable(2)] },
        variables: 3,
        fits: Array.from({ length: rows }, (_, row) => (row === 0 ? 1 : 0b110)),
        times: Array.from({ length: rows }, (_, row) => row),
        withinMs: null,
        choice: "preferred",
        skip: { kind: "past-last-row" },
        history: null,
        lookAhead: 0,
      };
      const { automaton, conditions } = {
        automaton: compilePattern(given.pattern, given.choice),
        conditions: conditionsOf(given),
      };
      const matcher = new PatternMatcher({
        automaton,
        conditions,
        flagOf: [1, 2, 4],
        choice: given.choice,
        skip: given.skip,
        withinMs: null,
        lookAhead: 0,
      });
      const columns = { times: Float64Array.from(given.times), flags: Float64Array.from(given.fits) };
      const partition = new PartitionRows();
      for (let row = 0; row < rows; row++) {
        partition.append(row);
        if (matcher.next(partition, columns, row)) return row;
      }
      return matcher.next(partition, columns, Number.POSITIVE_INFINITY) ? rows : -1;
    };
    expect(after(repeated(1, true), 5)).toBe(2); // reluctant: B C
    expect(after(repeated(1, false), 5)).toBe(5); // greedy: at the end, when B gives the last row back
    expect(after(repeated(1, false, true), 5)).toBe(-1); // greedy as Flink: B gives nothing back
  });

  test("takes the match that is complete first, if asked to", () => {
    // A B? C, where all rows fit B and C: the standard prefers A B C, but A C is complete with the second row.
    const optional: RowPattern = {
      kind: "repetition",
      pattern: variable(1),
      least: 0,
      most: 1,
      reluctant: false,
      exclusive: false,
    };
    const given: Case = {
      pattern: { kind: "sequence", patterns: [variable(0), optional, variable(2)] },
      variables: 3,
      fits: [0b001, 0b110, 0b110, 0b110],
      times: [0, 1, 2, 3],
      withinMs: null,
      choice: "preferred",
      skip: { kind: "past-last-row" },
      history: null,
      lookAhead: 0,
    };
    const lengths = (choice: MatchChoice) => run({ ...given, choice }, () => 1).map(({ rows }) => rows.length);
    expect(lengths("preferred")).toEqual([3]);
    expect(lengths("earliest")).toEqual([2]);
  });

  test("gives up when time is over, and tells what was left unfinished", () => {
    const timedOut: number[][] = [];
    const matcher = new PatternMatcher({
      automaton: compilePattern({ kind: "sequence", patterns: [variable(0), variable(1), variable(2)] }, "preferred"),
      conditions: conditionsOf({ history: null } as Case),
      flagOf: [1, 2, 4],
      choice: "preferred",
      skip: { kind: "past-last-row" },
      withinMs: 10,
      lookAhead: 0,
      onTimeout: (paths) => timedOut.push(...paths.map((path) => rowsOfPath(path).map(({ position }) => position))),
    });
    const columns = { times: Float64Array.from([0, 5, 11]), flags: Float64Array.from([1, 2, 4]) };
    const rows = new PartitionRows();
    rows.append(0);
    rows.append(1);
    expect(matcher.next(rows, columns, 9)).toBe(false);
    expect(matcher.deadlineOf(rows, columns)).toBe(10);
    expect(timedOut).toEqual([]);
    expect(matcher.next(rows, columns, 10)).toBe(false);
    expect(timedOut).toEqual([[0, 1]]);
    expect(rows.start).toBe(2);
    expect(rows.decidedAt).toBe(10);
    rows.append(2);
    expect(matcher.next(rows, columns, 11)).toBe(false);
  });

  test("a search that fails does not make later ones look at the same rows again", () => {
    // (A+)+ B without a B, and conditions on the row alone: without what failed searches leave it takes n * n / 2 steps.
    const plus = (pattern: RowPattern): RowPattern => ({
      kind: "repetition",
      pattern,
      least: 1,
      most: null,
      reluctant: false,
      exclusive: false,
    });
    let asked = 0;
    const conditions = conditionsOf({ history: null } as Case);
    const matcher = new PatternMatcher({
      automaton: compilePattern({ kind: "sequence", patterns: [plus(plus(variable(0))), variable(1)] }, "preferred"),
      conditions: {
        ...conditions,
        extend: (...given) => {
          asked++;
          return conditions.extend(...given);
        },
      },
      flagOf: [1, 2],
      choice: "preferred",
      skip: { kind: "past-last-row" },
      withinMs: null,
      lookAhead: 0,
    });
    const columns = { times: new Float64Array(10_000), flags: new Float64Array(10_000).fill(1) };
    const rows = new PartitionRows();
    for (let row = 0; row < 10_000; row++) rows.append(row);
    expect(matcher.next(rows, columns, Number.POSITIVE_INFINITY)).toBe(false);
    expect(rows.start).toBe(10_000);
    expect(asked).toBeLessThan(400_000);
  });

  test("finds the same with and without what failed searches leave", () => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    for (let i = 0; i < 300; i++) {
      const random = seededRandom(seed + i);
      const length = 60;
      // Most rows fit most variables, so that searches are long.
      const given: Case = {
        ...randomCase(random),
        variables: 4,
        fits: Array.from(
          { length },
          () => 15 & ~(random() < 0.7 ? 0 : 1 << Math.floor(random() * 4)) & ~(random() < 0.9 ? 8 : 0),
        ),
        times: Array.from({ length }, (_, row) => row),
        withinMs: null,
        history: null,
      };
      const cuts = () => 1 + Math.floor(random() * 20);
      expect(
        outcome(() => run(given, cuts)),
        `seed ${seed + i}: ${JSON.stringify(given)}`,
      ).toEqual(outcome(() => run(given, cuts, { dependsOnStart: true })));
    }
  });

  test("too many partial matches that conditions tell apart fail with advice", () => {
    const conditions = conditionsOf({ history: () => true } as unknown as Case);
    const either: RowPattern = { kind: "alternation", patterns: [variable(0), variable(1)] };
    const star: RowPattern = {
      kind: "repetition",
      pattern: either,
      least: 0,
      most: null,
      reluctant: false,
      exclusive: false,
    };
    const matcher = new PatternMatcher({
      automaton: compilePattern({ kind: "sequence", patterns: [star, variable(2)] }, "preferred"),
      conditions,
      flagOf: [1, 1, 2],
      choice: "preferred",
      skip: { kind: "past-last-row" },
      withinMs: null,
      lookAhead: 0,
    });
    const columns = { times: new Float64Array(100), flags: new Float64Array(100).fill(1) };
    const rows = new PartitionRows();
    for (let row = 0; row < 100; row++) rows.append(row);
    expect(() => matcher.next(rows, columns, 0)).toThrow(/more than 10000 partial matches.*WITHIN/);
  });

  test("keeps one partial match per state where conditions look at single rows", () => {
    // Every row fits everything: without that, partial matches of A* B* C* D would be many.
    const star = (number: number): RowPattern => ({
      kind: "repetition",
      pattern: variable(number),
      least: 0,
      most: null,
      reluctant: false,
      exclusive: false,
    });
    const matcher = new PatternMatcher({
      automaton: compilePattern({ kind: "sequence", patterns: [star(0), star(1), star(2), variable(3)] }, "preferred"),
      conditions: conditionsOf({ history: null } as Case),
      flagOf: [0, 0, 0, 1],
      choice: "preferred",
      skip: { kind: "past-last-row" },
      withinMs: null,
      lookAhead: 0,
    });
    const columns = { times: new Float64Array(1000), flags: new Float64Array(1000) };
    const rows = new PartitionRows();
    for (let row = 0; row < 1000; row++) {
      rows.append(row);
      matcher.next(rows, columns, 0);
      expect(rows.run?.states.length).toBeLessThanOrEqual(3);
    }
  });
});

describe("a compiled pattern", () => {
  test("has its steps in the order of preference, each once", () => {
    const optional = (number: number, reluctant: boolean): RowPattern => ({
      kind: "repetition",
      pattern: variable(number),
      least: 0,
      most: 1,
      reluctant,
      exclusive: false,
    });
    const { states } = compilePattern(
      {
        kind: "sequence",
        patterns: [optional(0, false), optional(1, true), variable(2)],
      },
      "preferred",
    );
    const steps = states.map(({ steps: own, accepts }) => [own.map(({ to }) => states[to].variable), accepts]);
    expect(steps).toEqual([
      [[0, 2, 1], false],
      [[2, 1], false],
      [[2], false],
      [[], true],
    ]);
  });

  test("stays small where parts may be empty", () => {
    const maybe = (pattern: RowPattern): RowPattern => ({
      kind: "repetition",
      pattern,
      least: 0,
      most: 1,
      reluctant: false,
      exclusive: false,
    });
    let pattern: RowPattern = variable(0);
    for (let i = 0; i < 200; i++)
      pattern = maybe({ kind: "alternation", patterns: [maybe(pattern), maybe(variable(0))] });
    const before = performance.now();
    expect(compilePattern(pattern, "preferred").states.length).toBe(202);
    expect(performance.now() - before).toBeLessThan(2000);
  });

  test("is refused when it is too large", () => {
    const many: RowPattern = { kind: "permutation", patterns: Array.from({ length: 9 }, (_, i) => variable(i)) };
    expect(() => compilePattern(many, "preferred")).toThrow(`more than ${MAX_PATTERN_STATES} places`);
  });
});
