import { seededRandom } from "@millrace/testkit";
import { describe, expect, it } from "vitest";
import { compileEventPattern } from "./event-automaton.ts";
import { createEventRun, EventMatcher, isEmptyRun } from "./event-matcher.ts";
import type { EventCondition, EventPattern, EventStage } from "./event-pattern.ts";

const stageOf = (name: string, change: Partial<EventStage> = {}): EventStage => ({
  name,
  condition: (event) => (event as string).startsWith(name[0]),
  contiguity: "relaxed",
  least: 1,
  most: 1,
  isOptional: false,
  isGreedy: false,
  inner: "relaxed",
  until: null,
  ...change,
});

function patternOf(stages: readonly EventStage[], change: Partial<EventPattern> = {}): EventPattern {
  return {
    stages: [{ ...stages[0], contiguity: "strict" }, ...stages.slice(1)],
    withinMs: null,
    skip: { kind: "none" },
    ...change,
  };
}

/** Matches of the events, whose times are their places: `a1 b2`, with `!` in front if their time was over. */
function matchesOf(pattern: EventPattern, events: readonly string[]): string[] {
  const matcher = new EventMatcher(compileEventPattern(pattern), pattern);
  const run = createEventRun();
  const found: string[] = [];
  const text = (matched: object) =>
    (Object.values(matched) as string[][])
      .flat()
      .sort((a, b) => events.indexOf(a) - events.indexOf(b))
      .join(" ");
  const result = {
    onMatch: (matched: object) => void found.push(text(matched)),
    onTimeout: (matched: object) => void found.push(`!${text(matched)}`),
  };
  for (const [time, event] of events.entries()) {
    matcher.advance(run, time, result);
    matcher.take(run, event, time, result);
  }
  matcher.advance(run, Number.POSITIVE_INFINITY, result);
  return found;
}

/**
 * All matches by the definition: from each stage to the next event that its contiguity allows. Loops may end after any event, stages
 * that are optional be left out.
 */
function naiveMatches({ stages, withinMs }: EventPattern, events: readonly string[]): string[] {
  const found: string[] = [];
  const fits = (condition: EventCondition | null, at: number) => condition?.(events[at], {}) ?? true;
  /** The places that may come after `last` for a stage. */
  const following = (stage: EventStage, contiguity: string, last: number): number[] => {
    const places: number[] = [];
    for (let at = last + 1; at < events.length; at++) {
      if (fits(stage.condition, at)) {
        places.push(at);
        if (contiguity === "relaxed") break;
      }
      if (contiguity === "strict") break;
    }
    return places;
  };
  /** `refused`: stages of which no event may stand between `taken` and the next one, itself included. */
  const go = (index: number, taken: readonly number[], refused: readonly EventStage[]): void => {
    if (index === stages.length) {
      if (taken.length > 0) found.push(taken.map((at) => events[at]).join(" "));
      return;
    }
    const stage = stages[index];
    const last = taken[taken.length - 1] ?? -1;
    if (stage.contiguity === "not-followed") {
      go(index + 1, taken, [...refused, stage]);
      return;
    }
    if (stage.contiguity === "not-next") {
      if (last + 1 < events.length && !fits(stage.condition, last + 1)) go(index + 1, taken, refused);
      return;
    }
    const isAllowed = (at: number) => {
      if (taken.length > 0 && withinMs !== null && at - taken[0] >= withinMs) return false;
      for (let between = last + 1; between <= at; between++) {
        if (refused.some(({ condition }) => fits(condition, between))) return false;
      }
      return true;
    };
    const firsts =
      taken.length === 0
        ? events.map((_, at) => at).filter((at) => fits(stage.condition, at))
        : following(stage, stage.contiguity, last);
    for (const first of firsts) if (taken.length === 0 || isAllowed(first)) repeat(index, [...taken, first], 1);
    if (stage.isOptional) go(index + 1, taken, refused);
  };
  const repeat = (index: number, taken: readonly number[], count: number): void => {
    const stage = stages[index];
    if (count >= stage.least) go(index + 1, taken, []);
    if (stage.most !== null && count >= stage.most) return;
    for (const at of following(stage, stage.inner, taken[taken.length - 1])) {
      if (withinMs === null || at - taken[0] < withinMs) repeat(index, [...taken, at], count + 1);
    }
  };
  go(0, [], []);
  return found;
}

describe("all matches", () => {
  it.each(Array.from({ length: 8 }, (_, i) => 1000 + i))(
    "of random patterns are those of the definition, seed %i",
    (seed) => {
      const next = seededRandom(seed);
      const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)];
      for (let round = 0; round < 150; round++) {
        const count = 2 + Math.floor(next() * 3);
        const stages: EventStage[] = [];
        for (let i = 0; i < count; i++) {
          const name = `${pick(["a", "b", "c"])}${i}`;
          const isNot = i > 0 && i < count - 1 && next() < 0.2;
          if (isNot) {
            stages.push(stageOf(name, { contiguity: pick(["not-next", "not-followed"] as const) }));
            continue;
          }
          // What stands beside a stage that must not come is not left out: which of two it forbids is not said by the definition above.
          const isBeside = stages[i - 1]?.contiguity.startsWith("not-") === true;
          const [least, most] = pick([
            [1, 1],
            [1, 1],
            [2, 2],
            [1, 3],
            [2, 3],
            [1, null],
            [2, null],
          ] as const);
          stages.push(
            stageOf(name, {
              contiguity: pick(["strict", "relaxed", "any"] as const),
              inner: pick(["strict", "relaxed", "any"] as const),
              isOptional: i > 0 && !isBeside && next() < 0.25,
              least,
              most,
            }),
          );
        }
        if (
          stages.some(({ contiguity }, i) => contiguity === "not-next" && stages[i + 1].contiguity === "not-followed")
        )
          continue;
        // An event that must not come and ends the match all the same: the definition above does not say which counts.
        if (
          stages.some(({ contiguity, name }, i) => contiguity === "not-followed" && stages[i + 1].name[0] === name[0])
        )
          continue;
        const isRepeatedBeforeNot = stages.some(
          ({ most, isOptional }, i) =>
            (most !== 1 || isOptional) && stages[i + 1]?.contiguity.startsWith("not-") === true,
        );
        if (isRepeatedBeforeNot) continue;
        const pattern = patternOf(stages, { withinMs: next() < 0.3 ? 4 : null });
        const events = Array.from(
          { length: 3 + Math.floor(next() * 6) },
          (_, i) => `${pick(["a", "b", "c", "d"])}${i}`,
        );
        const found = matchesOf(pattern, events).filter((match) => !match.startsWith("!"));
        const shown = `seed ${seed}, round ${round}: ${JSON.stringify(stages)} within ${pattern.withinMs} on ${events.join(" ")}`;
        expect(found.sort(), shown).toEqual(naiveMatches(pattern, events).sort());
      }
    },
  );

  it("conditions see what was matched so far", () => {
    const rising: EventCondition = (event, { b }) => (event as string) > ((b.at(-1) as string | undefined) ?? "");
    const stage = stageOf("b", {
      most: null,
      condition: (event, matched) => (event as string).startsWith("b") && rising(event, matched),
    });
    const pattern = patternOf([stageOf("a"), stage]);
    expect(matchesOf(pattern, ["a", "b2", "b1", "b3"])).toEqual(["a b2", "a b2 b3"]);
  });
});

describe("time", () => {
  it("ends partial matches, also those whose next event comes exactly when it is over", () => {
    const pattern = patternOf([stageOf("a"), stageOf("b")], { withinMs: 2 });
    expect(matchesOf(pattern, ["a1", "b2"])).toEqual(["a1 b2"]);
    expect(matchesOf(pattern, ["a1", "x", "b2"])).toEqual(["!a1"]);
    expect(matchesOf(pattern, ["a1"])).toEqual(["!a1"]);
  });

  it("that is over lets a match go that waited for an earlier one", () => {
    const either = stageOf("first", { condition: (event) => ["a", "b"].includes((event as string)[0]) });
    const second = stageOf("second", {
      condition: (event, { first }) => (event as string)[0] === ((first[0] as string).startsWith("a") ? "z" : "c"),
    });
    const pattern = patternOf([either, second], { withinMs: 4, skip: { kind: "past-last" } });
    expect(matchesOf(pattern, ["a", "b", "c", "x", "x2", "x3"])).toEqual(["!a", "b c"]);
    expect(matchesOf(pattern, ["a", "b", "c", "z"])).toEqual(["a z"]);
  });
});

describe("state", () => {
  it("is forgotten with the last partial match, and compacted on the way", () => {
    const pattern = patternOf([stageOf("a"), stageOf("b", { most: null }), stageOf("c")], { withinMs: 50 });
    const matcher = new EventMatcher(compileEventPattern(pattern), pattern);
    const run = createEventRun();
    const result = { onMatch: () => undefined, onTimeout: () => undefined };
    for (let time = 0; time < 2000; time++) {
      matcher.advance(run, time, result);
      matcher.take(run, ["a", "b", "x"][time % 3], time, result);
      expect(run.events.size).toBeLessThan(200);
      expect(run.nodes.length).toBeLessThan(5000);
    }
    matcher.advance(run, 2100, result);
    expect(isEmptyRun(run)).toBe(true);
    expect([run.events.size, run.nodes.length]).toEqual([0, 0]);
  });

  it("stays as it was if a condition throws", () => {
    const failing = stageOf("b", {
      condition: (event) => {
        if (event === "bad") throw new Error("bad event");
        return (event as string).startsWith("b");
      },
    });
    const pattern = patternOf([stageOf("a"), failing]);
    const matcher = new EventMatcher(compileEventPattern(pattern), pattern);
    const run = createEventRun();
    const found: unknown[] = [];
    const result = { onMatch: (matched: unknown) => void found.push(matched), onTimeout: () => undefined };
    matcher.take(run, "a1", 0, result);
    const before = structuredClone(run);
    expect(() => matcher.take(run, "bad", 1, result)).toThrow("bad event");
    expect(run).toEqual(before);
    matcher.take(run, "b1", 2, result);
    expect(found).toEqual([{ a: ["a1"], b: ["b1"] }]);
  });
});
