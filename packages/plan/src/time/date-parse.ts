/** Text as local times by Java's patterns. */
import { daysFromCivil, daysInMonth } from "@millrace/core";
import { dayNames, monthNames, type PatternKind, type PatternToken, tokenizePattern } from "./date-pattern.ts";

const DAY_MS = 86_400_000;

/** A local time (ms as if UTC) and, where the text says it, the offset from UTC that it is meant in. */
export interface ParsedTime {
  readonly local: number;
  readonly offsetMs: number | null;
}

export type DateParser = (text: string) => ParsedTime | undefined;

/**
 * `formatter`: the whole text must fit; a day that the month lacks (up to 31) becomes its last. `simple`: a prefix of the text is
 * enough, numbers may have fewer digits, and fields out of range carry over (February 30 is March 1).
 */
export function compileDateParse(pattern: string, kind: PatternKind): DateParser {
  const fields: Field[] = [];
  const source = expressionOf(tokenizePattern(pattern, kind), kind, fields);
  const expression = new RegExp(kind === "formatter" ? `^${source}$` : `^${source}`, kind === "simple" ? "i" : "");
  return (text) => {
    const match = expression.exec(text);
    if (match === null) return undefined;
    const values = new Map<string, string>();
    fields.forEach((field, i) => {
      if (match[i + 1] !== undefined) values.set(field.name, match[i + 1]);
    });
    return kind === "formatter" ? resolveSmart(values) : resolveLenient(values);
  };
}

interface Field {
  readonly name: string;
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}

function expressionOf(tokens: readonly PatternToken[], kind: PatternKind, fields: Field[]): string {
  return tokens
    .map((token, i) => {
      if (token.kind === "text") return escaped(token.text);
      if (token.kind === "optional") return `(?:${expressionOf(token.tokens, kind, fields)})?`;
      const next = tokens[i + 1];
      const isAdjacent = next?.kind === "field" && isNumber(next.letter, next.width);
      const [name, source] = fieldOf(token.letter, token.width, kind, isAdjacent);
      fields.push({ name });
      return `(${source})`;
    })
    .join("");
}

function isNumber(letter: string, width: number): boolean {
  return "yuDdHkKhmsSAnNFwWeYQ".includes(letter) || ("ML".includes(letter) && width <= 2);
}

/** The name under which the field's text is found, and what fits it. */
function fieldOf(letter: string, width: number, kind: PatternKind, isAdjacent: boolean): readonly [string, string] {
  const isSimple = kind === "simple";
  const shortest = (names: readonly string[]) => names.map((name) => name.slice(0, 3)).join("|");
  switch (letter) {
    case "M":
    case "L":
      if (width >= 4)
        return ["monthName", isSimple ? `${monthNames.join("|")}|${shortest(monthNames)}` : monthNames.join("|")];
      if (width === 3)
        return ["monthName", isSimple ? `${monthNames.join("|")}|${shortest(monthNames)}` : shortest(monthNames)];
      break;
    case "E":
      if (isSimple) return ["dayName", `${dayNames.join("|")}|${shortest(dayNames)}`];
      return ["dayName", width >= 4 ? dayNames.join("|") : shortest(dayNames)];
    case "a":
      return ["halfDay", "AM|PM"];
    case "G":
      return ["era", "AD|BC"];
    case "z":
    case "Z":
    case "X":
    case "x":
    case "O":
    case "V":
      return ["offset", "Z|UTC|(?:GMT)?[+-]\\d{1,2}(?::?\\d{2})?|GMT"];
    case "y":
    case "u":
      if (isSimple && letter === "u") return ["dayNumber", "\\s*\\d+"];
      if (width === 2) return isSimple && !isAdjacent ? ["shortYear", "\\s*\\d+"] : ["shortYear", "\\d{2}"];
      if (isSimple) return ["year", isAdjacent ? `\\d{${width}}` : "\\s*[+-]?\\d+"];
      return ["year", width >= 4 ? `[+-]?\\d{${width},10}` : "\\d{1,10}"];
    case "S":
      if (isSimple) return ["millis", isAdjacent ? `\\d{${width}}` : "\\s*\\d+"];
      return ["fraction", `\\d{${width}}`];
  }
  if (isSimple) return [letter, isAdjacent ? `\\d{${width}}` : "\\s*[+-]?\\d+"];
  return [letter, width === 1 ? "\\d{1,10}" : `\\d{${width}}`];
}

type Values = ReadonlyMap<string, string>;

function number(values: Values, ...names: readonly string[]): number | undefined {
  for (const name of names) {
    const text = values.get(name);
    if (text !== undefined) return Number(text.trim());
  }
  return undefined;
}

function yearOf(values: Values, kind: PatternKind): number | undefined {
  const year = number(values, "year");
  const short = values.get("shortYear")?.trim();
  const given =
    year ?? (short === undefined ? undefined : short.length === 2 ? shortYear(Number(short), kind) : Number(short));
  return given !== undefined && values.get("era")?.toUpperCase() === "BC" ? 1 - given : given;
}

/** Two digits are a year from 2000 on for DateTimeFormatter; SimpleDateFormat's window moves with today, here it is 1970 to 2069. */
function shortYear(year: number, kind: PatternKind): number {
  return kind === "simple" && year >= 70 ? 1900 + year : 2000 + year;
}

function monthOf(values: Values): number | undefined {
  const name = values.get("monthName")?.toLowerCase();
  if (name === undefined) return number(values, "M", "L");
  return monthNames.findIndex((each) => each.toLowerCase().startsWith(name)) + 1;
}

/** Hour of the day from whichever fields there are. */
function hourOf(values: Values): number | undefined {
  const half = values.get("halfDay")?.toUpperCase();
  const ofHalf = number(values, "h", "K");
  if (half !== undefined && ofHalf !== undefined) return (ofHalf % 12) + (half === "PM" ? 12 : 0);
  const clock = number(values, "k");
  return number(values, "H") ?? (clock === undefined ? undefined : clock % 24);
}

function offsetOf(values: Values): number | null {
  const text = values.get("offset");
  if (text === undefined) return null;
  const match = /([+-])(\d{1,2}):?(\d{2})?$/.exec(text);
  if (match === null) return 0;
  const minutes = Number(match[2]) * 60 + Number(match[3] ?? 0);
  return (match[1] === "-" ? -minutes : minutes) * 60_000;
}

const inRange = (value: number, low: number, high: number) => value >= low && value <= high;

function resolveSmart(values: Values): ParsedTime | undefined {
  const year = yearOf(values, "formatter") ?? 1970;
  const ofYear = number(values, "D");
  const month = monthOf(values) ?? 1;
  const day = number(values, "d") ?? 1;
  if (!inRange(month, 1, 12) || !inRange(day, 1, 31)) return undefined;
  const days =
    ofYear === undefined
      ? daysFromCivil(year, month, Math.min(day, daysInMonth(year, month)))
      : daysFromCivil(year, 1, 1) + ofYear - 1;
  const half = number(values, "h");
  if (half !== undefined && !inRange(half, 1, 12)) return undefined;
  const hour = hourOf(values) ?? 0;
  const minute = number(values, "m") ?? 0;
  const second = number(values, "s") ?? 0;
  const millis = Number((values.get("fraction") ?? "").padEnd(6, "0").slice(0, 6)) / 1000;
  // 24:00 is the end of the day.
  const isEnd = hour === 24 && minute === 0 && second === 0 && millis === 0;
  if (!(inRange(hour, 0, 23) || isEnd) || !inRange(minute, 0, 59) || !inRange(second, 0, 59)) return undefined;
  return { local: timeOf(days, hour, minute, second, millis), offsetMs: offsetOf(values) };
}

function resolveLenient(values: Values): ParsedTime {
  const year = yearOf(values, "simple") ?? 1970;
  const month = (monthOf(values) ?? 1) - 1;
  const carried = year + Math.floor(month / 12);
  const first = daysFromCivil(carried, month - Math.floor(month / 12) * 12 + 1, 1);
  const ofYear = number(values, "D");
  const days = ofYear === undefined ? first + (number(values, "d") ?? 1) - 1 : daysFromCivil(year, 1, 1) + ofYear - 1;
  const local = timeOf(
    days,
    hourOf(values) ?? 0,
    number(values, "m") ?? 0,
    number(values, "s") ?? 0,
    number(values, "millis") ?? 0,
  );
  return { local, offsetMs: offsetOf(values) };
}

function timeOf(days: number, hour: number, minute: number, second: number, millis: number): number {
  return days * DAY_MS + hour * 3_600_000 + minute * 60_000 + second * 1000 + millis;
}
