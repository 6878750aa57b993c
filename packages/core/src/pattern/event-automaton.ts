/**
 * The automaton of a pattern of events. Unlike that of row patterns (pattern-automaton.ts) its states also pass events over, and all
 * ways through it are matches, not the preferred one alone: see docs/decisions/0005-two-automata-for-patterns.md.
 *
 * Invariant  `states[0]` is the one before the first event, and no edge leads there. States are numbered in the order in which they
 *            are made, which the pattern alone decides.
 * Cost       a bounded repetition is written out.
 */
import { MillraceError } from "../errors.ts";
import { type EventCondition, type EventPattern, type EventStage, takesEvents } from "./event-pattern.ts";

export interface EventEdge {
  /** `take`: the event is part of the match; `pass`: it is not; `go`: the same event is looked at in the state `to`. */
  readonly action: "take" | "pass" | "go";
  readonly to: EventState;
  condition: EventCondition;
}

export interface EventState {
  number: number;
  /** Of the stage that events are taken for. */
  readonly stage: number;
  /** `stop`: there is no match here; `pending`: it is one when its time is over. */
  readonly kind: "normal" | "final" | "stop" | "pending";
  readonly edges: EventEdge[];
}

export interface EventAutomaton {
  readonly states: readonly EventState[];
}

const MAX_STATES = 2000;
const always: EventCondition = () => true;

function not(condition: EventCondition): EventCondition {
  return (event, matched) => !condition(event, matched);
}

function both(a: EventCondition, b: EventCondition): EventCondition {
  return (event, matched) => a(event, matched) && b(event, matched);
}

/** Errors: OPTION_INVALID for a pattern that makes no sense, or is too large. */
export function compileEventPattern(pattern: EventPattern): EventAutomaton {
  checkPattern(pattern);
  return new EventAutomatonBuilder(pattern).build();
}

function checkPattern({ stages, withinMs, skip }: EventPattern): void {
  const names = new Set<string>();
  for (const { name } of stages) {
    if (names.has(name)) throw invalid(`two stages are called '${name}'; names are unique`);
    names.add(name);
  }
  for (const [i, stage] of stages.entries()) {
    const before = stages[i - 1];
    if (stage.isGreedy && stage.inner === "any") {
      throw invalid(
        `'${stage.name}' is greedy and allows combinations: what it is to take is not said by both; leave one of them out`,
      );
    }
    if (stage.isOptional && before?.isGreedy === true) {
      throw invalid(
        `'${stage.name}' is optional behind the greedy '${before.name}': make two patterns, with it and without it`,
      );
    }
    if (!takesEvents(stage) && before?.isOptional === true) {
      throw invalid(
        `'${stage.name}' must not come behind '${before.name}', which is optional: make two patterns, with it and without it`,
      );
    }
  }
  const last = stages[stages.length - 1];
  if (last.contiguity === "not-followed" && withinMs === null) {
    throw invalid(
      `notFollowedBy("${last.name}") at the end needs within(...): without it nothing says that no such event comes`,
    );
  }
  if ("stage" in skip && !stages.some((stage) => stage.name === skip.stage && takesEvents(stage))) {
    throw invalid(`the pattern skips to '${skip.stage}', but has no such stage that takes events`);
  }
}

function invalid(message: string): MillraceError {
  return new MillraceError({ code: "OPTION_INVALID", message: `pattern: ${message}` });
}

/** From the end to the beginning: a state is made when those that it leads to are there. */
class EventAutomatonBuilder {
  readonly #pattern: EventPattern;
  readonly #states: EventState[] = [];
  readonly #stops = new Map<number, EventState>();
  /** Of a state whose edges wait for a greedy stage to end: as it is where `until` has ended it. */
  readonly #ungreedy = new Map<EventState, EventState>();
  #stage = 0;

  constructor(pattern: EventPattern) {
    this.#pattern = pattern;
  }

  build(): EventAutomaton {
    const { stages, withinMs } = this.#pattern;
    let sink = this.#state("final", stages.length);
    for (this.#stage = stages.length - 1; this.#stage >= 0; this.#stage--) {
      const stage = stages[this.#stage];
      if (stage.contiguity === "not-followed") {
        // Between two stages it stands at their states; at the end it waits for the time to be over.
        if (withinMs === null || sink.kind !== "final") continue;
        const pending = this.#state("pending");
        this.#stopAt(pending, this.#stage);
        add(pending, "pass", pending, not(conditionOf(stage)));
        sink = pending;
      } else if (stage.contiguity === "not-next") {
        const state = this.#state("normal");
        // To the end only with the event that was looked at.
        add(state, sink.kind === "final" ? "pass" : "go", sink, not(conditionOf(stage)));
        this.#stopAt(state, this.#stage);
        sink = state;
      } else sink = this.#convert(stage, sink);
    }
    const first = this.#states.indexOf(sink);
    this.#states.splice(first, 1);
    this.#states.unshift(sink);
    if (this.#states.length > MAX_STATES) {
      throw invalid(`with its repetitions written out it has more than ${MAX_STATES} places: use smaller bounds`);
    }
    for (const [number, state] of this.#states.entries()) state.number = number;
    return { states: this.#states };
  }

  #state(kind: EventState["kind"], stage = this.#stage): EventState {
    const state: EventState = { number: 0, stage, kind, edges: [] };
    this.#states.push(state);
    return state;
  }

  #convert(stage: EventStage, sink: EventState): EventState {
    let first: EventState;
    if (stage.most === null) first = this.#times(stage, this.#loop(stage, this.#withoutNots(stage, sink)), sink);
    else if (stage.least === 1 && stage.most === 1) {
      first = this.#once(
        stage,
        sink,
        sink,
        conditionOf(stage),
        passCondition(stage, stage.contiguity),
        stage.isOptional,
      );
    } else first = this.#times(stage, sink, sink);
    this.#addStops(first);
    return first;
  }

  #times(stage: EventStage, sink: EventState, leave: EventState): EventState {
    const { least, most, until } = stage;
    const take = unless(until, conditionOf(stage));
    const inner = passCondition(stage, stage.inner);
    const pass = inner === null ? null : unless(until, inner);
    if (stage.isGreedy && most !== null && least !== most) this.#waitFor(stage, sink, take);
    let last = sink;
    for (let i = least; i < (most ?? least); i++) last = this.#repeat(stage, last, leave, take, pass, true);
    for (let i = 1; i < least; i++) last = this.#repeat(stage, last, leave, take, pass, false);
    return this.#once(stage, last, leave, take, passCondition(stage, stage.contiguity), stage.isOptional);
  }

  #repeat(
    stage: EventStage,
    sink: EventState,
    leave: EventState,
    take: EventCondition,
    pass: EventCondition | null,
    mayLeave: boolean,
  ): EventState {
    const state = this.#once(stage, sink, leave, take, pass, mayLeave);
    this.#addStopOfNext(state);
    return state;
  }

  /** Takes one event and goes to `sink`; if it may be left out, it also goes to `leave`. */
  #once(
    stage: EventStage,
    sink: EventState,
    leave: EventState,
    take: EventCondition,
    pass: EventCondition | null,
    mayLeave: boolean,
  ): EventState {
    const state = this.#state("normal");
    const after = this.#withoutNots(stage, sink);
    add(state, "take", after, take);
    if (mayLeave) this.#leave(stage, state, leave);
    if (pass === null) return state;
    let passing = state;
    if (mayLeave) {
      // Once an event was passed over, the stage is no longer left out.
      passing = this.#state("normal");
      add(passing, "take", after, take);
      add(passing, "pass", passing, pass);
      this.#addStops(passing);
    }
    add(state, "pass", passing, pass);
    return state;
  }

  #loop(stage: EventStage, sink: EventState): EventState {
    const take = unless(stage.until, conditionOf(stage));
    const inner = passCondition(stage, stage.inner);
    const pass = inner === null ? null : unless(stage.until, inner);
    const state = this.#state("normal");
    if (stage.isGreedy) this.#waitFor(stage, sink, conditionOf(stage));
    this.#leave(stage, state, sink);
    add(state, "take", state, take);
    this.#addStopOfNext(state);
    if (pass === null) return state;
    const passing = this.#state("normal");
    add(passing, "take", state, take);
    add(passing, "pass", passing, pass);
    this.#addStopOfNext(passing);
    add(state, "pass", passing, pass);
    return state;
  }

  #leave({ isGreedy, until }: EventStage, state: EventState, to: EventState): void {
    if (!isGreedy || until === null) {
      add(state, "go", to, always);
      return;
    }
    add(state, "go", this.#ungreedy.get(to) ?? to, until);
    add(state, "go", to, not(until));
  }

  /** What follows a greedy stage takes no event that the stage could take. */
  #waitFor({ until }: EventStage, sink: EventState, take: EventCondition): void {
    if (until !== null && !this.#ungreedy.has(sink)) {
      const copy = this.#state(sink.kind, sink.stage);
      for (const { action, to, condition } of sink.edges) add(copy, action, to === sink ? copy : to, condition);
      this.#ungreedy.set(sink, copy);
    }
    for (const edge of sink.edges) edge.condition = both(edge.condition, not(take));
  }

  #stopAt(state: EventState, stage: number): void {
    let stop = this.#stops.get(stage);
    if (stop === undefined) {
      stop = this.#state("stop", stage);
      this.#stops.set(stage, stop);
    }
    add(state, "go", stop, conditionOf(this.#pattern.stages[stage]));
  }

  /** Stages that must not come before this one: those right before it, or before optional ones before it. */
  #nots(): readonly number[] {
    const { stages } = this.#pattern;
    const found: number[] = [];
    for (let i = this.#stage - 1; i >= 0; i--) {
      if (stages[i].contiguity === "not-followed") found.push(i);
      else if (!stages[i].isOptional) break;
    }
    return found;
  }

  #addStops(state: EventState): void {
    for (const stage of this.#nots()) this.#stopAt(state, stage);
  }

  /** While a repetition goes on, what must not follow it ends it. */
  #addStopOfNext(state: EventState): void {
    if (this.#pattern.stages[this.#stage + 1]?.contiguity === "not-followed") this.#stopAt(state, this.#stage + 1);
  }

  /** An event of an optional stage has come: what must not have come before it may come now. */
  #withoutNots(stage: EventStage, sink: EventState): EventState {
    const nots = this.#nots();
    if (nots.length === 0 || !stage.isOptional) return sink;
    const copy = this.#state(sink.kind, sink.stage);
    for (const { action, to, condition } of sink.edges) {
      if (action !== "go") add(copy, action, to === sink ? copy : to, condition);
      else if (to.kind !== "stop") add(copy, action, this.#withoutNots(stage, to), condition);
      else if (!nots.includes(to.stage)) add(copy, action, to, condition);
    }
    return copy;
  }
}

function add(state: EventState, action: EventEdge["action"], to: EventState, condition: EventCondition): void {
  state.edges.push({ action, to, condition });
}

function conditionOf({ condition }: EventStage): EventCondition {
  return condition ?? always;
}

/** Which events may be passed over; null: none. */
function passCondition(stage: EventStage, contiguity: EventStage["contiguity"]): EventCondition | null {
  if (contiguity === "any") return always;
  return contiguity === "relaxed" ? not(conditionOf(stage)) : null;
}

function unless(until: EventCondition | null, condition: EventCondition): EventCondition {
  return until === null ? condition : both(not(until), condition);
}
