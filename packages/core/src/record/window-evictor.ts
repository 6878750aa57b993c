/** Which of its records a window keeps when it fires. */
import type { Timestamp } from "../time/time-domain.ts";
import { checkCount } from "./triggers.ts";
import type { RecordWindow } from "./window-trigger.ts";

/** A record in a window; without event time its timestamp is NaN. */
export interface WindowElement<T> {
  readonly record: T;
  readonly timestamp: Timestamp;
}

export interface EvictorContext {
  readonly window: RecordWindow;
  readonly watermark: Timestamp;
  /** Processing time, ms. */
  now(): Timestamp;
}

/**
 * Which elements a window keeps: those that are given back, the others are gone for good. A window with an evictor keeps all its records until
 * then. Typed as methods, so that an evictor for any record is one for this.
 */
export interface WindowEvictor<T> {
  /** Called before the window is computed. */
  before?(elements: readonly WindowElement<T>[], context: EvictorContext): readonly WindowElement<T>[];
  /** Called afterwards. */
  after?(elements: readonly WindowElement<T>[], context: EvictorContext): readonly WindowElement<T>[];
}

export interface EvictorOptions {
  /** Evicts after the window is computed. Default: before. */
  readonly after?: boolean;
}

/**
 * Keeps the last `count` records. Errors: OPTION_INVALID if that is no whole number above 0.
 *
 * @example
 * const windows = pipeline("p").from([1, 2, 3]).windowAll(globalWindow(), { trigger: countTrigger(3), evictor: countEvictor(2) });
 * await windows.aggregate(sum((n) => n)).toArray() // [{ value: 5 }]
 */
export function countEvictor<T = unknown>(count: number, { after = false }: EvictorOptions = {}): WindowEvictor<T> {
  checkCount("countEvictor", count);
  return evictor((elements) => (elements.length <= count ? elements : elements.slice(-count)), after);
}

/** Keeps records that are less than `spanMs` older than the latest one. */
export function timeEvictor<T = unknown>(spanMs: number, { after = false }: EvictorOptions = {}): WindowEvictor<T> {
  return evictor((elements) => {
    let latest = Number.NEGATIVE_INFINITY;
    for (const { timestamp } of elements) if (timestamp > latest) latest = timestamp;
    return elements.filter(({ timestamp }) => !(timestamp <= latest - spanMs));
  }, after);
}

function evictor<T>(evict: NonNullable<WindowEvictor<T>["before"]>, after: boolean): WindowEvictor<T> {
  return after ? { after: evict } : { before: evict };
}
