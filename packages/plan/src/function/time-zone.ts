/** Local time of an instant in a time zone, and back. Ms since the epoch both ways. */

const formats = new Map<string, Intl.DateTimeFormat>();

/** What a clock on the wall in the zone shows at an instant, as if it were UTC. */
export function instantToLocal(instant: number, zone: string): number {
  return zone === "UTC" || zone === "Z" || zone === "GMT" ? instant : instant + offsetAt(instant, zone);
}

/** The instant at which the wall clock shows a local time; of two the earlier, in a gap the time after it. */
export function localToInstant(local: number, zone: string): number {
  if (zone === "UTC" || zone === "Z" || zone === "GMT") return local;
  const before = offsetAt(local - 86_400_000, zone);
  const after = offsetAt(local + 86_400_000, zone);
  const early = local - Math.max(before, after);
  if (early + offsetAt(early, zone) === local) return early;
  const late = local - Math.min(before, after);
  return late + offsetAt(late, zone) === local ? late : local - before;
}

let lastZone = "";
let lastHour = Number.NaN;
let lastOffset = 0;

/** Offset from UTC in ms; zones change it on full quarters of an hour. */
function offsetAt(instant: number, zone: string): number {
  const quarter = Math.floor(instant / 900_000);
  if (zone === lastZone && quarter === lastHour) return lastOffset;
  let format = formats.get(zone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat("en-US", {
      timeZone: zone,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
      era: "short",
    });
    formats.set(zone, format);
  }
  const at = quarter * 900_000;
  const parts = new Map(format.formatToParts(at).map((part) => [part.type, part.value]));
  const year = Number(parts.get("year")) * (parts.get("era") === "BC" ? -1 : 1) + (parts.get("era") === "BC" ? 1 : 0);
  const shown = new Date(0);
  shown.setUTCFullYear(year, Number(parts.get("month")) - 1, Number(parts.get("day")));
  shown.setUTCHours(Number(parts.get("hour")), Number(parts.get("minute")), Number(parts.get("second")), 0);
  lastZone = zone;
  lastHour = quarter;
  lastOffset = shown.getTime() - at;
  return lastOffset;
}
