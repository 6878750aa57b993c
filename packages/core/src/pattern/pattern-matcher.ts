/**
 * Finds the matches of a row pattern in the rows of a partition, one after the other: of those that begin with the earliest row
 * the one that SQL:2016 prefers (or the one that is complete first), then from where AFTER MATCH SKIP says.
 *
 * One search at a time: rows behind the first one of the match that is looked for wait in the partition, and are looked at again
 * when a search fails. Within a search all partial matches advance together, in the order of preference; one that is complete
 * ends all that are less preferred.
 *
 * Invariant  what a search knows follows from the rows since its first one: after a restore it is simply made again.
 *            Partial matches whose conditions can only answer the same (`hasSameFuture`) are there once per state.
 * State      the paths of the search in progress; none if its first row has not come or did not fit.
 * Cost       rows * partial matches per search: at most one per state if conditions look at single rows only. A search
 *            that fails after k rows costs k, and so may each of the next k, O(n * k) in all for n rows; but O(n * states) if
 *            conditions look at single rows only (dead-states.ts). More than MAX_PARTIAL_MATCHES at once fail the job.
 */
import { MillraceError } from "../errors.ts";
import { shrink } from "../state/shrink.ts";
import { DeadStates } from "./dead-states.ts";
import { type MatchConditions, type MatchPath, SHORT_MATCH } from "./match-path.ts";
import type { MatchRun, PartitionRows } from "./partition-rows.ts";
import type { PatternAutomaton, PatternState } from "./pattern-automaton.ts";
import type { AfterMatchSkip, MatchChoice } from "./row-pattern.ts";

/** What the matcher reads of rows, by slot. */
export interface MatchRowColumns {
  readonly times: Float64Array;
  /** Which conditions on single rows hold, a bit each. */
  readonly flags: Float64Array;
}

export interface PatternMatcherOptions {
  readonly automaton: PatternAutomaton;
  readonly conditions: MatchConditions;
  /** Bits that must be set in a row's flags for each variable; 0 = no such condition. */
  readonly flagOf: readonly number[];
  readonly choice: MatchChoice;
  readonly skip: AfterMatchSkip;
  /** The time from the first to the last row of a match is less than this; null = any. */
  readonly withinMs: number | null;
  /** How many rows behind a row its conditions and measures look at. */
  readonly lookAhead: number;
  /** Whether rows that are in no match are told too. */
  readonly tellsUnmatched?: boolean;
  /** Told of the partial matches of a search that was given up because its time was over, most preferred first. */
  readonly onTimeout?: (paths: readonly MatchPath[]) => void;
}

/** Of one search. */
const MAX_PARTIAL_MATCHES = 10_000;

/** Larger patterns keep no trace. */
const MAX_TRACED_STATES = 256;
/** From so many partial matches on, those of the same future are found by hash. */
const HASH_FROM = 16;

export class PatternMatcher {
  readonly #states: readonly PatternState[];
  readonly #options: PatternMatcherOptions;
  readonly #withinMs: number;
  /** The first rows that may begin a match are found without a run: what their flags must have; null if any row may. */
  readonly #startFlags: readonly number[] | null;
  #scratch: MatchRun = emptyRun();
  #nextStates: number[] = [];
  #nextPaths: MatchPath[] = [];
  /** Per state: the last row for which a partial match came into it. */
  readonly #reached: Float64Array;
  /** Per state: 1 if a match that comes into it is complete, whatever follows. */
  readonly #ends: Uint8Array;
  readonly #leavesTraces: boolean;
  readonly #traceWidth: number;
  /** Partial matches of the next row by state and future. */
  readonly #byFuture = new Map<number, number[]>();
  #stamp = 0;
  /** What is known of the row for the path at hand: per variable the path with it, null = does not fit, undefined = not asked. */
  readonly #tried: (MatchPath | null | undefined)[];

  /** Whether `next` found a match, not a row that is in none. */
  isMatch = true;
  /** Last row of the match that `next` found; null if it is empty. */
  match: MatchPath | null = null;
  /** Position of the row that it begins with. */
  matchStart = 0;
  /** The time since which it was certain. */
  decidedAt: number = Number.NEGATIVE_INFINITY;

  constructor(options: PatternMatcherOptions) {
    this.#options = options;
    this.#states = options.automaton.states;
    this.#withinMs = options.withinMs ?? Number.POSITIVE_INFINITY;
    this.#reached = new Float64Array(this.#states.length);
    const isEarliest = options.choice === "earliest";
    this.#ends = Uint8Array.from(this.#states, ({ accepts, steps }) =>
      accepts && (isEarliest || steps.length === 0) ? 1 : 0,
    );
    this.#leavesTraces =
      options.conditions.hasSameFuture === null &&
      options.conditions.dependsOnStart !== true &&
      options.withinMs === null &&
      this.#states.length <= MAX_TRACED_STATES;
    this.#traceWidth = (this.#states.length + 31) >> 5;
    this.#tried = options.flagOf.map(() => undefined);
    const flags = this.#states[0].steps.map((step) => options.flagOf[this.#states[step.to].variable]);
    const anyRow = this.#states[0].accepts || flags.includes(0) || options.tellsUnmatched === true;
    this.#startFlags = anyRow ? null : flags;
  }

  /**
   * Goes on until a match, or a row in none, is found (true; `isMatch` and `match` tell it) or more rows are needed. `watermark`: no row with such a time or an
   * earlier one is to come; Infinity = no row at all.
   */
  next(rows: PartitionRows, columns: MatchRowColumns, watermark: number): boolean {
    const isLast = watermark === Number.POSITIVE_INFINITY;
    const end = isLast ? rows.end : rows.end - this.#options.lookAhead;
    for (;;) {
      if (rows.run === null) {
        this.#skipRowsThatBeginNothing(rows, columns, end);
        if (rows.start >= end) return false;
        this.#begin(rows, columns);
      }
      const run = rows.run as unknown as MatchRun;
      if (!this.#search(rows, run, columns, end, watermark)) return false;
      if (!run.hasCandidate && run.trace.length > 0) {
        rows.dead ??= new DeadStates(this.#traceWidth);
        rows.dead.add(rows.start + SHORT_MATCH, run.trace);
        run.trace = [];
      }
      this.#end(rows, run);
      this.isMatch = run.hasCandidate;
      this.match = run.candidate;
      this.matchStart = rows.start;
      this.decidedAt = rows.decidedAt;
      if (!run.hasCandidate) {
        rows.start++;
        if (this.#options.tellsUnmatched !== true || rows.start <= rows.matchedTo) continue;
        return true;
      }
      if (run.candidate !== null) rows.matchedTo = Math.max(rows.matchedTo, run.candidate.position + 1);
      rows.start = this.#nextStart(rows.start, run.candidate);
      return true;
    }
  }

  /** Whether a match may begin with a row of such flags, as far as these tell. */
  mayBegin(flags: number): boolean {
    const startFlags = this.#startFlags;
    if (startFlags === null) return true;
    for (const flag of startFlags) if ((flags & flag) === flag) return true;
    return false;
  }

  /** When the search in progress is given up; Infinity if never. */
  deadlineOf(rows: PartitionRows, columns: MatchRowColumns): number {
    return rows.run === null ? Number.POSITIVE_INFINITY : columns.times[rows.slotAt(rows.start)] + this.#withinMs;
  }

  #skipRowsThatBeginNothing(rows: PartitionRows, { times, flags }: MatchRowColumns, end: number): void {
    if (this.#startFlags === null) return;
    for (; rows.start < end; rows.start++) {
      const slot = rows.slotAt(rows.start);
      if (this.mayBegin(flags[slot])) return;
      rows.decidedAt = Math.max(rows.decidedAt, times[slot]);
    }
  }

  #begin(rows: PartitionRows, { times }: MatchRowColumns): void {
    const run = this.#scratch;
    run.states.push(0);
    run.paths.push(null);
    run.cursor = rows.start;
    run.candidate = null;
    run.hasCandidate = false;
    if (run.trace.length > 0) run.trace = [];
    rows.run = run;
    if (this.#options.choice === "preferred" || !this.#states[0].accepts) return;
    // The empty match is complete before any other.
    shrink(run.states, 0);
    run.hasCandidate = true;
    rows.decidedAt = Math.max(rows.decidedAt, times[rows.slotAt(rows.start)]);
  }

  #end(rows: PartitionRows, run: MatchRun): void {
    shrink(run.states, 0);
    shrink(run.paths, 0);
    this.#scratch = run;
    rows.run = null;
  }

  /** Whether the search is over: with `hasCandidate`, or in vain. */
  #search(rows: PartitionRows, run: MatchRun, columns: MatchRowColumns, end: number, watermark: number): boolean {
    const { times, flags } = columns;
    const deadline = times[rows.slotAt(rows.start)] + this.#withinMs;
    while (run.states.length > 0 && run.cursor < end) {
      const slot = rows.slotAt(run.cursor);
      const time = times[slot];
      if (time >= deadline) {
        this.#giveUp(run, true);
        rows.decidedAt = Math.max(rows.decidedAt, deadline);
        return true;
      }
      if (this.#leavesTraces && run.cursor >= rows.start + SHORT_MATCH) this.#trace(rows, run);
      this.#step(run, slot, run.cursor, flags[slot]);
      run.cursor++;
      if (run.states.length === 0) rows.decidedAt = Math.max(rows.decidedAt, time);
    }
    if (run.states.length === 0) return true;
    if (run.cursor < rows.end || watermark < deadline) {
      // Its arrays are the partition's from now on.
      if (run === this.#scratch) this.#scratch = emptyRun();
      return false;
    }
    // Its time is over, or no row at all is to come.
    const isTimeout = deadline !== Number.POSITIVE_INFINITY;
    this.#giveUp(run, isTimeout);
    rows.decidedAt = Math.max(rows.decidedAt, isTimeout ? deadline : times[rows.slotAt(rows.end - 1)]);
    return true;
  }

  /** Drops the partial matches that are known to be in vain, and remembers the others. */
  #trace(rows: PartitionRows, run: MatchRun): void {
    const { states, paths } = run;
    const { dead } = rows;
    const { trace } = run;
    const first = trace.length;
    for (let word = 0; word < this.#traceWidth; word++) trace.push(0);
    let count = 0;
    for (let i = 0; i < states.length; i++) {
      const state = states[i];
      if (dead?.has(run.cursor, state) === true) continue;
      trace[first + (state >> 5)] |= 1 << (state & 31);
      states[count] = state;
      paths[count++] = paths[i];
    }
    shrink(states, count);
    shrink(paths, count);
  }

  /** No further row can be in the match: the most preferred partial match that may end here is complete. */
  #giveUp(run: MatchRun, isTimeout: boolean): void {
    const { states, paths } = run;
    for (let i = 0; i < states.length; i++) {
      if (!this.#states[states[i]].accepts) continue;
      run.candidate = paths[i];
      run.hasCandidate = true;
      break;
    }
    const { onTimeout } = this.#options;
    if (isTimeout && !run.hasCandidate) onTimeout?.(paths.filter((path) => path !== null));
    shrink(states, 0);
    shrink(paths, 0);
  }

  /** Takes one row to all partial matches. */
  #step(run: MatchRun, slot: number, position: number, flags: number): void {
    const { states, paths } = run;
    const { flagOf, conditions } = this.#options;
    const { hasSameFuture } = conditions;
    const all = this.#states;
    const nextStates = this.#nextStates;
    const nextPaths = this.#nextPaths;
    const reached = this.#reached;
    const tried = this.#tried;
    const stamp = ++this.#stamp;
    const isCrowded = hasSameFuture !== null && states.length >= HASH_FROM;
    if (isCrowded) this.#byFuture.clear();
    let count = 0;
    threads: for (let i = 0; i < states.length; i++) {
      const { steps, accepts } = all[states[i]];
      const path = paths[i];
      let hasTried = false;
      for (const { to, unless } of steps) {
        // Of two partial matches that cannot be told apart the one that is there already is preferred.
        if (reached[to] === stamp && hasSameFuture === null) continue;
        const { variable, isExcluded } = all[to];
        if ((flags & flagOf[variable]) !== flagOf[variable]) continue;
        if (!hasTried && (steps.length > 1 || unless.length > 0)) {
          for (let v = 0; v < tried.length; v++) tried[v] = undefined;
          hasTried = true;
        }
        if (unless.length > 0 && this.#fitsOneOf(unless, path, slot, position, flags)) continue;
        let next = hasTried ? tried[variable] : undefined;
        if (next === undefined) {
          next = conditions.extend(path, variable, isExcluded, slot, position);
          if (hasTried) tried[variable] = next;
        }
        if (next === null) continue;
        if (next.isExcluded !== isExcluded)
          next = conditions.extend(path, variable, isExcluded, slot, position) as MatchPath;
        if (isCrowded) {
          if (this.#isKnown(nextPaths, to, next, count)) continue;
        } else if (reached[to] === stamp && isThere(nextStates, nextPaths, count, to, next, hasSameFuture)) continue;
        reached[to] = stamp;
        nextStates[count] = to;
        nextPaths[count++] = next;
        if (this.#ends[to] === 1) break threads;
      }
      if (!accepts) continue;
      // Complete before this row; what came of it by taking the row is preferred, what follows is not.
      run.candidate = path;
      run.hasCandidate = true;
      break;
    }
    if (count > MAX_PARTIAL_MATCHES) throw tooMany();
    shrink(nextStates, count);
    shrink(nextPaths, count);
    if (count > 0) {
      if (this.#ends[nextStates[count - 1]] === 1) {
        run.candidate = nextPaths[count - 1];
        run.hasCandidate = true;
        const left = this.#options.choice === "earliest" ? 0 : count - 1;
        shrink(nextStates, left);
        shrink(nextPaths, left);
      }
    }
    run.states = nextStates;
    run.paths = nextPaths;
    this.#nextStates = states;
    this.#nextPaths = paths as MatchPath[];
  }

  /** As `isThere`, for many; if not, it is from now on, at `place`. */
  #isKnown(paths: readonly MatchPath[], state: number, path: MatchPath, place: number): boolean {
    const { hasSameFuture, futureHash } = this.#options.conditions;
    const key = (futureHash === undefined ? 0 : futureHash(path) >>> 0) * this.#states.length + state;
    const places = this.#byFuture.get(key);
    if (places === undefined) this.#byFuture.set(key, [place]);
    else {
      for (const known of places) if (hasSameFuture === null || hasSameFuture(paths[known], path)) return true;
      places.push(place);
    }
    return false;
  }

  #fitsOneOf(
    variables: readonly number[],
    path: MatchPath | null,
    slot: number,
    position: number,
    flags: number,
  ): boolean {
    const { flagOf, conditions } = this.#options;
    const tried = this.#tried;
    for (const variable of variables) {
      if ((flags & flagOf[variable]) !== flagOf[variable]) continue;
      let next = tried[variable];
      if (next === undefined) {
        next = conditions.extend(path, variable, false, slot, position);
        tried[variable] = next;
      }
      if (next !== null) return true;
    }
    return false;
  }

  #nextStart(start: number, last: MatchPath | null): number {
    const { skip } = this.#options;
    if (last === null || skip.kind === "to-next-row") return start + 1;
    if (skip.kind === "past-last-row") return last.position + 1;
    let found = -1;
    for (let step: MatchPath | null = last; step !== null; step = step.previous) {
      if (!skip.variables.includes(step.variable)) continue;
      found = step.position;
      if (skip.kind === "to-last") break;
    }
    if (found > start) return found;
    const clause = `AFTER MATCH SKIP TO ${skip.kind === "to-first" ? "FIRST" : "LAST"} ${skip.name}`;
    throw new MillraceError({
      code: "EXPRESSION_FAILED",
      message:
        found < 0
          ? `${clause}: a match has no row of ${skip.name} to go on from; skip to a variable that every match has`
          : `${clause}: a match begins with that row, and would be found again and again; skip to another variable, or PAST LAST ROW`,
    });
  }
}

function tooMany(): MillraceError {
  return new MillraceError({
    code: "EXPRESSION_FAILED",
    message: `a pattern has more than ${MAX_PARTIAL_MATCHES} partial matches that begin with the same row, and conditions that tell them apart: bound it WITHIN an interval, with {n,m} for * and +, or by conditions that fewer rows fit`,
  });
}

function isThere(
  states: readonly number[],
  paths: readonly MatchPath[],
  count: number,
  state: number,
  path: MatchPath,
  hasSameFuture: MatchConditions["hasSameFuture"],
): boolean {
  for (let i = 0; i < count; i++) {
    if (states[i] === state && (hasSameFuture === null || hasSameFuture(paths[i], path))) return true;
  }
  return false;
}

function emptyRun(): MatchRun {
  return { states: [], paths: [], cursor: 0, candidate: null, hasCandidate: false, trace: [] };
}
