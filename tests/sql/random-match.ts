/** A MATCH_RECOGNIZE made at random, as SQL text and as what the naive matcher of testkit says of it. */
import type { AfterMatchSkip, MatchChoice, MatchOutput, RowPattern } from "@millrace/core";
import { type MappedRow, type ReferenceMatch, referenceMatches } from "@millrace/testkit";

export interface MatchInput {
  readonly k: string;
  readonly n: number;
  readonly x: number | null;
  /** Ms. */
  readonly ts: number;
}

type Value = string | number | null;
type Truth = boolean | null;

/** The rows of a partition, and those mapped so far, the one in question last. */
interface Scene {
  readonly rows: readonly MatchInput[];
  readonly mapped: readonly MappedRow[];
}

interface Condition {
  readonly sql: string;
  readonly holds: (scene: Scene) => Truth;
}

interface Measure {
  readonly sql: string;
  readonly value: (scene: Scene, number: number) => Value;
  readonly isFinal: boolean;
}

const LETTERS = "ABCD";

export class RandomMatch {
  readonly #random: () => number;
  readonly #count: number;
  readonly isFlinks: boolean;
  readonly #pattern: RowPattern;
  readonly #conditions: readonly (Condition | null)[];
  readonly #measures: readonly Measure[];
  readonly #skip: AfterMatchSkip;
  readonly #withinMs: number | null;
  readonly #output: MatchOutput;

  constructor(random: () => number) {
    this.#random = random;
    this.#count = 1 + this.#pick(4);
    this.isFlinks = random() < 0.4;
    this.#pattern = this.isFlinks ? this.#flinkPattern() : this.#anyPattern(3);
    this.#conditions = Array.from({ length: this.#count }, (_, v) => (random() < 0.15 ? null : this.#condition(v)));
    this.#measures = Array.from({ length: 1 + this.#pick(4) }, () => this.#measure());
    const outputs: readonly MatchOutput[] = ["one-row", "one-row", "all-rows", "all-but-empty", "all-and-unmatched"];
    const output = outputs[this.#pick(outputs.length)];
    this.#output = output === "all-and-unmatched" && hasExclusion(this.#pattern) ? "all-rows" : output;
    this.#withinMs = random() < 0.4 ? 1000 * (1 + this.#pick(12)) : null;
    const variables = [this.#pick(this.#count)];
    const name = LETTERS[variables[0]];
    const skips: readonly AfterMatchSkip[] = [
      { kind: "past-last-row" },
      { kind: "to-next-row" },
      { kind: "to-first", variables, name },
      { kind: "to-last", variables, name },
    ];
    this.#skip = skips[Math.min(this.#pick(6), 5) % skips.length];
  }

  #pick(below: number): number {
    return Math.floor(this.#random() * below);
  }

  /** Variables one after the other, as Flink runs them. */
  #flinkPattern(): RowPattern {
    const patterns = Array.from({ length: this.#count }, (_, v): RowPattern => {
      const isLast = v === this.#count - 1;
      const isReluctant = isLast || this.#random() < 0.4;
      const quantifiers: readonly (readonly [number, number | null])[] = [
        [1, 1],
        [1, 1],
        [1, null],
        [2, null],
        [1, 2],
        [2, 3],
        [2, 2],
      ];
      const [least, most] = quantifiers[this.#pick(quantifiers.length)];
      const pattern: RowPattern = { kind: "variable", variable: v };
      if (most === 1) return pattern;
      const reluctant = isReluctant && least !== most;
      return { kind: "repetition", pattern, least, most, reluctant, exclusive: !reluctant && least !== most };
    });
    if (this.#count > 1 && this.#random() < 0.3 && patterns[0].kind === "variable") {
      patterns[0] = { kind: "repetition", pattern: patterns[0], least: 0, most: 1, reluctant: false, exclusive: false };
      if (patterns.length === 2 && patterns[1].kind === "variable" && this.#random() < 0.5) {
        patterns[0] = { ...patterns[0], most: null, reluctant: true };
      }
    }
    return patterns.length === 1 ? patterns[0] : { kind: "sequence", patterns };
  }

  #anyPattern(depth: number): RowPattern {
    const part = () => this.#anyPattern(depth - 1);
    const parts = () => Array.from({ length: 2 + this.#pick(2) }, part);
    const choice = this.#random();
    if (depth === 0 || choice < 0.2) return { kind: "variable", variable: this.#pick(this.#count) };
    if (choice < 0.55) return { kind: "sequence", patterns: parts() };
    if (choice < 0.68) return { kind: "alternation", patterns: parts() };
    if (choice < 0.72) return { kind: "permutation", patterns: parts() };
    if (choice < 0.76) return { kind: "exclusion", pattern: part() };
    const least = this.#pick(3);
    const most = this.#random() < 0.5 ? null : Math.max(1, least + this.#pick(3));
    return { kind: "repetition", pattern: part(), least, most, reluctant: this.#random() < 0.4, exclusive: false };
  }

  #condition(v: number): Condition {
    const u = this.#pick(this.#count);
    const [V, U] = [LETTERS[v], LETTERS[u]];
    const limit = this.#pick(6);
    const list: readonly Condition[] = [
      { sql: `${V}.x >= ${limit}`, holds: (s) => compare(xOf(s, lastOf(s, v)), limit, (a, b) => a >= b) },
      { sql: `x <> ${limit}`, holds: (s) => compare(xOf(s, lastOf(s, null)), limit, (a, b) => a !== b) },
      {
        sql: `${V}.x > LAST(${V}.x, 1) OR LAST(${V}.x, 1) IS NULL`,
        holds: (s) => {
          const before = xOf(s, lastOf(s, v, 1));
          return before === null ? true : compare(xOf(s, lastOf(s, v)), before, (a, b) => a > b);
        },
      },
      {
        sql: "x <= LAST(x, 1) IS NOT FALSE",
        holds: (s) => compare(xOf(s, lastOf(s, null)), xOf(s, lastOf(s, null, 1)), (a, b) => a <= b) !== false,
      },
      {
        sql: `${V}.x >= FIRST(${U}.x)`,
        holds: (s) => compare(xOf(s, lastOf(s, v)), xOf(s, firstOf(s, u)), (a, b) => a >= b),
      },
      { sql: `SUM(${V}.x) < ${limit * 3}`, holds: (s) => compare(sumOf(s, v), limit * 3, (a, b) => a < b) },
      { sql: `COUNT(*) < ${limit + 2}`, holds: (s) => s.mapped.length < limit + 2 },
      { sql: `COUNT(${U}.x) < ${limit}`, holds: (s) => valuesOf(s, u).length < limit },
      {
        sql: `AVG(${U}.x) <= ${limit}`,
        holds: (s) => {
          const all = valuesOf(s, u);
          return all.length === 0 ? null : Math.trunc((sumOf(s, u) as number) / all.length) <= limit;
        },
      },
      {
        sql: `PREV(${V}.x) < ${V}.x`,
        holds: (s) => compare(xOf(s, lastOf(s, v), -1), xOf(s, lastOf(s, v)), (a, b) => a < b),
      },
      { sql: "NEXT(x) IS NULL OR NEXT(x) <> x", holds: (s) => nextDiffers(s) },
      {
        sql: `CLASSIFIER() = '${V}' AND LAST(${U}.x) IS NOT NULL`,
        holds: (s) => xOf(s, lastOf(s, u)) !== null,
      },
    ];
    return list[this.#pick(list.length)];
  }

  #measure(): Measure {
    const v = this.#pick(this.#count);
    const V = LETTERS[v];
    const list: readonly Omit<Measure, "isFinal">[] = [
      { sql: `FIRST(${V}.n)`, value: (s) => nOf(s, firstOf(s, v)) },
      { sql: `LAST(${V}.n, 1)`, value: (s) => nOf(s, lastOf(s, v, 1)) },
      { sql: "LAST(n)", value: (s) => nOf(s, lastOf(s, null)) },
      { sql: "FIRST(n, 2)", value: (s) => nOf(s, s.mapped[2]) },
      { sql: "COUNT(*)", value: (s) => s.mapped.length },
      { sql: `COUNT(${V}.*)`, value: (s) => s.mapped.filter((row) => row.variable === v).length },
      { sql: `SUM(${V}.x)`, value: (s) => sumOf(s, v) },
      { sql: "MAX(x)", value: (s) => (valuesOf(s, null).length === 0 ? null : Math.max(...valuesOf(s, null))) },
      {
        sql: "CLASSIFIER()",
        value: (s) => (s.mapped.length === 0 ? null : LETTERS[s.mapped[s.mapped.length - 1].variable]),
      },
      { sql: `LAST(${V}.n + 1) * 2`, value: (s) => doubled(nOf(s, lastOf(s, v))) },
      { sql: `COALESCE(${V}.n, -1)`, value: (s) => nOf(s, lastOf(s, v)) ?? -1 },
    ];
    const last = this.#pick(list.length + 3);
    if (last === list.length)
      return { sql: `PREV(FIRST(${V}.n))`, value: (s) => nOf(s, firstOf(s, v), -1), isFinal: false };
    if (last === list.length + 1)
      return { sql: `NEXT(${V}.n, 2)`, value: (s) => nOf(s, lastOf(s, v), 2), isFinal: false };
    if (last === list.length + 2) return { sql: "MATCH_NUMBER()", value: (_, number) => number, isFinal: false };
    const chosen = list[last];
    const canBeFinal = /^(LAST|COUNT|SUM|MAX)\(/.test(chosen.sql) && !chosen.sql.includes("*");
    const prefix = canBeFinal ? ["", "", "FINAL ", "RUNNING "][this.#pick(4)] : "";
    return { ...chosen, sql: prefix + chosen.sql, isFinal: prefix === "FINAL " };
  }

  sql(): string {
    const measures = this.#measures.map(({ sql }, i) => `${sql} AS m${i}`);
    const define = this.#conditions.flatMap((each, v) => (each === null ? [] : [`${LETTERS[v]} AS ${each.sql}`]));
    const skip = this.#skip;
    const target = {
      "past-last-row": "PAST LAST ROW",
      "to-next-row": "TO NEXT ROW",
      "to-first": "TO FIRST",
      "to-last": "TO LAST",
    };
    const rows = {
      "one-row": "ONE ROW PER MATCH",
      "all-rows": "ALL ROWS PER MATCH",
      "all-but-empty": "ALL ROWS PER MATCH OMIT EMPTY MATCHES",
      "all-and-unmatched": "ALL ROWS PER MATCH WITH UNMATCHED ROWS",
    };
    return `SELECT ${this.#output === "one-row" ? "k" : "k, n"}, ${measures.map((_, i) => `m${i}`).join(", ")}
FROM t MATCH_RECOGNIZE (PARTITION BY k ORDER BY ts
  MEASURES ${measures.join(", ")}
  ${rows[this.#output]}
  AFTER MATCH SKIP ${target[skip.kind]}${"name" in skip ? ` ${skip.name}` : ""}
  PATTERN (${patternSql(this.#pattern)})${this.#withinMs === null ? "" : ` WITHIN INTERVAL '${this.#withinMs / 1000}' SECOND`}
  DEFINE ${define.length === 0 ? `${LETTERS[variableOf(this.#pattern)]} AS TRUE` : define.join(", ")})`;
  }

  /** Whether all variables that are defined stand in the pattern, as they must. */
  get isValid(): boolean {
    const used = new Set(variablesOf(this.#pattern));
    if ("variables" in this.#skip && !this.#skip.variables.every((v) => used.has(v))) return false;
    for (let v = 0; v < this.#count; v++) if (!used.has(v)) return false;
    return true;
  }

  /** Null if the match fails. */
  answer(input: readonly MatchInput[]): readonly (readonly Value[])[] | null {
    const answer: (readonly Value[])[] = [];
    for (const k of new Set(input.map((row) => row.k))) {
      const rows = input.filter((row) => row.k === k).toSorted((a, b) => a.ts - b.ts);
      let matches: readonly ReferenceMatch[];
      try {
        matches = this.#matches(rows);
      } catch {
        return null;
      }
      answer.push(...this.#rowsOf(rows, matches));
    }
    return answer;
  }

  #matches(rows: readonly MatchInput[]): readonly ReferenceMatch[] {
    const choice: MatchChoice = this.isFlinks ? "earliest" : "preferred";
    return referenceMatches({
      pattern: this.#pattern,
      holds: (variable, mapped, row) => {
        const condition = this.#conditions[variable];
        const scene = { rows, mapped: [...mapped, { row, variable, isExcluded: false }] };
        return condition === null || condition.holds(scene) === true;
      },
      times: rows.map(({ ts }) => ts),
      withinMs: this.#withinMs,
      choice,
      skip: this.#skip,
    });
  }

  #rowsOf(rows: readonly MatchInput[], matches: readonly ReferenceMatch[]): (readonly Value[])[] {
    const out: (readonly Value[])[] = [];
    const touched = new Set<number>();
    for (const [i, { start, rows: mapped }] of matches.entries()) {
      for (const { row } of mapped) touched.add(row);
      const values = (until: number) =>
        this.#measures.map(({ value, isFinal }) =>
          value({ rows, mapped: isFinal || this.#output === "one-row" ? mapped : mapped.slice(0, until) }, i + 1),
        );
      if (this.#output === "one-row") out.push([rows[start].k, ...values(0)]);
      else if (mapped.length === 0) {
        touched.add(start);
        if (this.#output !== "all-but-empty") out.push([rows[start].k, rows[start].n, ...values(0)]);
      }
      if (this.#output === "one-row") continue;
      for (const [place, { row, isExcluded }] of mapped.entries()) {
        if (!isExcluded) out.push([rows[row].k, rows[row].n, ...values(place + 1)]);
      }
    }
    if (this.#output === "all-and-unmatched") {
      for (const [row, { k, n }] of rows.entries()) {
        if (!touched.has(row)) out.push([k, n, ...this.#measures.map(() => null)]);
      }
    }
    return out;
  }
}

function compare(a: number | null, b: number | null, test: (a: number, b: number) => boolean): Truth {
  return a === null || b === null ? null : test(a, b);
}

function lastOf({ mapped }: Scene, variable: number | null, offset = 0): MappedRow | undefined {
  const own = mapped.filter((row) => variable === null || row.variable === variable);
  return own[own.length - 1 - offset];
}

function firstOf({ mapped }: Scene, variable: number): MappedRow | undefined {
  return mapped.find((row) => row.variable === variable);
}

function rowAt({ rows }: Scene, row: MappedRow | undefined, shift: number): MatchInput | undefined {
  return row === undefined ? undefined : rows[row.row + shift];
}

const xOf = (scene: Scene, row: MappedRow | undefined, shift = 0) => rowAt(scene, row, shift)?.x ?? null;
const nOf = (scene: Scene, row: MappedRow | undefined, shift = 0) => rowAt(scene, row, shift)?.n ?? null;
const doubled = (n: number | null) => (n === null ? null : (n + 1) * 2);

function valuesOf({ rows, mapped }: Scene, variable: number | null): number[] {
  const own = mapped.filter((row) => variable === null || row.variable === variable);
  return own.map((row) => rows[row.row].x).filter((x) => x !== null);
}

function sumOf(scene: Scene, variable: number | null): number | null {
  const values = valuesOf(scene, variable);
  return values.length === 0 ? null : values.reduce((sum, x) => sum + x, 0);
}

function nextDiffers(scene: Scene): Truth {
  const row = lastOf(scene, null);
  const next = xOf(scene, row, 1);
  return next === null ? true : compare(next, xOf(scene, row), (a, b) => a !== b);
}

function partsOf(pattern: RowPattern): readonly RowPattern[] {
  if ("patterns" in pattern) return pattern.patterns;
  return "pattern" in pattern ? [pattern.pattern] : [];
}

function variablesOf(pattern: RowPattern): number[] {
  return pattern.kind === "variable" ? [pattern.variable] : partsOf(pattern).flatMap(variablesOf);
}

const variableOf = (pattern: RowPattern): number => variablesOf(pattern)[0];

function hasExclusion(pattern: RowPattern): boolean {
  return pattern.kind === "exclusion" || partsOf(pattern).some(hasExclusion);
}

function patternSql(pattern: RowPattern): string {
  switch (pattern.kind) {
    case "variable":
      return LETTERS[pattern.variable];
    case "sequence":
      return pattern.patterns
        .map((part) => (part.kind === "sequence" ? `(${patternSql(part)})` : patternSql(part)))
        .join(" ");
    case "alternation":
      return `(${pattern.patterns.map(patternSql).join(" | ")})`;
    case "permutation":
      return `PERMUTE(${pattern.patterns.map(patternSql).join(", ")})`;
    case "exclusion":
      return `{- ${patternSql(pattern.pattern)} -}`;
    case "repetition": {
      const { least, most, reluctant } = pattern;
      const body = patternSql(pattern.pattern);
      const bounds = most === null ? `{${least},}` : least === most ? `{${least}}` : `{${least},${most}}`;
      return `${pattern.pattern.kind === "variable" ? body : `(${body})`}${bounds}${reluctant ? "?" : ""}`;
    }
  }
}
