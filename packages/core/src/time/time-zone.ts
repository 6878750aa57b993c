/** Local time of an instant in a time zone, and back. Ms since the epoch both ways. */
import { MillraceError } from "../errors.ts";

/** Offset from UTC in ms at an instant. */
type OffsetAt = (instant: number) => number;

const DAY_MS = 86_400_000;
/** Zones change their offset on full quarters of an hour. */
const QUARTER_MS = 900_000;
/** Clocks are set back by no more than this. */
const LONGEST_REPEAT_MS = 3 * 3_600_000;
const zones = new Map<string, OffsetAt>();

/** What a clock on the wall in the zone shows at an instant, as if it were UTC. */
export function instantToLocal(instant: number, zone: string): number {
  return isUtc(zone) ? instant : instant + offsets(zone)(instant);
}

/** The instant at which the wall clock shows a local time; of two the earlier, in a gap the time after it. */
export function localToInstant(local: number, zone: string): number {
  if (isUtc(zone)) return local;
  const offsetAt = offsets(zone);
  const before = offsetAt(local - DAY_MS);
  const after = offsetAt(local + DAY_MS);
  const early = local - Math.max(before, after);
  if (early + offsetAt(early) === local) return early;
  const late = local - Math.min(before, after);
  return late + offsetAt(late) === local ? late : local - before;
}

/** As `localToInstant`, but both where there are two and in a gap by the smaller offset, which is standard time. */
export function localToInstantByStandardTime(local: number, zone: string): number {
  if (isUtc(zone)) return local;
  const offsetAt = offsets(zone);
  const [before, after] = [offsetAt(local - DAY_MS), offsetAt(local + DAY_MS)];
  if (before === after) return local - before;
  const late = local - Math.min(before, after);
  const early = local - Math.max(before, after);
  const isEarly = early + offsetAt(early) === local && late + offsetAt(late) !== local;
  return isEarly ? early : late;
}

/**
 * The latest local time that has passed for good at an instant: where clocks are about to be set back, the hour to be had
 * twice has passed when it has passed twice.
 */
export function passedLocalTime(instant: number, zone: string): number {
  if (isUtc(zone) || !Number.isFinite(instant)) return instant;
  const offsetAt = offsets(zone);
  const offset = offsetAt(instant);
  if (offsetAt(instant + LONGEST_REPEAT_MS) >= offset) return instant + offset;
  let change = (Math.floor(instant / QUARTER_MS) + 1) * QUARTER_MS;
  while (offsetAt(change) >= offset) change += QUARTER_MS;
  return Math.min(instant + offset, change + offsetAt(change));
}

/** The first instant at which a local time has passed for good. */
export function whenLocalTimeHasPassed(local: number, zone: string): number {
  if (isUtc(zone) || !Number.isFinite(local)) return local;
  const offsetAt = offsets(zone);
  const [before, after] = [offsetAt(local - DAY_MS), offsetAt(local + DAY_MS)];
  let low = local - Math.max(before, after);
  let high = local - Math.min(before, after);
  if (passedLocalTime(low, zone) >= local) return low;
  // Clocks are set in between: of an hour that comes twice, or not at all.
  while (low + 1 < high) {
    const middle = Math.floor((low + high) / 2);
    if (passedLocalTime(middle, zone) >= local) high = middle;
    else low = middle;
  }
  return high;
}

/** Whether there is a zone of that name: IANA's, Java's short names, or an offset such as GMT+8 or +08:00. */
export function isTimeZone(zone: string): boolean {
  return isUtc(zone) || fixedOffset(zone) !== undefined || ianaZone(zone) !== undefined;
}

function isUtc(zone: string): boolean {
  return zone === "UTC" || zone === "Z" || zone === "GMT";
}

/** Java's names of three letters that IANA lacks or means otherwise. */
const shortNames: Readonly<Record<string, string>> = {
  ACT: "Australia/Darwin",
  AET: "Australia/Sydney",
  AGT: "America/Argentina/Buenos_Aires",
  ART: "Africa/Cairo",
  AST: "America/Anchorage",
  BET: "America/Sao_Paulo",
  BST: "Asia/Dhaka",
  CAT: "Africa/Harare",
  CNT: "America/St_Johns",
  CST: "America/Chicago",
  CTT: "Asia/Shanghai",
  EAT: "Africa/Addis_Ababa",
  ECT: "Europe/Paris",
  IET: "America/Indiana/Indianapolis",
  IST: "Asia/Kolkata",
  JST: "Asia/Tokyo",
  MIT: "Pacific/Apia",
  NET: "Asia/Yerevan",
  NST: "Pacific/Auckland",
  PLT: "Asia/Karachi",
  PNT: "America/Phoenix",
  PRT: "America/Puerto_Rico",
  PST: "America/Los_Angeles",
  SST: "Pacific/Guadalcanal",
  VST: "Asia/Ho_Chi_Minh",
};

function fixedOffset(zone: string): number | undefined {
  const match = /^(?:UTC|GMT|UT)?([+-])(\d{1,2})(?::?([0-5]\d))?$/.exec(zone);
  if (match === null) return undefined;
  const minutes = Number(match[2]) * 60 + Number(match[3] ?? 0);
  return (match[1] === "-" ? -minutes : minutes) * 60_000;
}

function ianaZone(zone: string): Intl.DateTimeFormat | undefined {
  try {
    return new Intl.DateTimeFormat("en-US", {
      timeZone: shortNames[zone] ?? zone,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
      era: "short",
    });
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function offsets(zone: string): OffsetAt {
  let offsetAt = zones.get(zone);
  if (offsetAt === undefined) {
    offsetAt = makeOffsets(zone);
    zones.set(zone, offsetAt);
  }
  return offsetAt;
}

function makeOffsets(zone: string): OffsetAt {
  const fixed = fixedOffset(zone);
  if (fixed !== undefined) return () => fixed;
  const format = ianaZone(zone);
  if (format === undefined)
    throw new MillraceError({ code: "EXPRESSION_FAILED", message: `there is no time zone '${zone}'` });
  let lastQuarter = Number.NaN;
  let lastOffset = 0;
  return (instant) => {
    const quarter = Math.floor(instant / QUARTER_MS);
    if (quarter !== lastQuarter) {
      lastQuarter = quarter;
      lastOffset = shownAt(format, quarter * QUARTER_MS) - quarter * QUARTER_MS;
    }
    return lastOffset;
  };
}

function shownAt(format: Intl.DateTimeFormat, instant: number): number {
  const parts = new Map(format.formatToParts(instant).map((part) => [part.type, part.value]));
  const isBefore = parts.get("era") === "BC";
  const year = isBefore ? 1 - Number(parts.get("year")) : Number(parts.get("year"));
  const shown = new Date(0);
  shown.setUTCFullYear(year, Number(parts.get("month")) - 1, Number(parts.get("day")));
  shown.setUTCHours(Number(parts.get("hour")), Number(parts.get("minute")), Number(parts.get("second")), 0);
  return shown.getTime();
}
