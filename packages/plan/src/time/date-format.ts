/** Times as text by Java's patterns. */
import { civilFromDays, daysFromCivil } from "@millrace/core";
import {
  dayNames,
  malformed,
  monthNames,
  type PatternKind,
  type PatternToken,
  tokenizePattern,
} from "./date-pattern.ts";

type Part = (local: number, offset: number) => string;
const DAY_MS = 86_400_000;
const pad = (value: number, width: number) => String(value).padStart(width, "0");
const floorMod = (value: number, by: number) => value - Math.floor(value / by) * by;

/** A function that writes local times (ms as if UTC); `offset` is the zone's, for zone letters. Equal results in a row are one string. */
export function compileDateFormat(pattern: string, kind: PatternKind): (local: number, offset?: number) => string {
  const tokens = tokenizePattern(pattern, kind);
  const parts = flatten(tokens).map((token): Part => {
    if (token.kind === "text") return () => token.text;
    return kind === "simple"
      ? simplePart(token.letter, token.width)
      : formatterPart(pattern, token.letter, token.width);
  });
  const unitMs = smallestUnit(flatten(tokens));
  let lastUnit = Number.NaN;
  let lastOffset = Number.NaN;
  let last = "";
  return (local, offset = 0) => {
    const unit = Math.floor(local / unitMs);
    if (unit !== lastUnit || offset !== lastOffset) {
      lastUnit = unit;
      lastOffset = offset;
      last = parts.map((part) => part(local, offset)).join("");
    }
    return last;
  };
}

type FlatToken = Exclude<PatternToken, { kind: "optional" }>;

function flatten(tokens: readonly PatternToken[]): readonly FlatToken[] {
  return tokens.flatMap((token) => (token.kind === "optional" ? flatten(token.tokens) : [token]));
}

/** While the local time stays in one unit of this size the text is the same. */
function smallestUnit(tokens: readonly FlatToken[]): number {
  let unitMs = DAY_MS;
  for (const token of tokens) {
    if (token.kind !== "field") continue;
    if ("HhKka".includes(token.letter)) unitMs = Math.min(unitMs, 3_600_000);
    else if (token.letter === "m") unitMs = Math.min(unitMs, 60_000);
    else if (token.letter === "s") unitMs = Math.min(unitMs, 1000);
    else if ("SAnNB".includes(token.letter)) unitMs = Math.min(unitMs, 0.001);
  }
  return unitMs;
}

const date = (local: number) => civilFromDays(Math.floor(local / DAY_MS));
const ofDay = (local: number) => floorMod(local, DAY_MS);
const hour = (local: number) => Math.floor(ofDay(local) / 3_600_000);
/** Sunday is 0. */
const weekday = (local: number) => floorMod(Math.floor(local / DAY_MS) + 4, 7);
const dayOfYear = (local: number) => Math.floor(local / DAY_MS) - daysFromCivil(date(local).year, 1, 1) + 1;
const nanos = (local: number) => Math.round(floorMod(local, 1000) * 1000) * 1000;
const eraYear = (local: number) => {
  const { year } = date(local);
  return year > 0 ? year : 1 - year;
};

/** Weeks as in the United States: from Sunday, the first is the one with January 1. */
function weekOfYear(local: number): readonly [year: number, week: number] {
  const days = Math.floor(local / DAY_MS);
  const saturday = days + 6 - weekday(local);
  const { year } = civilFromDays(saturday);
  const first = daysFromCivil(year, 1, 1);
  const firstSunday = first - floorMod(first + 4, 7);
  return [year, Math.floor((days - firstSunday) / 7) + 1];
}

function weekOfMonth(local: number): number {
  const { day } = date(local);
  return Math.floor((day - 1 + floorMod(weekday(local) - (day - 1), 7)) / 7) + 1;
}

function named(name: string, width: number): string {
  return width >= 5 ? name[0] : width === 4 ? name : name.slice(0, 3);
}

/** What both kinds mean by a letter. */
function sharedPart(letter: string, width: number): Part | undefined {
  switch (letter) {
    case "M":
    case "L":
      if (width >= 3) return (local) => named(monthNames[date(local).month - 1], width);
      return (local) => pad(date(local).month, width);
    case "d":
      return (local) => pad(date(local).day, width);
    case "D":
      return (local) => pad(dayOfYear(local), width);
    case "H":
      return (local) => pad(hour(local), width);
    case "k":
      return (local) => pad(hour(local) || 24, width);
    case "K":
      return (local) => pad(hour(local) % 12, width);
    case "h":
      return (local) => pad(((hour(local) + 11) % 12) + 1, width);
    case "m":
      return (local) => pad(Math.floor(ofDay(local) / 60_000) % 60, width);
    case "s":
      return (local) => pad(Math.floor(ofDay(local) / 1000) % 60, width);
    case "a":
      return (local) => (hour(local) < 12 ? "AM" : "PM");
    case "w":
      return (local) => pad(weekOfYear(local)[1], width);
    case "W":
      return (local) => pad(weekOfMonth(local), width);
    case "E":
      return (local) => named(dayNames[weekday(local)], width);
    default:
      return undefined;
  }
}

function formatterPart(pattern: string, letter: string, width: number): Part {
  const shared = sharedPart(letter, width);
  if (shared !== undefined) return shared;
  switch (letter) {
    case "y":
      return (local) => yearText(eraYear(local), width);
    case "u":
      return (local) => yearText(date(local).year, width);
    case "Y":
      return (local) => yearText(weekOfYear(local)[0], width);
    case "G":
      return (local) => eraText(date(local).year > 0, width);
    case "F":
      return (local) => pad(((date(local).day - 1) % 7) + 1, width);
    case "Q":
    case "q":
      return (local) => quarterText(Math.ceil(date(local).month / 3), width);
    case "e":
    case "c":
      return (local) => (width <= 2 ? pad(weekday(local) + 1, width) : named(dayNames[weekday(local)], width));
    case "S":
      return (local) => pad(nanos(local), 9).slice(0, width).padEnd(width, "0");
    case "A":
      return (local) => pad(Math.floor(ofDay(local)), width);
    case "n":
      return (local) => pad(nanos(local), width);
    case "N":
      return (local) => pad(Math.floor(ofDay(local) / 1000) * 1e9 + nanos(local), width);
    default:
      throw malformed(pattern, `'${letter}' needs a time zone, which the time does not carry`);
  }
}

function yearText(year: number, width: number): string {
  if (width === 2) return pad(floorMod(year, 100), 2);
  const digits = pad(Math.abs(year), width);
  // A year with more digits than the pattern has places carries its sign.
  return year < 0 ? `-${digits}` : width >= 4 && digits.length > width ? `+${digits}` : digits;
}

function eraText(isAfter: boolean, width: number): string {
  if (width === 4) return isAfter ? "Anno Domini" : "Before Christ";
  const short = isAfter ? "AD" : "BC";
  return width >= 5 ? short[0] : short;
}

const ordinals = ["1st", "2nd", "3rd", "4th"];

function quarterText(quarter: number, width: number): string {
  return width <= 2 ? pad(quarter, width) : width === 3 ? `Q${quarter}` : `${ordinals[quarter - 1]} quarter`;
}

function simplePart(letter: string, width: number): Part {
  const shared = sharedPart(letter, letter === "M" || letter === "L" || letter === "E" ? Math.min(width, 4) : width);
  if (shared !== undefined) return shared;
  switch (letter) {
    case "y":
      return (local) => (width === 2 ? pad(eraYear(local) % 100, 2) : pad(eraYear(local), width));
    case "Y":
      return (local) => (width === 2 ? pad(weekOfYear(local)[0] % 100, 2) : pad(weekOfYear(local)[0], width));
    case "G":
      return (local) => (date(local).year > 0 ? "AD" : "BC");
    case "F":
      return (local) => pad(Math.floor((date(local).day - 1) / 7) + 1, width);
    case "u":
      return (local) => pad(weekday(local) || 7, width);
    case "S":
      return (local) => pad(Math.floor(floorMod(local, 1000)), width);
    default:
      return (_, offset) => offsetText(letter, width, offset);
  }
}

/** `+0200` for Z, `+02`, `+0200`, `+02:00` (UTC is Z) for X of 1, 2 and 3, `GMT+02:00` for z. */
function offsetText(letter: string, width: number, offset: number): string {
  const sign = offset < 0 ? "-" : "+";
  const minutes = Math.abs(offset) / 60_000;
  const [hours, rest] = [pad(Math.floor(minutes / 60), 2), pad(minutes % 60, 2)];
  if (letter === "Z") return `${sign}${hours}${rest}`;
  if (letter === "z") return offset === 0 ? "UTC" : `GMT${sign}${hours}:${rest}`;
  if (offset === 0) return "Z";
  return width === 1 ? `${sign}${hours}` : width === 2 ? `${sign}${hours}${rest}` : `${sign}${hours}:${rest}`;
}
