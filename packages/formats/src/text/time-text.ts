/** Dates and times from ASCII bytes, strictly in the form that formats write. NaN = the text is not of that form. */
import { daysFromCivil, daysInMonth } from "@millrace/core";

/** `sql`: 'yyyy-MM-dd HH:mm:ss[.fffffffff]'; `iso`: 'yyyy-MM-ddTHH:mm[:ss[.fffffffff]]'. */
export type TimestampStandard = "sql" | "iso";

const MICROS = [1_000_000, 100_000, 10_000, 1000, 100, 10, 1];

function twoDigits(bytes: Uint8Array, at: number): number {
  const tens = bytes[at] - 48;
  const ones = bytes[at + 1] - 48;
  return tens >>> 0 <= 9 && ones >>> 0 <= 9 ? tens * 10 + ones : Number.NaN;
}

/** 'yyyy-MM-dd' as days since the epoch. */
export function dateOf(bytes: Uint8Array, start: number, end: number): number {
  if (end - start !== 10 || bytes[start + 4] !== 0x2d || bytes[start + 7] !== 0x2d) return Number.NaN;
  const year = twoDigits(bytes, start) * 100 + twoDigits(bytes, start + 2);
  const month = twoDigits(bytes, start + 5);
  const day = twoDigits(bytes, start + 8);
  return day >= 1 && day <= daysInMonth(year, month) ? daysFromCivil(year, month, day) : Number.NaN;
}

/** 'HH:mm:ss[.fffffffff]' as ms of the day, cut to `precision` digits (at most 6). `iso` may leave out the seconds. */
export function timeOf(
  bytes: Uint8Array,
  start: number,
  end: number,
  precision: number,
  standard: TimestampStandard,
): number {
  const length = end - start;
  if (length < 5 || bytes[start + 2] !== 0x3a) return Number.NaN;
  const hour = twoDigits(bytes, start);
  const minute = twoDigits(bytes, start + 3);
  if (!(hour <= 23 && minute <= 59)) return Number.NaN;
  const ofMinute = (hour * 60 + minute) * 60_000;
  if (length === 5) return standard === "iso" ? ofMinute : Number.NaN;
  if (length < 8 || bytes[start + 5] !== 0x3a) return Number.NaN;
  const second = twoDigits(bytes, start + 6);
  if (!(second <= 59)) return Number.NaN;
  const ms = ofMinute + second * 1000;
  if (length === 8) return ms;
  if (bytes[start + 8] !== 0x2e || length > 18) return Number.NaN;
  const kept = Math.min(precision, 6);
  let micros = 0;
  let digits = 0;
  for (let at = start + 9; at < end; at++) {
    const digit = bytes[at] - 48;
    if (digit >>> 0 > 9) return Number.NaN;
    if (digits < kept) {
      micros = micros * 10 + digit;
      digits++;
    }
  }
  return ms + (micros * MICROS[digits]) / 1000;
}

/** A timestamp of the standard as ms since the epoch; with `isZoned` it ends in Z. */
export function timestampOf(
  bytes: Uint8Array,
  start: number,
  end: number,
  precision: number,
  standard: TimestampStandard,
  isZoned: boolean,
): number {
  if (end - start < 16 || bytes[start + 10] !== (standard === "sql" ? 0x20 : 0x54)) return Number.NaN;
  let stop = end;
  if (isZoned && bytes[--stop] !== 0x5a) return Number.NaN;
  return dateOf(bytes, start, start + 10) * 86_400_000 + timeOf(bytes, start + 11, stop, precision, standard);
}
