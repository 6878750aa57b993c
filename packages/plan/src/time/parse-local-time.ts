/** Text as DATE and TIMESTAMP where no pattern is given: what Flink's casts and functions take. */
import { daysFromCivil, daysInMonth } from "@millrace/core";

const DAY_MS = 86_400_000;
const TIME_TEXT = /^(\d{4})-(\d{1,2})-(\d{1,2})(?: (\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.(\d{0,9}))?)?$/;

/** 'yyyy[-M[-d]]' as days since 1970, January and the first unless given; what follows a blank is left away. */
export function parseDay(text: string): number | undefined {
  const match = /^(\d{1,4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?(?: |$)/.exec(text.trim());
  if (match === null) return undefined;
  const [year, month, day] = match.slice(1, 4).map((part) => Number(part ?? 1));
  return day < 1 || day > daysInMonth(year, month) ? undefined : daysFromCivil(year, month, day);
}

/**
 * 'yyyy-M-d[ H:m:s[.f]]' as ms as if UTC, cut to microseconds or the precision. A day that the month lacks (up to 31) becomes its last, 24:00:00 is
 * the next day.
 */
export function parseLocalTime(text: string, precision = 6): number | undefined {
  const match = TIME_TEXT.exec(text);
  if (match === null) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map((part) => Number(part ?? 0));
  const millis = Number((match[7] ?? "").slice(0, Math.min(precision, 6)).padEnd(6, "0")) / 1000;
  const isEnd = hour === 24 && minute + second + millis === 0;
  if (month < 1 || month > 12 || day < 1 || day > 31 || (hour > 23 && !isEnd) || minute > 59 || second > 59)
    return undefined;
  const days = daysFromCivil(year, month, Math.min(day, daysInMonth(year, month)));
  return days * DAY_MS + hour * 3_600_000 + minute * 60_000 + second * 1000 + millis;
}
