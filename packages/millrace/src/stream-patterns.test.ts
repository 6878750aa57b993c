import { testPipeline } from "@millrace/testkit";
import { describe, expect, expectTypeOf, it } from "vitest";
import { Pattern, pipeline, type Stream } from "./index.ts";

/** Events are texts such as `b1`: what they are, and which one. Event time is their place. */
const is = (kind: string) => (event: string) => event.startsWith(kind);
const begin = <S extends string>(name: S, kind = name as string) => Pattern.of<string>().begin(name).where(is(kind));

/** The matches, each as its events in order. */
async function matchesOf<E extends string, S extends string, N extends object>(
  pattern: Pattern<string, E, S, N>,
  text: string,
): Promise<string[]> {
  const events = text.split(" ").map((event, at) => ({ event, at }));
  const found = await pipeline("patterns")
    .from(events, { watermark: { field: "at" } })
    .map(({ event }) => event)
    .keyBy(() => 0)
    .matches(pattern)
    .select((match) => Object.values<readonly string[]>(match as never).flat())
    .toArray();
  const place = (event: string) => events.findIndex((each) => each.event === event);
  return found.map((each) => [...each].sort((a, b) => place(a) - place(b)).join(" ")).sort();
}

// The expectations of this file are those of the chapter "Event Processing (CEP)" of Flink's documentation.
describe("contiguity", () => {
  it.each([
    ["next", []],
    ["followedBy", ["a b1"]],
    ["followedByAny", ["a b1", "a b2"]],
  ] as const)("%s", async (contiguity, expected) => {
    expect(await matchesOf(begin("a")[contiguity]("b").where(is("b")), "a c b1 b2")).toEqual(expected);
  });

  it("within loops: strict, relaxed, any", async () => {
    const text = "a b1 d1 b2 d2 b3 c";
    const loop = begin("a").followedByAny("b").where(is("b")).oneOrMore();
    const end = <N extends object>(pattern: Pattern<string, string, string, N>) =>
      pattern.followedBy("c").where(is("c"));
    expect(await matchesOf(end(loop.consecutive()), text)).toEqual(["a b1 c", "a b2 c", "a b3 c"]);
    const relaxed = ["a b1 b2 b3 c", "a b1 b2 c", "a b1 c", "a b2 b3 c", "a b2 c", "a b3 c"];
    expect(await matchesOf(end(loop), text)).toEqual(relaxed);
    expect(await matchesOf(end(loop.allowCombinations()), text)).toEqual([...relaxed, "a b1 b3 c"].sort());
  });

  it("consecutive and allowCombinations of a stage that follows", async () => {
    const text = "C D A1 A2 A3 D A4 B";
    const middle = begin("start", "C").followedBy("middle").where(is("A")).oneOrMore();
    const end = <N extends object>(pattern: Pattern<string, string, string, N>) =>
      pattern.followedBy("end").where(is("B"));
    expect(await matchesOf(end(middle.consecutive()), text)).toEqual(["C A1 A2 A3 B", "C A1 A2 B", "C A1 B"]);
    expect(await matchesOf(end(middle), text)).toEqual(["C A1 A2 A3 A4 B", "C A1 A2 A3 B", "C A1 A2 B", "C A1 B"]);
    expect(await matchesOf(end(middle.allowCombinations()), text)).toEqual([
      "C A1 A2 A3 A4 B",
      "C A1 A2 A3 B",
      "C A1 A2 A4 B",
      "C A1 A2 B",
      "C A1 A3 A4 B",
      "C A1 A3 B",
      "C A1 A4 B",
      "C A1 B",
    ]);
  });

  it("until ends a loop", async () => {
    const loop = begin("a").oneOrMore().until(is("b"));
    expect(await matchesOf(loop, "a1 c a2 b a3")).toEqual(["a1", "a1 a2", "a2", "a3"]);
  });

  it("notNext and notFollowedBy", async () => {
    const notNext = begin("a").notNext("n").where(is("n")).followedBy("b").where(is("b"));
    expect(await matchesOf(notNext, "a1 n b1 a2 c b2")).toEqual(["a2 b2"]);
    const notFollowed = begin("a").notFollowedBy("n").where(is("n")).followedByAny("b").where(is("b"));
    expect(await matchesOf(notFollowed, "a1 b1 c n b2")).toEqual(["a1 b1"]);
  });
});

describe("after a match", () => {
  const bc = begin("b").oneOrMore().consecutive().next("c").where(is("c"));
  it.each([
    ["noSkip", ["b1 b2 b3 c", "b2 b3 c", "b3 c"]],
    ["skipToNext", ["b1 b2 b3 c", "b2 b3 c", "b3 c"]],
    ["skipPastLastEvent", ["b1 b2 b3 c"]],
    [{ skipToFirst: "b" }, ["b1 b2 b3 c", "b2 b3 c", "b3 c"]],
    [{ skipToLast: "b" }, ["b1 b2 b3 c", "b3 c"]],
  ] as const)("b+ c, %j", async (skip, expected) => {
    expect(await matchesOf(bc.afterMatch(skip), "b1 b2 b3 c")).toEqual(expected);
  });

  it("skipToNext leaves one match per first event", async () => {
    const pattern = begin("a").followedBy("b").where(is("b")).oneOrMore();
    expect(await matchesOf(pattern, "a b1 b2 b3")).toEqual(["a b1", "a b1 b2", "a b1 b2 b3"]);
    expect(await matchesOf(pattern.afterMatch("skipToNext"), "a b1 b2 b3")).toEqual(["a b1"]);
  });

  it("noSkip and skipToFirst of (a | b | c) (b | c) c+ greedy d", async () => {
    const pattern = begin("abc", "a")
      .or(is("b"))
      .or(is("c"))
      .followedBy("bc")
      .where(is("b"))
      .or(is("c"))
      .followedBy("cs")
      .where(is("c"))
      .oneOrMore()
      .greedy()
      .followedBy("d")
      .where(is("d"));
    expect(await matchesOf(pattern, "a b c1 c2 c3 d")).toEqual(["a b c1 c2 c3 d", "b c1 c2 c3 d", "c1 c2 c3 d"]);
    expect(await matchesOf(pattern.afterMatch({ skipToFirst: "cs" }), "a b c1 c2 c3 d")).toEqual([
      "a b c1 c2 c3 d",
      "c1 c2 c3 d",
    ]);
  });
});

interface Login {
  readonly kind: "login";
  readonly user: string;
  readonly at: number;
}

interface Buy {
  readonly kind: "buy";
  readonly user: string;
  readonly at: number;
  readonly amount: number;
}

describe("a pattern in a pipeline", () => {
  const large = Pattern.of<Login | Buy>()
    .begin("login")
    .subtype((event) => event.kind === "login")
    .followedBy("buys")
    .subtype((event) => event.kind === "buy")
    .where((buy, matched) => buy.amount > (matched.buys.at(-1)?.amount ?? 0))
    .times(2)
    .within("10s");

  it("has types by stage, conditions on what was matched so far, and tells partial matches whose time is over", async () => {
    const job = pipeline("shop");
    const found = job
      .from<Login | Buy>([], { name: "events", watermark: { field: "at", outOfOrderness: "1s" } })
      .keyBy(({ user }) => user)
      .matches(large)
      .select(
        ({ login, buys }, user) => {
          expectTypeOf(login).toEqualTypeOf<readonly Login[]>();
          expectTypeOf(buys).toEqualTypeOf<readonly Buy[]>();
          return `${user} ${login[0].at}: ${buys.map(({ amount }) => amount).join(" ")}`;
        },
        { onTimeout: ({ buys }, user, at) => ({ user, at, count: buys.length }) },
      );
    const timedOut = found.side("timedOut");
    expectTypeOf(timedOut).toEqualTypeOf<Stream<{ user: string; at: number; count: number }>>();
    const late = found.side("late");
    const test = await testPipeline(job, { outputs: { found, timedOut, late } });
    const login = (user: string, at: number): Login => ({ kind: "login", user, at });
    const buy = (user: string, at: number, amount: number): Buy => ({ kind: "buy", user, at, amount });
    await test.send(
      "events",
      buy("a", 2000, 5),
      login("a", 1000),
      login("b", 1500),
      buy("a", 3000, 4),
      buy("a", 4000, 6),
    );
    await test.send("events", buy("b", 10_900, 1));
    expect(test.outputs.found).toEqual(["a 1000: 5 6"]);
    await test.send("events", login("c", 30_000));
    expect(test.outputs.timedOut).toEqual([{ user: "b", at: 11_500, count: 1 }]);
    await test.send("events", login("c", 5000));
    expect(test.outputs.late).toEqual([login("c", 5000)]);
  });

  it("notFollowedBy at the end is a match when its time is over", async () => {
    const unpaid = Pattern.of<Login | Buy>()
      .begin("login")
      .where(({ kind }) => kind === "login")
      .notFollowedBy("buy")
      .where(({ kind }) => kind === "buy")
      .within(1000);
    const events: (Login | Buy)[] = [
      { kind: "login", user: "a", at: 1 },
      { kind: "login", user: "b", at: 2 },
      { kind: "buy", user: "a", at: 900, amount: 1 },
    ];
    const found = pipeline("unpaid")
      .from(events, { watermark: { field: "at" } })
      .keyBy(({ user }) => user)
      .matches(() => unpaid)
      .select((_, user) => user);
    expect(await found.toArray()).toEqual(["b"]);
  });

  it("refuses what makes no sense, by name", () => {
    const a = begin("a");
    expect(() => a.greedy()).toThrow("greedy() of 'a' needs times, oneOrMore or timesOrMore before it");
    expect(() => a.until(is("b"))).toThrow("until of 'a' needs oneOrMore() or timesOrMore(n)");
    expect(() => a.times(3, 2)).toThrow("times(3, 2) of 'a'");
    expect(() => a.notNext("b").optional()).toThrow("'b' says what must not come");
    expect(() => a.next("a").compiled()).toThrow("two stages are called 'a'");
    // What Flink refuses, too.
    expect(() => a.oneOrMore().allowCombinations().greedy().compiled()).toThrow(
      "'a' is greedy and allows combinations",
    );
    expect(() => a.oneOrMore().greedy().next("b").optional().compiled()).toThrow(
      "'b' is optional behind the greedy 'a'",
    );
    expect(() => a.next("b").optional().notNext("c").compiled()).toThrow(
      "'c' must not come behind 'b', which is optional",
    );
    expect(() => a.notFollowedBy("b").compiled()).toThrow('notFollowedBy("b") at the end needs within');
    // @ts-expect-error: no such stage
    expect(() => a.afterMatch({ skipToFirst: "z" }).compiled()).toThrow("skips to 'z'");
    // @ts-expect-error: no such field
    large.where((buy) => buy.price > 1);
    // @ts-expect-error: no such stage
    large.where((_, matched) => matched.nothing.length > 1);
  });
});
