/** Dates and times as ASCII text, in the forms that `time-text.ts` reads. */
import { formatDate } from "@millrace/core";
import { writeAscii } from "./write-number.ts";

const DAY_MS = 86_400_000;

/** No text of a time takes more. */
export const TIME_BYTES = 44;

/** Rows beside each other are mostly of one day: its text is kept. */
export class TimeWriter {
  #day = Number.NaN;
  readonly #dayText = new Uint8Array(16);
  #dayLength = 0;

  /** Days since the epoch as 'yyyy-MM-dd'. */
  date(bytes: Uint8Array, at: number, days: number): number {
    if (days !== this.#day) {
      this.#day = days;
      this.#dayLength = writeAscii(this.#dayText, 0, formatDate(days));
    }
    const length = this.#dayLength;
    for (let i = 0; i < length; i++) bytes[at + i] = this.#dayText[i];
    return at + length;
  }

  /** Ms of the day as 'HH:mm:ss' with `precision` digits of fraction. */
  time(bytes: Uint8Array, at: number, ms: number, precision: number): number {
    const rounded = toMicros(ms);
    const whole = Math.floor(rounded);
    return writeClock(bytes, at, whole, Math.round((rounded - whole) * 1000), precision);
  }

  /** Ms since the epoch as 'yyyy-MM-dd HH:mm:ss' with `precision` digits of fraction and `separator` (a byte) between. */
  timestamp(bytes: Uint8Array, at: number, ms: number, precision: number, separator: number): number {
    const rounded = toMicros(ms);
    const whole = Math.floor(rounded);
    const day = Math.floor(whole / DAY_MS);
    at = this.date(bytes, at, day);
    bytes[at++] = separator;
    return writeClock(bytes, at, whole - day * DAY_MS, Math.round((rounded - whole) * 1000), precision);
  }
}

/** A double near the next millisecond must not be written as the fraction 1000. */
function toMicros(ms: number): number {
  const whole = Math.floor(ms);
  return ms - whole > 0.9995 ? whole + 1 : ms;
}

/** `ms` of the day and `micros` behind them, whole numbers. */
function writeClock(bytes: Uint8Array, at: number, ms: number, micros: number, precision: number): number {
  const second = (ms / 1000) | 0;
  const minute = (second / 60) | 0;
  const hour = (minute / 60) | 0;
  writeTwo(bytes, at, hour);
  bytes[at + 2] = 0x3a;
  writeTwo(bytes, at + 3, minute - hour * 60);
  bytes[at + 5] = 0x3a;
  writeTwo(bytes, at + 6, second - minute * 60);
  at += 8;
  if (precision === 0) return at;
  bytes[at++] = 0x2e;
  writeThree(bytes, at, (ms | 0) - second * 1000);
  if (precision > 3) {
    writeThree(bytes, at + 3, micros);
    for (let i = 6; i < precision; i++) bytes[at + i] = 0x30;
  }
  return at + precision;
}

function writeTwo(bytes: Uint8Array, at: number, value: number): void {
  const tens = (value / 10) | 0;
  bytes[at] = 48 + tens;
  bytes[at + 1] = 48 + value - tens * 10;
}

function writeThree(bytes: Uint8Array, at: number, value: number): void {
  const tens = (value / 10) | 0;
  writeTwo(bytes, at, tens);
  bytes[at + 2] = 48 + value - tens * 10;
}
