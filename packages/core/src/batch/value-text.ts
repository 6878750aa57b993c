/**
 * Values as text and back, in Flink SQL's forms: the one place that CAST, formats and output share.
 *
 * Parsers return `undefined` for text that is not of the type. Times are as in columns: DATE = days since the epoch,
 * TIME = ms of the day, TIMESTAMP = ms since the epoch, each with a fraction down to the microsecond.
 */
import { normalizeExact } from "./column.ts";

const DAY_MS = 86_400_000;

/** Days since 1970-01-01 of a date of the proleptic Gregorian calendar (month 1 to 12). */
export function daysFromCivil(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  return (
    era * 146_097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719_468
  );
}

/** Year, month (1 to 12) and day of a day number. */
export function civilFromDays(days: number): { readonly year: number; readonly month: number; readonly day: number } {
  const z = days + 719_468;
  const era = Math.floor(z / 146_097);
  const dayOfEra = z - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shifted = Math.floor((5 * dayOfYear + 2) / 153);
  const month = shifted < 10 ? shifted + 3 : shifted - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * shifted + 2) / 5) + 1,
  };
}

/** Days in a month (1 to 12); 0 for a month that does not exist. */
export function daysInMonth(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  if (month < 1 || month > 12) return 0;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

const DATE_TEXT = /^(\d{4})-(\d{1,2})-(\d{1,2})$/;
const TIME_TEXT = /^(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d{0,9}))?)?$/;
const ZONE_TEXT = /(?:Z|([+-])(\d{2}):?(\d{2}))$/;

/** 'yyyy-MM-dd' (month and day may have one digit) as days since the epoch. */
export function parseDate(text: string): number | undefined {
  const match = DATE_TEXT.exec(text);
  if (match === null) return undefined;
  const year = Number(match[1]);
  const month = Number(match[2]);
  const day = Number(match[3]);
  return day < 1 || day > daysInMonth(year, month) ? undefined : daysFromCivil(year, month, day);
}

/** 'HH:mm[:ss[.fffffffff]]' as ms of the day; digits behind the microsecond, or behind `precision`, are cut off. */
export function parseTime(text: string, precision = 6): number | undefined {
  const match = TIME_TEXT.exec(text);
  if (match === null) return undefined;
  const hour = Number(match[1]);
  const minute = Number(match[2]);
  const second = Number(match[3] ?? 0);
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  const micros = Number((match[4] ?? "").slice(0, Math.min(6, precision)).padEnd(6, "0"));
  return hour * 3_600_000 + minute * 60_000 + second * 1000 + micros / 1000;
}

/** 'yyyy-MM-dd[ HH:mm[:ss[.fffffffff]]]', with a space or a T between, as ms since the epoch. */
export function parseTimestamp(text: string, precision = 6): number | undefined {
  const separator = text.search(/[ T]/);
  const days = parseDate(separator < 0 ? text : text.slice(0, separator));
  const time = separator < 0 ? 0 : parseTime(text.slice(separator + 1), precision);
  return days === undefined || time === undefined ? undefined : days * DAY_MS + time;
}

/** As `parseTimestamp`, with an optional zone behind it (Z, +02:00); without one the text is UTC. */
export function parseTimestampLtz(text: string, precision = 6): number | undefined {
  const zone = text.includes(":") ? ZONE_TEXT.exec(text) : null;
  if (zone === null) return parseTimestamp(text, precision);
  const ms = parseTimestamp(text.slice(0, zone.index).trimEnd(), precision);
  if (ms === undefined || zone[1] === undefined) return ms;
  const offset = (Number(zone[2]) * 60 + Number(zone[3])) * 60_000;
  return zone[1] === "+" ? ms - offset : ms + offset;
}

function pad(value: number, digits: number): string {
  return String(value).padStart(digits, "0");
}

/** 'yyyy-MM-dd'. */
export function formatDate(days: number): string {
  const { year, month, day } = civilFromDays(days);
  return `${year < 0 ? `-${pad(-year, 4)}` : pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}`;
}

/** 'HH:mm:ss' with `precision` digits of fraction. */
export function formatTime(ms: number, precision = 0): string {
  const seconds = Math.floor(ms / 1000);
  const clock = `${pad(Math.floor(seconds / 3600), 2)}:${pad(Math.floor(seconds / 60) % 60, 2)}:${pad(seconds % 60, 2)}`;
  if (precision === 0) return clock;
  const micros = Math.round((ms - seconds * 1000) * 1000);
  return `${clock}.${pad(micros, 6).padEnd(precision, "0").slice(0, precision)}`;
}

/** 'yyyy-MM-dd HH:mm:ss' with `precision` digits of fraction. */
export function formatTimestamp(ms: number, precision = 3): string {
  // Rounded to the microsecond first: a double near the next second must not print as second 60 or fraction 1000.
  let whole = Math.floor(ms);
  let micros = Math.round((ms - whole) * 1000);
  if (micros === 1000) {
    whole++;
    micros = 0;
  }
  const days = Math.floor(whole / DAY_MS);
  return `${formatDate(days)} ${formatTime(whole - days * DAY_MS + micros / 1000, precision)}`;
}

/** The text of an unscaled decimal: 1234 at scale 2 is "12.34". */
export function formatDecimal(unscaled: number | bigint, scale: number): string {
  const text = typeof unscaled === "number" ? BigInt(unscaled).toString() : unscaled.toString();
  if (scale === 0) return text;
  const negative = text.startsWith("-");
  const digits = (negative ? text.slice(1) : text).padStart(scale + 1, "0");
  return `${negative ? "-" : ""}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

/**
 * An unscaled decimal as Java's BigDecimal writes it without trailing zeros: 0.000000027 is '2.7E-8', 1200 is '1.2E+3'.
 */
export function formatScientific(unscaled: number | bigint, scale: number): string {
  const all = BigInt(unscaled).toString();
  const sign = all.startsWith("-") ? "-" : "";
  const digits = all.slice(sign.length).replace(/(?<=.)0+$/, "");
  if (digits === "0") return "0";
  const exponent = all.length - sign.length - 1 - scale;
  if (exponent >= -6 && digits.length > exponent) {
    return sign + formatDecimal(BigInt(digits), digits.length - 1 - exponent);
  }
  const mantissa = digits.length === 1 ? digits : `${digits[0]}.${digits.slice(1)}`;
  return `${sign}${mantissa}E${exponent > 0 ? "+" : ""}${exponent}`;
}

/** The shortest text that reads back as the same FLOAT, which is given as a double: '0.1', not '0.10000000149011612'. */
export function formatFloat(value: number): string {
  for (let digits = 6; digits < 9; digits++) {
    const shorter = Number(value.toPrecision(digits));
    if (Math.fround(shorter) === value) return String(shorter);
  }
  return String(Number(value.toPrecision(9)));
}

const DECIMAL_TEXT = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,10}))?$/;

/**
 * The unscaled value of a number's text as DECIMAL(precision, scale), rounded half up (away from zero): "12.345" as
 * DECIMAL(5, 2) is 1235. `null` if it does not fit the precision, `undefined` if the text is not a number.
 */
export function parseDecimal(text: string, precision: number, scale: number): number | bigint | null | undefined {
  const match = DECIMAL_TEXT.exec(text.trim());
  if (match === null) return undefined;
  const fraction = match[3] ?? "";
  const digits = (match[2] + fraction).replace(/^0+/, "");
  if (match[2] === "" && fraction === "") return undefined;
  if (digits === "") return 0;
  // The value is `digits` * 10^-drop in units of the last place kept.
  const drop = fraction.length - Number(match[4] ?? 0) - scale;
  const length = digits.length - drop;
  if (length > precision) return null;
  if (length < 0) return 0;
  let unscaled: bigint;
  if (drop <= 0) unscaled = BigInt(digits) * 10n ** BigInt(-drop);
  else {
    unscaled = length === 0 ? 0n : BigInt(digits.slice(0, length));
    if (digits.charCodeAt(length) >= 53) unscaled++;
    if (unscaled >= 10n ** BigInt(precision)) return null;
  }
  return normalizeExact(match[1] === "-" ? -unscaled : unscaled);
}
