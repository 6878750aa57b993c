/** Triggers and evictors as programs write them. */
import {
  type AnyTrigger,
  type EvictorOptions,
  earlyTrigger,
  timeEvictor as evictByTime,
  type TimeDomain,
  type TriggerContext,
  type TriggerResult,
  type WindowEvictor,
  type WindowTrigger,
} from "@millrace/core";
import { type Duration, durationMs } from "../duration.ts";

/**
 * Decides when windows emit. `S` is what it keeps per key and window, made by `create`: a value that state can hold, changed by setting
 * `context.state`. A function that is left out continues.
 */
export interface Trigger<T, S> {
  create?(): S;
  /** Called for each record, after it was added. `timestamp`: its event time, ms; NaN if it has none. */
  onRecord?(record: T, timestamp: number, context: TriggerContext<S>): TriggerResult;
  /** Called when event time has passed `at`: of a timer, of the end of the window (its last ms), or of that and the allowed lateness. */
  onEventTime?(at: number, context: TriggerContext<S>): TriggerResult;
  /** The same in processing time. */
  onProcessingTime?(at: number, context: TriggerContext<S>): TriggerResult;
  /** The state of sessions that become one; needed there if there is `create`. */
  merge?(a: S, b: S): S;
  /** Sessions have become one: sets the timers that it needs. Those of the others are gone. */
  onMerge?(context: TriggerContext<S>): void;
}

/**
 * Fires at each full `every` of time while a window lasts, at its end, and for each late record: results that are repeated and updated.
 * Default: event time.
 *
 * @example
 * const events = [{ at: 0 }, { at: 1 }, { at: 6 }, { at: 7 }];
 * const source = pipeline("p").from(events, { watermark: { field: "at" } });
 * const windows = source.windowAll(tumbling(10), { trigger: earlyFirings(5) });
 * (await windows.aggregate(count()).toArray()).map(({ value }) => value) // [3, 4]
 */
export function earlyFirings<T = unknown>(
  every: Duration,
  { time = "event" }: { readonly time?: TimeDomain } = {},
): WindowTrigger<T, number | null> {
  return earlyTrigger(durationMs(every, "every", 1), time);
}

/**
 * Keeps the records that are less than `span` older than the latest one.
 *
 * @example
 * const source = pipeline("p").from([{ at: 0 }, { at: 8 }, { at: 9 }], { watermark: { field: "at" } });
 * const windows = source.windowAll(tumbling(10), { evictor: timeEvictor(5) });
 * (await windows.aggregate(count()).toArray()).map(({ value }) => value) // [2]
 */
export function timeEvictor<T = unknown>(span: Duration, options?: EvictorOptions): WindowEvictor<T> {
  return evictByTime(durationMs(span, "span"), options);
}

/** The trigger as the operator takes it. */
export function completeTrigger<T, S>(trigger: Trigger<T, S>): AnyTrigger {
  const own = trigger as Trigger<unknown, unknown>;
  const merge = own.merge?.bind(own) ?? (own.create === undefined ? () => null : undefined);
  return {
    create: () => own.create?.() ?? null,
    onRecord: (record, timestamp, context) => own.onRecord?.(record, timestamp, context) ?? "continue",
    onEventTime: (at, context) => own.onEventTime?.(at, context) ?? "continue",
    onProcessingTime: (at, context) => own.onProcessingTime?.(at, context) ?? "continue",
    ...(merge === undefined ? {} : { merge }),
    onMerge: (context) => own.onMerge?.(context),
  };
}
