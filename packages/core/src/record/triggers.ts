/** The triggers there are, with the behaviour of Flink's. */
import { MillraceError } from "../errors.ts";
import type { TimeDomain, Timestamp } from "../time/time-domain.ts";
import { lastMomentOf, type TriggerContext, type TriggerResult, type WindowTrigger } from "./window-trigger.ts";

const nothing = () => null;

/**
 * Fires when the watermark passes the window's end, and then for each late record.
 *
 * @example
 * const source = pipeline("p").from([{ at: 0 }, { at: 8 }], { watermark: { field: "at" } });
 * const windows = source.windowAll(tumbling(10), { trigger: eventTimeTrigger() });
 * (await windows.aggregate(count()).toArray()).map(({ value }) => value) // [2]
 */
export function eventTimeTrigger<T = unknown>(): WindowTrigger<T, null> {
  return {
    create: nothing,
    onRecord: (_record, _timestamp, context) => fireOrWait(context),
    onEventTime: (at, { window }) => (at === lastMomentOf(window) ? "fire" : "continue"),
    onProcessingTime: () => "continue",
    merge: nothing,
    onMerge: (context) => {
      if (lastMomentOf(context.window) > context.watermark) context.setTimer(lastMomentOf(context.window));
    },
  };
}

function fireOrWait<S>(context: TriggerContext<S>): TriggerResult {
  const last = lastMomentOf(context.window);
  if (last <= context.watermark) return "fire";
  context.setTimer(last);
  return "continue";
}

/**
 * Fires when the clock passes the window's end.
 *
 * @example
 * const windows = pipeline("p").from([1, 2]).windowAll(tumbling("1h", { time: "processing" }), { trigger: processingTimeTrigger() });
 * (await windows.aggregate(count()).toArray()).length // 1
 */
export function processingTimeTrigger<T = unknown>(): WindowTrigger<T, null> {
  return {
    create: nothing,
    onRecord: (_record, _timestamp, context) => {
      context.setTimer(lastMomentOf(context.window), "processing");
      return "continue";
    },
    onEventTime: () => "continue",
    onProcessingTime: () => "fire",
    merge: nothing,
    onMerge: (context) => context.setTimer(lastMomentOf(context.window), "processing"),
  };
}

/**
 * Fires for every `count` records, and never for the window's end. Errors: OPTION_INVALID if that is no whole number above 0.
 *
 * @example
 * const windows = pipeline("p").from([1, 2, 3, 4]).windowAll(globalWindow(), { trigger: countTrigger(2) });
 * await windows.aggregate(sum((n) => n)).toArray() // [{ value: 3 }, { value: 10 }]
 */
export function countTrigger<T = unknown>(count: number): WindowTrigger<T, number> {
  checkCount("countTrigger", count);
  const isReached = (context: TriggerContext<number>) => {
    if (context.state < count) return false;
    context.state = 0;
    return true;
  };
  return {
    create: () => 0,
    onRecord: (_record, _timestamp, context) => {
      context.state++;
      return isReached(context) ? "fire" : "continue";
    },
    onEventTime: () => "continue",
    onProcessingTime: () => "continue",
    merge: (a, b) => a + b,
  };
}

/** Never fires: what windows without bounds do unless they are given a trigger. */
export function neverTrigger<T = unknown>(): WindowTrigger<T, null> {
  const wait = () => "continue" as const;
  return { create: nothing, onRecord: wait, onEventTime: wait, onProcessingTime: wait, merge: nothing };
}

/**
 * Fires at each full `everyMs` of time while a window lasts, at its end, and for each late record. Time is event or processing time, whichever
 * the window itself goes by.
 */
export function earlyTrigger<T = unknown>(everyMs: number, domain: TimeDomain): WindowTrigger<T, Timestamp | null> {
  type Context = TriggerContext<Timestamp | null>;
  const setNext = (after: Timestamp, context: Context) => {
    const { window, watermark, timeDomain } = context;
    // A window without an end would go on for ever when all input has ended.
    if (window.end === Number.POSITIVE_INFINITY && watermark === Number.POSITIVE_INFINITY) return;
    const next = after + everyMs;
    context.state = domain === timeDomain ? Math.min(next, lastMomentOf(window)) : next;
    context.setTimer(context.state, domain);
  };
  const onTime = (at: Timestamp, own: TimeDomain, context: Context): TriggerResult => {
    const { window, timeDomain } = context;
    if (own === timeDomain && at === lastMomentOf(window)) return "fire";
    if (own !== domain || at !== context.state) return "continue";
    context.state = null;
    if (timeDomain === "event" && lastMomentOf(window) <= context.watermark && domain !== "event") return "continue";
    setNext(at, context);
    return "fire";
  };
  return {
    create: nothing,
    onRecord: (_record, timestamp, context) => {
      if (waitForEnd(context) === "fire") return "fire";
      if (context.state === null) {
        const now = domain === "event" ? timestamp : context.now();
        setNext(Math.floor(now / everyMs) * everyMs, context);
      }
      return "continue";
    },
    onEventTime: (at, context) => onTime(at, "event", context),
    onProcessingTime: (at, context) => onTime(at, "processing", context),
    merge: (a, b) => (a === null ? b : b === null ? a : Math.min(a, b)),
    onMerge: (context) => {
      if (context.timeDomain === "processing" || lastMomentOf(context.window) > context.watermark) waitForEnd(context);
      if (context.state !== null) context.setTimer(context.state, domain);
    },
  };
}

function waitForEnd<S>(context: TriggerContext<S>): TriggerResult {
  if (context.timeDomain === "event") return fireOrWait(context);
  context.setTimer(lastMomentOf(context.window), "processing");
  return "continue";
}

/**
 * As another trigger, and each firing forgets what the window held: the next one tells only of what came since.
 *
 * @example
 * const windows = pipeline("p").from([1, 2, 3, 4]).windowAll(globalWindow(), { trigger: purging(countTrigger(2)) });
 * await windows.aggregate(sum((n) => n)).toArray() // [{ value: 3 }, { value: 7 }]
 */
export function purging<T, S>(trigger: WindowTrigger<T, S>): WindowTrigger<T, S> {
  const purged = (result: TriggerResult): TriggerResult => (result === "fire" ? "fire-and-purge" : result);
  return {
    ...trigger,
    onRecord: (record, timestamp, context) => purged(trigger.onRecord(record, timestamp, context)),
    onEventTime: (at, context) => purged(trigger.onEventTime(at, context)),
    onProcessingTime: (at, context) => purged(trigger.onProcessingTime(at, context)),
  };
}

export function checkCount(what: string, count: number): void {
  if (Number.isSafeInteger(count) && count > 0) return;
  throw new MillraceError({
    code: "OPTION_INVALID",
    message: `${what}: expected a whole number above 0, not ${count}`,
  });
}
