/** Patterns of events against the answers of Flink 2.3's CEP library: see the head of `flink-cep.txt`. */
import { readFileSync } from "node:fs";
import { Pattern, pipeline } from "millrace";
import { describe, expect, it } from "vitest";

type AnyPattern = Pattern<string, string, string, Record<string, string>>;

const fits = (letter: string) => (event: string) => event.startsWith(letter);
const numberOf = (event: string) => Number(event.slice(1));

function withStage(before: AnyPattern | null, text: string): AnyPattern {
  const [name, contiguity, least, most, isOptional, isGreedy, inner, until] = text.split(",");
  let pattern = begun(before, name, contiguity).where(fits(name[0]));
  if (contiguity.startsWith("not-")) return pattern;
  if (most === "null") pattern = pattern.timesOrMore(Number(least));
  else if (most !== "1") pattern = pattern.times(Number(least), Number(most));
  if (most !== "1" && inner === "strict") pattern = pattern.consecutive();
  if (most !== "1" && inner === "any") pattern = pattern.allowCombinations();
  if (isGreedy === "true") pattern = pattern.greedy();
  if (isOptional === "true") pattern = pattern.optional();
  return until === "-" ? pattern : pattern.until(fits(until));
}

function begun(before: AnyPattern | null, name: string, contiguity: string): AnyPattern {
  if (before === null) return Pattern.of<string>().begin(name);
  switch (contiguity) {
    case "strict":
      return before.next(name);
    case "relaxed":
      return before.followedBy(name);
    case "any":
      return before.followedByAny(name);
    case "not-next":
      return before.notNext(name);
    default:
      return before.notFollowedBy(name);
  }
}

function patternOf(stages: string, skip: string, within: string): AnyPattern {
  const pattern = stages.split(";").reduce<AnyPattern | null>(withStage, null) as AnyPattern;
  const [kind, stage] = skip.split(":");
  const timed = within === "null" ? pattern : pattern.within(Number(within));
  switch (kind) {
    case "none":
      return timed;
    case "to-next":
      return timed.afterMatch("skipToNext");
    case "past-last":
      return timed.afterMatch("skipPastLastEvent");
    case "to-first":
      return timed.afterMatch({ skipToFirst: stage });
    default:
      return timed.afterMatch({ skipToLast: stage });
  }
}

async function matchesOf(pattern: AnyPattern, events: readonly string[]): Promise<string[]> {
  const found = pipeline("cep")
    .from(events, { watermark: { timestamp: numberOf } })
    .keyBy(() => 0)
    .matches(pattern)
    .select((match) =>
      Object.values(match)
        .flat()
        .sort((a, b) => numberOf(a) - numberOf(b))
        .join(" "),
    );
  return (await found.toArray()).sort();
}

const file = readFileSync(new URL("flink-cep.txt", import.meta.url), "utf8");
const cases = file
  .trim()
  .split("\n\n")
  .slice(1)
  .map((block) => block.split("\n"));

describe("patterns of events match what Flink matches", () => {
  it("there are cases", () => {
    expect(cases.length).toBeGreaterThan(50);
  });

  it.each(cases.map(([head, ...answers]) => [head, answers] as const))("%s", async (head, answers) => {
    const [events, skip, within, stages] = head.split("|");
    const run = async () => matchesOf(patternOf(stages, skip, within), events.split(" "));
    if (answers[0] === "refused") await expect(run()).rejects.toThrow("pattern: ");
    else expect(await run()).toEqual(answers);
  });
});
