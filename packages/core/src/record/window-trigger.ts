/** When a window emits, and when it forgets what it holds. */
import type { TimeDomain, Timestamp } from "../time/time-domain.ts";

/** A window of records: [start, end) in ms; from -Infinity to Infinity where it has no bounds. */
export interface RecordWindow {
  readonly start: Timestamp;
  readonly end: Timestamp;
}

/** `fire` emits the window, `purge` forgets what it holds. */
export type TriggerResult = "continue" | "fire" | "purge" | "fire-and-purge";

/** What a trigger has at hand. One object for all calls: nothing of it is to be kept. */
export interface TriggerContext<S> {
  readonly key: unknown;
  readonly window: RecordWindow;
  /** What the bounds of the window are measured in. */
  readonly timeDomain: TimeDomain;
  /** Of the trigger, for the key and window at hand. */
  state: S;
  readonly watermark: Timestamp;
  /** Processing time, ms. */
  now(): Timestamp;
  /** Has `onEventTime` or `onProcessingTime` called for the key and window once time has passed `at`. Setting it twice is setting it once. */
  setTimer(at: Timestamp, domain?: TimeDomain): void;
  clearTimer(at: Timestamp, domain?: TimeDomain): void;
}

/**
 * Decides when windows emit; `S` is what it keeps per key and window, a value that state can hold. Beside the timers that it sets itself it is
 * called when the time of a window is over: at its last ms, and allowed lateness after that.
 */
export interface WindowTrigger<T, S> {
  /** The state of a new window. */
  create(): S;
  onRecord(record: T, timestamp: Timestamp, context: TriggerContext<S>): TriggerResult;
  onEventTime(at: Timestamp, context: TriggerContext<S>): TriggerResult;
  onProcessingTime(at: Timestamp, context: TriggerContext<S>): TriggerResult;
  /** The state of windows that become one. Without it the trigger is refused where windows merge (sessions). */
  merge?(a: S, b: S): S;
  /** Windows have become the one at hand, whose state is merged: sets the timers that it needs, those of the others are gone. */
  onMerge?(context: TriggerContext<S>): void;
}

export type AnyTrigger = WindowTrigger<unknown, unknown>;

/** The last moment of a window. */
export function lastMomentOf({ end }: RecordWindow): Timestamp {
  return end - 1;
}
