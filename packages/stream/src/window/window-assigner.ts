/** Which windows a record is in. */
import {
  type AnyTrigger,
  checkCount,
  countEvictor,
  countTrigger,
  eventTimeTrigger,
  neverTrigger,
  processingTimeTrigger,
  purging,
  type RecordWindows,
  type TimeDomain,
  timeWindows,
  type WindowEvictor,
} from "@millrace/core";
import { type Duration, durationMs } from "../duration.ts";

/** Windows as `window` takes them, for records of type `T`; `B` says whether they have bounds. */
export interface WindowAssigner<T, B extends boolean> {
  /** As written in a plan. */
  readonly text: string;
  readonly windows: RecordWindows;
  readonly hasBounds: B;
  /** When they emit, unless a trigger is given. */
  readonly trigger: AnyTrigger;
  /** Which of their records they keep, unless an evictor is given. */
  readonly evictor: WindowEvictor<unknown> | null;
  /** Typed as a method, so that windows for any record are windows for this one. */
  gap?(record: T): Duration;
}

export interface WindowTimeOptions {
  /** The time that windows go by. Default: event time. */
  readonly time?: TimeDomain;
}

export interface AlignedWindowOptions extends WindowTimeOptions {
  /** Windows begin so much later than full multiples of their size since 1970: `"-8h"` of windows of a day begins them at midnight, 8 hours east of Greenwich. */
  readonly offset?: Duration | `-${number}${"ms" | "s" | "m" | "h" | "d"}`;
}

/**
 * Windows of one size, one after the other. Errors: OPTION_INVALID for a size that is no whole number of ms above 0.
 *
 * @example
 * const events = [{ at: 1 }, { at: 2 }, { at: 11 }];
 * const windows = pipeline("p").from(events, { watermark: { field: "at" } }).windowAll(tumbling(10));
 * (await windows.aggregate(count()).toArray()).map(({ windowStart, value }) => [windowStart, value]) // [[0, 2], [10, 1]]
 */
export function tumbling(
  size: Duration,
  { offset = 0, time = "event" }: AlignedWindowOptions = {},
): WindowAssigner<unknown, true> {
  const window = { kind: "tumble", sizeMs: durationMs(size, "size"), offsetMs: offsetMs(offset) } as const;
  timeWindows(window);
  return timed(`tumbling(${size})`, { kind: "time", window, domain: time });
}

/**
 * Windows of one size that begin every `slide`, so that a record may be in several. Errors: as of `tumbling`.
 *
 * @example
 * const windows = pipeline("p").from([{ at: 7 }], { watermark: { field: "at" } }).windowAll(sliding(10, 5));
 * (await windows.aggregate(count()).toArray()).map(({ windowStart, windowEnd }) => [windowStart, windowEnd]) // [[0, 10], [5, 15]]
 */
export function sliding(
  size: Duration,
  slide: Duration,
  { offset = 0, time = "event" }: AlignedWindowOptions = {},
): WindowAssigner<unknown, true> {
  const window = {
    kind: "hop",
    sizeMs: durationMs(size, "size"),
    slideMs: durationMs(slide, "slide"),
    offsetMs: offsetMs(offset),
  } as const;
  timeWindows(window);
  return timed(`sliding(${size}, ${slide})`, { kind: "time", window, domain: time });
}

/**
 * Windows that end when no record has come for `gap`; a function gives each record a gap of its own. A record opens the window [its time,
 * its time + gap); windows of a key that overlap or touch become one.
 *
 * @example
 * const events = [{ at: 1 }, { at: 5 }, { at: 100 }];
 * const windows = pipeline("p").from(events, { watermark: { field: "at" } }).windowAll(session(10));
 * (await windows.aggregate(count()).toArray()).map(({ windowStart, windowEnd }) => [windowStart, windowEnd]) // [[1, 15], [100, 110]]
 */
export function session<T = unknown>(
  gap: Duration | ((record: T) => Duration),
  { time = "event" }: WindowTimeOptions = {},
): WindowAssigner<T, true> {
  const gapMs =
    typeof gap === "function"
      ? (record: unknown) => durationMs(gap(record as T), "the gap of a session")
      : constant(durationMs(gap, "gap", 1));
  const text = `session(${typeof gap === "function" ? "gap of the record" : gap})`;
  return timed(text, { kind: "session", gapMs, domain: time });
}

/**
 * Windows of so many records; one that is not full is never emitted. Errors: OPTION_INVALID if that is no whole number above 0.
 *
 * @example
 * await pipeline("p").from([1, 2, 3]).windowAll(countWindow(2)).aggregate(sum((n) => n)).toArray() // [{ value: 3 }]
 */
export function countWindow(count: number): WindowAssigner<unknown, false> {
  return unbounded(`countWindow(${count})`, purging(countTrigger(count)) as AnyTrigger, null);
}

/**
 * The last `size` records, emitted for every `slide` records, from the first ones on. Errors: as of `countWindow`.
 *
 * @example
 * await pipeline("p").from([1, 2, 3]).windowAll(slidingCount(2, 1)).aggregate(sum((n) => n)).toArray() // [{ value: 1 }, { value: 3 }, { value: 5 }]
 */
export function slidingCount(size: number, slide: number): WindowAssigner<unknown, false> {
  checkCount("slidingCount", size);
  return unbounded(`slidingCount(${size}, ${slide})`, countTrigger(slide) as AnyTrigger, countEvictor(size));
}

/**
 * One window without bounds for all records of a key. It emits when its trigger says so, never without one.
 *
 * @example
 * const windows = pipeline("p").from([1, 2, 3, 4]).windowAll(globalWindow(), { trigger: countTrigger(2) });
 * await windows.aggregate(sum((n) => n)).toArray() // [{ value: 3 }, { value: 10 }]
 */
export function globalWindow(): WindowAssigner<unknown, false> {
  return unbounded("globalWindow", neverTrigger(), null);
}

function timed(
  text: string,
  windows: Extract<RecordWindows, { readonly domain: TimeDomain }>,
): WindowAssigner<unknown, true> {
  const trigger = windows.domain === "event" ? eventTimeTrigger() : processingTimeTrigger();
  const own = windows.domain === "event" ? text : `${text} in processing time`;
  return { text: own, windows, hasBounds: true, trigger: trigger as AnyTrigger, evictor: null };
}

function unbounded(
  text: string,
  trigger: AnyTrigger,
  evictor: WindowEvictor<unknown> | null,
): WindowAssigner<unknown, false> {
  return { text, windows: { kind: "global" }, hasBounds: false, trigger, evictor };
}

function offsetMs(offset: NonNullable<AlignedWindowOptions["offset"]>): number {
  if (typeof offset === "number") return offset;
  return offset.startsWith("-")
    ? -durationMs(offset.slice(1) as Duration, "offset")
    : durationMs(offset as Duration, "offset");
}

function constant(ms: number): () => number {
  return () => ms;
}
