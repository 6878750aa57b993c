/**
 * Finds all matches of a pattern of events in the events of a key, in their order: what Flink's CEP library finds.
 *
 * Invariant  partial matches stand in the order of their first events. With a skip strategy a match comes out only when no partial
 *            match that began before it is left; what it skips is dropped then.
 * State      `EventRun` per key: events, the ways through them, partial matches, matches that wait. Plain values.
 * Cost       per event the edges of each partial match. Of `n` events that fit `followedByAny` or `allowCombinations` there may be
 *            2^n partial matches: bound them by `within` or `until`. More than MAX_PARTIAL_MATCHES fail.
 */
import type { EventAutomaton, EventState } from "./event-automaton.ts";
import { type EventPattern, type MatchedEvents, takesEvents } from "./event-pattern.ts";

interface Partial {
  state: number;
  /** Its last event, a number in `nodes`; -1 = none. */
  node: number;
  /** Number and time of its first event. */
  start: number;
  startTime: number;
}

/** What is known of a key. */
export interface EventRun {
  /** Events by number. */
  readonly events: Map<number, unknown>;
  nextEvent: number;
  /** Three numbers each: event, stage, the node before it. Ways with a common beginning share it. */
  nodes: number[];
  /** How many nodes were in use when it was last counted. */
  usedNodes: number;
  partials: Partial[];
  /** Matches that wait for partial matches that began before them. */
  complete: Partial[];
}

export interface EventMatcherResult {
  /** By the stages that take events; the arrays may be kept. */
  onMatch(matched: MatchedEvents, at: number): void;
  /** A partial match whose time was over at `at`. */
  onTimeout(matched: MatchedEvents, at: number): void;
}

const MAX_PARTIAL_MATCHES = 100_000;
const COMPACT_FROM = 64;

export function createEventRun(): EventRun {
  return { events: new Map(), nextEvent: 0, nodes: [], usedNodes: 0, partials: [], complete: [] };
}

/** Whether nothing of a run is to be kept. */
export function isEmptyRun({ partials, complete }: EventRun): boolean {
  return partials.length === 0 && complete.length === 0;
}

export class EventMatcher {
  readonly #states: readonly EventState[];
  readonly #pattern: EventPattern;
  readonly #withinMs: number;
  readonly #view: MatchView;
  /** Names of the stages that take events. */
  readonly #names: readonly string[];
  #run: EventRun = createEventRun();

  constructor(automaton: EventAutomaton, pattern: EventPattern) {
    this.#states = automaton.states;
    this.#pattern = pattern;
    this.#withinMs = pattern.withinMs ?? Number.POSITIVE_INFINITY;
    this.#names = pattern.stages.filter(takesEvents).map(({ name }) => name);
    this.#view = createView(this.#names, (name) => this.#eventsOf(this.#view.node, name));
  }

  /** When the first partial match is given up; Infinity if never. */
  deadlineOf({ partials }: EventRun): number {
    return partials.length === 0 ? Number.POSITIVE_INFINITY : partials[0].startTime + this.#withinMs;
  }

  /** Time has reached `time`: gives up what takes too long. */
  advance(run: EventRun, time: number, result: EventMatcherResult): void {
    if (this.#pattern.withinMs === null || run.partials.length === 0) return;
    if (time - run.partials[0].startTime < this.#withinMs) return;
    this.#run = run;
    const found: Partial[] = [];
    const left: Partial[] = [];
    let at = Number.NEGATIVE_INFINITY;
    for (const partial of run.partials) {
      if (time - partial.startTime < this.#withinMs) {
        left.push(partial);
        continue;
      }
      at = Math.max(at, partial.startTime + this.#withinMs);
      if (this.#states[partial.state].kind === "pending") found.push(partial);
      else result.onTimeout(this.#matchOf(partial.node), partial.startTime + this.#withinMs);
    }
    run.partials = left;
    this.#finish(run, found, at, result);
  }

  /** The next event. Conditions that throw leave the run as it was. */
  take(run: EventRun, event: unknown, time: number, result: EventMatcherResult): void {
    this.#run = run;
    const number = run.nextEvent;
    const nodeCount = run.nodes.length;
    const next: Partial[] = [];
    const found: Partial[] = [];
    run.events.set(number, event);
    try {
      for (const partial of run.partials) this.#step(partial, event, number, next, found);
      this.#step({ state: 0, node: -1, start: number, startTime: time }, event, number, next, found);
    } catch (error) {
      run.events.delete(number);
      run.nodes.length = nodeCount;
      throw error;
    }
    if (next.length > MAX_PARTIAL_MATCHES) {
      throw new RangeError(
        `a key has more than ${MAX_PARTIAL_MATCHES} partial matches: bound the pattern by within(...), until(...), or times(...)`,
      );
    }
    if (run.nodes.length === nodeCount) run.events.delete(number);
    run.nextEvent = number + 1;
    run.partials = next;
    this.#finish(run, found, time, result);
  }

  #step(partial: Partial, event: unknown, number: number, next: Partial[], found: Partial[]): void {
    const isStart = partial.node < 0;
    const kept: Partial[] = [];
    const view = this.#view;
    view.turnTo(partial.node);
    const stack: EventState[] = [this.#states[partial.state]];
    let isStopped = false;
    for (let state = stack.pop(); state !== undefined; state = stack.pop()) {
      for (const { action, to, condition } of state.edges) {
        if (!condition(event, view.events)) continue;
        if (action === "go") {
          if (to.kind === "stop") isStopped = true;
          else stack.push(to);
        } else if (action === "take") {
          const { nodes } = this.#run;
          const node = nodes.length / 3;
          nodes.push(number, state.stage, partial.node);
          const taken = { ...partial, state: to.number, node };
          if (to.kind === "final") found.push(taken);
          else {
            kept.push(taken);
            if (this.#mayEnd(to, event)) found.push(taken);
          }
        } else if (!isStart) {
          const passed = { ...partial, state: to.number };
          if (to.kind === "final") found.push(passed);
          else kept.push(passed);
        }
      }
    }
    if (!isStopped) for (const each of kept) next.push(each);
  }

  /** Whether all that follows a state may be left out. */
  #mayEnd(from: EventState, event: unknown): boolean {
    const stack = [from];
    for (let state = stack.pop(); state !== undefined; state = stack.pop()) {
      for (const { action, to, condition } of state.edges) {
        if (action !== "go" || to.kind === "stop" || !condition(event, this.#view.events)) continue;
        if (to.kind === "final") return true;
        stack.push(to);
      }
    }
    return false;
  }

  #finish(run: EventRun, found: Partial[], at: number, result: EventMatcherResult): void {
    if (this.#pattern.skip.kind === "none") {
      for (const { node } of found) result.onMatch(this.#matchOf(node), at);
    } else {
      if (found.length > 0) run.complete = [...run.complete, ...found].sort((a, b) => a.start - b.start);
      while (run.complete.length > 0) {
        const [first] = run.complete;
        if (run.partials.length > 0 && run.partials[0].start < first.start) break;
        run.complete.shift();
        const isSkipped = this.#skippedBy(first);
        run.partials = run.partials.filter((each) => !isSkipped(each.start));
        run.complete = run.complete.filter((each) => !isSkipped(each.start));
        result.onMatch(this.#matchOf(first.node), at);
      }
    }
    if (isEmptyRun(run)) {
      run.nodes = [];
      run.events.clear();
    } else if (run.nodes.length / 3 > Math.max(COMPACT_FROM, run.usedNodes * 2)) compact(run);
  }

  /** Which first events a match skips. */
  #skippedBy({ node, start }: Partial): (start: number) => boolean {
    const { skip, stages } = this.#pattern;
    if (skip.kind === "to-next") return (other) => other <= start;
    const { nodes } = this.#run;
    if (skip.kind === "past-last") return (other) => other <= nodes[node * 3];
    if (!("stage" in skip)) return () => false;
    let target = -1;
    for (let at = node; at >= 0; at = nodes[at * 3 + 2]) {
      if (stages[nodes[at * 3 + 1]].name !== skip.stage) continue;
      target = nodes[at * 3];
      if (skip.kind === "to-last") break;
    }
    return (other) => other < target;
  }

  #eventsOf(node: number, name: string): readonly unknown[] {
    const { nodes, events } = this.#run;
    const { stages } = this.#pattern;
    const found: unknown[] = [];
    for (let at = node; at >= 0; at = nodes[at * 3 + 2]) {
      if (stages[nodes[at * 3 + 1]].name === name) found.push(events.get(nodes[at * 3]));
    }
    return found.reverse();
  }

  #matchOf(node: number): MatchedEvents {
    const { nodes, events } = this.#run;
    const { stages } = this.#pattern;
    const matched: { [stage: string]: unknown[] } = Object.fromEntries(this.#names.map((name) => [name, []]));
    for (let at = node; at >= 0; at = nodes[at * 3 + 2])
      matched[stages[nodes[at * 3 + 1]].name].push(events.get(nodes[at * 3]));
    for (const name of this.#names) matched[name].reverse();
    return matched;
  }
}

/** The events of a partial match, looked up when a condition asks. */
interface MatchView {
  node: number;
  readonly events: MatchedEvents;
  turnTo(node: number): void;
}

function createView(names: readonly string[], look: (name: string) => readonly unknown[]): MatchView {
  const known = new Map<string, readonly unknown[]>();
  const events = {};
  for (const name of names) {
    const get = () => {
      let found = known.get(name);
      if (found === undefined) {
        found = look(name);
        known.set(name, found);
      }
      return found;
    };
    Object.defineProperty(events, name, { get, enumerable: true });
  }
  return {
    node: -1,
    events,
    turnTo(node) {
      this.node = node;
      known.clear();
    },
  };
}

/** Forgets nodes and events that no partial match has. */
function compact(run: EventRun): void {
  const { nodes } = run;
  const placeOf = new Map<number, number>();
  const kept: number[] = [];
  const keep = (node: number): number => {
    const way: number[] = [];
    let at = node;
    for (; at >= 0 && !placeOf.has(at); at = nodes[at * 3 + 2]) way.push(at);
    let previous = at < 0 ? -1 : (placeOf.get(at) as number);
    for (const each of way.reverse()) {
      const place = kept.length / 3;
      kept.push(nodes[each * 3], nodes[each * 3 + 1], previous);
      placeOf.set(each, place);
      previous = place;
    }
    return previous;
  };
  for (const partial of run.partials) partial.node = keep(partial.node);
  for (const partial of run.complete) partial.node = keep(partial.node);
  run.nodes = kept;
  run.usedNodes = kept.length / 3;
  const used = new Set<number>();
  for (let at = 0; at < kept.length; at += 3) used.add(kept[at]);
  for (const number of run.events.keys()) if (!used.has(number)) run.events.delete(number);
}
