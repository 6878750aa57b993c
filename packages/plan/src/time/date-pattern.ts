/**
 * Java's patterns of dates and times, of which there are two kinds: `formatter` is DateTimeFormatter's (DATE_FORMAT,
 * TO_TIMESTAMP), `simple` SimpleDateFormat's (FROM_UNIXTIME, UNIX_TIMESTAMP, TO_DATE), which lacks some letters, means another
 * thing by `u` and `S`, and knows zones.
 */
import { MillraceError } from "@millrace/core";

export type PatternKind = "formatter" | "simple";

export type PatternToken =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "field"; readonly letter: string; readonly width: number }
  /** `[ ... ]`: may be missing when parsed. */
  | { readonly kind: "optional"; readonly tokens: readonly PatternToken[] };

const letters: Record<PatternKind, string> = {
  formatter: "GuyYQqMLwWdDFEecaBHhkKmsSAnNVvzOXxZ",
  simple: "GyYMLwWDdFEuaHkKhmsSzZX",
};

/** @throws MillraceError for an unknown letter or an open quote */
export function tokenizePattern(pattern: string, kind: PatternKind): readonly PatternToken[] {
  const stack: PatternToken[][] = [[]];
  const add = (token: PatternToken) => (stack.at(-1) as PatternToken[]).push(token);
  for (let at = 0; at < pattern.length; ) {
    const character = pattern[at];
    if (character === "'") {
      const end = quoteEnd(pattern, at);
      add({ kind: "text", text: end === at + 2 ? "'" : pattern.slice(at + 1, end - 1).replaceAll("''", "'") });
      at = end;
    } else if (/[a-zA-Z]/.test(character)) {
      let end = at + 1;
      while (pattern[end] === character) end++;
      if (!letters[kind].includes(character)) throw malformed(pattern, `there is no letter '${character}'`);
      add({ kind: "field", letter: character, width: end - at });
      at = end;
    } else if (kind === "formatter" && character === "[") {
      stack.push([]);
      at++;
    } else if (kind === "formatter" && character === "]") {
      const tokens = stack.pop();
      if (tokens === undefined || stack.length === 0) throw malformed(pattern, "']' without '['");
      add({ kind: "optional", tokens });
      at++;
    } else {
      if (kind === "formatter" && "{}#".includes(character)) throw malformed(pattern, `'${character}' is reserved`);
      add({ kind: "text", text: character });
      at++;
    }
  }
  while (stack.length > 1) {
    const tokens = stack.pop() as PatternToken[];
    add({ kind: "optional", tokens });
  }
  return stack[0];
}

/** Behind the quote that closes the one at `start`; two quotes inside stand for one. */
function quoteEnd(pattern: string, start: number): number {
  for (let at = start + 1; at < pattern.length; at++) {
    if (pattern[at] !== "'") continue;
    if (pattern[at + 1] !== "'" || at === start + 1) return at + 1;
    at++;
  }
  throw malformed(pattern, "a quote is not closed");
}

export function malformed(pattern: string, reason: string): MillraceError {
  return new MillraceError({
    code: "EXPRESSION_FAILED",
    message: `'${pattern}' is no pattern of a date or time: ${reason}`,
  });
}

export const monthNames = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];
export const dayNames = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
