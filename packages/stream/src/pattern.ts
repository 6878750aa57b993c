/** Patterns of events, as Flink's CEP library has them. */
import {
  compileEventPattern,
  type EventCondition,
  type EventPattern,
  type EventSkip,
  type EventStage,
  MillraceError,
} from "@millrace/core";
import { type Duration, durationMs } from "./duration.ts";

/** The events that a partial match has so far, by stage; only lent. */
export type Matched<N extends object> = { readonly [S in keyof N]: readonly N[S][] };

/** The stages so far (`N`: name to type of event) with one more. */
type With<N extends object, S extends string, E> = {
  readonly [P in keyof N | S]: P extends S ? E : P extends keyof N ? N[P] : never;
};

type Condition<E, N extends object> = (event: E, matched: Matched<N>) => boolean;

/** Where the search goes on after a match. */
export type SkipStrategy<N extends object> =
  /** Every match there is. The default. */
  | "noSkip"
  /** Drops partial matches that began with the same event. */
  | "skipToNext"
  /** Drops partial matches that began before the match ended. */
  | "skipPastLastEvent"
  /** Drops partial matches that began before the first event of a stage. */
  | { readonly skipToFirst: keyof N & string }
  /** The same with its last event. */
  | { readonly skipToLast: keyof N & string };

/** Where a pattern begins; it knows the type of the events. */
export interface PatternStart<T> {
  /** The first stage. */
  begin<S extends string>(name: S): Pattern<T, T, S, { readonly [P in S]: T }>;
}

/**
 * A pattern: stages, one after the other, each with a name and conditions. Calls give a new pattern; conditions and quantifiers are of the
 * stage that was named last.
 *
 * @example
 * const pattern = Pattern.of<number>().begin("low").where((n) => n < 3).followedBy("high").where((n) => n > 7).within("10m");
 * const found = await pipeline("pattern")
 *   .from([1, 5, 9], { watermark: { timestamp: (n) => n } })
 *   .keyBy(() => 0)
 *   .matches(pattern)
 *   .select(({ low, high }) => `${low[0]} ${high[0]}`)
 *   .toArray();
 * found // ["1 9"]
 */
export class Pattern<T, E extends T, S extends string, N extends object> {
  readonly #pattern: EventPattern;

  private constructor(pattern: EventPattern) {
    this.#pattern = pattern;
  }

  /** Begins a pattern of events of type `T`: `Pattern.of<Order>().begin("first")`. */
  static of<T>(): PatternStart<T> {
    return {
      begin: <S extends string>(name: S) => {
        const stages = [stageOf(name, "strict")];
        return new Pattern<T, T, S, { readonly [P in S]: T }>({ stages, withinMs: null, skip: { kind: "none" } });
      },
    };
  }

  /** What the engine runs. Errors: OPTION_INVALID for a pattern that makes no sense. */
  compiled(): EventPattern {
    compileEventPattern(this.#pattern);
    return this.#pattern;
  }

  /** A condition that the events of this stage fulfil; of several, all. `matched` has the events of the partial match so far. */
  where(condition: Condition<E, N>): Pattern<T, E, S, N> {
    const { condition: before } = this.#last;
    const added = condition as EventCondition;
    return this.#changed({
      condition: before === null ? added : (event, matched) => before(event, matched) && added(event, matched),
    });
  }

  /** Another condition, that may hold in place of those before. */
  or(condition: Condition<E, N>): Pattern<T, E, S, N> {
    const { condition: before } = this.#last;
    const added = condition as EventCondition;
    return this.#changed({
      condition: before === null ? added : (event, matched) => before(event, matched) || added(event, matched),
    });
  }

  /** Events of one type only, by a type guard. */
  subtype<F extends E>(guard: (event: E) => event is F): Pattern<T, F, S, With<N, S, F>> {
    return new Pattern<T, F, S, With<N, S, F>>(this.where(guard).#pattern);
  }

  /** The next event must fit, with nothing between. */
  next<P extends string>(name: P): Pattern<T, T, P, With<N, P, T>> {
    return this.#with(name, "strict");
  }

  /** The next event that fits; those that do not are passed over. */
  followedBy<P extends string>(name: P): Pattern<T, T, P, With<N, P, T>> {
    return this.#with(name, "relaxed");
  }

  /** Any later event that fits: a match for each. */
  followedByAny<P extends string>(name: P): Pattern<T, T, P, With<N, P, T>> {
    return this.#with(name, "any");
  }

  /** The next event must not fit. */
  notNext<P extends string>(name: P): Pattern<T, T, P, N> {
    return this.#with(name, "not-next");
  }

  /** No event before the next stage may fit; at the end of a pattern: none within its time. */
  notFollowedBy<P extends string>(name: P): Pattern<T, T, P, N> {
    return this.#with(name, "not-followed");
  }

  /** So many events, or between `from` and `to`. */
  times(from: number, to = from): Pattern<T, E, S, N> {
    if (!Number.isSafeInteger(from) || !Number.isSafeInteger(to) || from < 0 || to < Math.max(from, 1)) {
      throw invalid(
        `times(${from}, ${to}) of '${this.#last.name}': expected whole numbers, the second at least 1 and not below the first`,
      );
    }
    // None at all is another way to say optional.
    const isOptional = this.#last.isOptional || from === 0;
    return this.#changed({ least: Math.max(from, 1), most: to, isOptional }, "times");
  }

  /** One or more events. */
  oneOrMore(): Pattern<T, E, S, N> {
    return this.timesOrMore(1);
  }

  /** So many events or more. */
  timesOrMore(least: number): Pattern<T, E, S, N> {
    if (!Number.isSafeInteger(least) || least < 1) {
      throw invalid(`timesOrMore(${least}) of '${this.#last.name}': expected a whole number of at least 1`);
    }
    return this.#changed({ least, most: null }, "timesOrMore");
  }

  /** The stage may be left out. */
  optional(): Pattern<T, E, S, N> {
    return this.#changed({ isOptional: true }, "optional");
  }

  /** A repetition takes as many events as it can, before the next stage takes one. */
  greedy(): Pattern<T, E, S, N> {
    this.#checkRepeated("greedy");
    return this.#changed({ isGreedy: true }, "greedy");
  }

  /** No event stands between those of a repetition. */
  consecutive(): Pattern<T, E, S, N> {
    this.#checkRepeated("consecutive");
    return this.#changed({ inner: "strict" }, "consecutive");
  }

  /** A repetition may leave out events that fit. */
  allowCombinations(): Pattern<T, E, S, N> {
    this.#checkRepeated("allowCombinations");
    return this.#changed({ inner: "any" }, "allowCombinations");
  }

  /** Ends a repetition without bound; the event itself is not part of it. */
  until(condition: Condition<E, N>): Pattern<T, E, S, N> {
    if (this.#last.most !== null) throw invalid(`until of '${this.#last.name}' needs oneOrMore() or timesOrMore(n)`);
    return this.#changed({ until: condition as EventCondition });
  }

  /** From its first event to its last a match takes less than so long. Of several the shortest counts. */
  within(duration: Duration): Pattern<T, E, S, N> {
    const withinMs = Math.min(durationMs(duration, "within", 1), this.#pattern.withinMs ?? Number.POSITIVE_INFINITY);
    return new Pattern<T, E, S, N>({ ...this.#pattern, withinMs });
  }

  /** What a match does to those that began before its end. */
  afterMatch(skip: SkipStrategy<N>): Pattern<T, E, S, N> {
    return new Pattern<T, E, S, N>({ ...this.#pattern, skip: skipOf(skip) });
  }

  get #last(): EventStage {
    return this.#pattern.stages[this.#pattern.stages.length - 1];
  }

  #with<F extends T, P extends string, M extends object>(
    name: P,
    contiguity: EventStage["contiguity"],
  ): Pattern<T, F, P, M> {
    return new Pattern<T, F, P, M>({ ...this.#pattern, stages: [...this.#pattern.stages, stageOf(name, contiguity)] });
  }

  #changed(change: Partial<EventStage>, quantifier: string | null = null): Pattern<T, E, S, N> {
    const last = this.#last;
    if (quantifier !== null && last.contiguity.startsWith("not-")) {
      throw invalid(`'${last.name}' says what must not come, and has no ${quantifier}()`);
    }
    return new Pattern<T, E, S, N>({
      ...this.#pattern,
      stages: [...this.#pattern.stages.slice(0, -1), { ...last, ...change }],
    });
  }

  #checkRepeated(what: string): void {
    const { least, most, name } = this.#last;
    if (least === 1 && most === 1)
      throw invalid(`${what}() of '${name}' needs times, oneOrMore or timesOrMore before it`);
  }
}

function stageOf(name: string, contiguity: EventStage["contiguity"]): EventStage {
  return {
    name,
    condition: null,
    contiguity,
    least: 1,
    most: 1,
    isOptional: false,
    isGreedy: false,
    inner: "relaxed",
    until: null,
  };
}

function skipOf(skip: SkipStrategy<Record<string, unknown>>): EventSkip {
  switch (skip) {
    case "noSkip":
      return { kind: "none" };
    case "skipToNext":
      return { kind: "to-next" };
    case "skipPastLastEvent":
      return { kind: "past-last" };
    default:
      return "skipToFirst" in skip
        ? { kind: "to-first", stage: skip.skipToFirst }
        : { kind: "to-last", stage: skip.skipToLast };
  }
}

function invalid(message: string): MillraceError {
  return new MillraceError({ code: "OPTION_INVALID", message: `pattern: ${message}` });
}
