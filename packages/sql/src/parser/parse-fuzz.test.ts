// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of SQL look like that
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { formatSqlError } from "../text/format-sql-error.ts";
import { positionAt } from "../text/position.ts";
import { SqlError } from "../text/sql-error.ts";
import { parseScript } from "./parse.ts";

const folder = new URL("./fixtures/", import.meta.url);
/** A text is what stands between two blank lines. */
const corpus = readdirSync(folder).flatMap((name) => readFileSync(new URL(name, folder), "utf8").split(/\n\n+/));
const variables = { path: "file:///it's" };

/** A small seeded generator (mulberry32), so that a failure can be repeated. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const pieces =
  "( ) [ ] , . ; ' ` \" ${path} ${ $${ /* */ /*+ -- \n < > => = || :: - 1 1e 'x' `y` \u0000 \ud83d \u{1f600} é SELECT FROM WHERE AS NOT IN IS NULL CASE WHEN END AND OR BETWEEN LIKE ROW ARRAY MAP INTERVAL OVER FILTER WITH UNION JOIN ON VALUES TABLE LATERAL UNNEST CAST EXISTS MATCH_RECOGNIZE PATTERN GROUP BY ORDER LIMIT CREATE INSERT INTO SET EXPLAIN BEGIN STATEMENT END EXECUTE WATERMARK FOR PRIMARY KEY METADATA".split(
    " ",
  );

/** The text with a few pieces cut out, doubled, moved or put in. */
function mutate(text: string, random: (below: number) => number): string {
  let mutated = text;
  for (let round = 1 + random(4); round > 0; round--) {
    const at = random(mutated.length + 1);
    const end = Math.min(mutated.length, at + 1 + random(20));
    const cut = mutated.slice(at, end);
    const to = random(mutated.length + 1);
    const piece = pieces[random(pieces.length)] as string;
    switch (random(6)) {
      case 0:
        mutated = mutated.slice(0, at) + mutated.slice(end);
        break;
      case 1:
        mutated = mutated.slice(0, to) + cut + mutated.slice(to);
        break;
      case 2:
        mutated = `${mutated.slice(0, at)} ${piece} ${mutated.slice(at)}`;
        break;
      case 3:
        mutated = mutated.slice(0, at) + piece + mutated.slice(end);
        break;
      case 4:
        mutated = mutated.slice(0, at);
        break;
      default:
        mutated = mutated.slice(0, at) + piece.repeat(1 + random(300)) + mutated.slice(at);
    }
  }
  return mutated;
}

describe("mutated scripts", () => {
  test.each([1, 2, 3, 4])("seed %i: a tree or an SqlError with a place in the text, and soon", (seed) => {
    const random = randomFrom(seed);
    const failures = { parsed: 0, refused: 0 };
    for (let round = 0; round < 1_000; round++) {
      const text = mutate(corpus[random(corpus.length)] as string, random);
      const context = `seed ${seed}, round ${round}: ${JSON.stringify(text)}`;
      const started = performance.now();
      try {
        parseScript(text, { variables });
        failures.parsed++;
      } catch (error) {
        failures.refused++;
        expect(error, context).toBeInstanceOf(SqlError);
        const { span, line, column, message } = error as SqlError;
        expect(span.start >= 0 && span.start <= span.end && span.end <= text.length, context).toBe(true);
        expect({ line, column }, context).toEqual(positionAt(text, span.start));
        expect(message, context).not.toBe("");
        expect(formatSqlError(error as SqlError, text), context).toContain(`${line}:${column}: `);
      }
      expect(performance.now() - started, context).toBeLessThan(1_000);
    }
    // Both happen often, or the mutations are of no use.
    expect(failures.parsed).toBeGreaterThan(20);
    expect(failures.refused).toBeGreaterThan(200);
  });

  test("every prefix of a script is a tree or an SqlError", () => {
    for (const text of corpus) {
      for (let end = 0; end <= text.length; end += 3) {
        try {
          parseScript(text.slice(0, end), { variables });
        } catch (error) {
          expect(error, JSON.stringify(text.slice(0, end))).toBeInstanceOf(SqlError);
        }
      }
    }
  });
});

test("the corpus itself parses", () => {
  for (const text of corpus) {
    if (text.trim() !== "") expect(parseScript(text, { variables }).length, text).toBeGreaterThan(0);
  }
});
