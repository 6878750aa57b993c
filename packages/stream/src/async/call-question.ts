import { type Clock, MillraceError, type RecordQuestion, TimedCalls } from "@millrace/core";
import { durationMs } from "../duration.ts";
import type { AsyncOptions, RetryOptions } from "./async-options.ts";

/** A function of the program that answers records; `signal` aborts when nobody waits for the answer any more. */
export type AsyncCall = (record: unknown, signal: AbortSignal) => unknown;

/** What a record that waited too long gets in place of an answer; throws if that is nothing. */
export type LateCall = (record: unknown) => unknown;

interface Tries {
  readonly attempts: number;
  readonly backoffMs: number;
  readonly maxBackoffMs: number;
  readonly multiplier: number;
  readonly when: (error: unknown) => boolean;
}

/** Asks a function of the program, as often and as long as the options say. Errors: OPTION_INVALID. */
export function callQuestion(
  call: AsyncCall,
  onTimeout: LateCall | undefined,
  { timeout, retry }: AsyncOptions,
): (clock: Clock) => RecordQuestion {
  const tries = triesOf(retry);
  const timeoutMs = timeout === undefined ? Number.POSITIVE_INFINITY : durationMs(timeout, "timeout", 1);
  const isSimple = timeout === undefined && retry === undefined;
  return (clock) => {
    const timed = new TimedCalls(clock);
    const own = new AbortController();
    const late = (record: unknown) => {
      if (onTimeout !== undefined) return onTimeout(record);
      throw new MillraceError({ code: "USER_CODE", message: `no answer within ${timeoutMs} ms` });
    };
    return {
      ask: (record) =>
        isSimple
          ? call(record, own.signal)
          : timed.answer(
              timeoutMs,
              (signal) => answerOf(call, record, signal, tries, clock),
              () => late(record),
            ),
      close: () => {
        own.abort();
        timed.close();
      },
    };
  };
}

function triesOf(retry: RetryOptions | undefined): Tries {
  const { attempts = 1, backoff = 0, maxBackoff = "1m", multiplier = 2, when = () => true } = retry ?? {};
  if (!Number.isSafeInteger(attempts) || attempts < 1) {
    throw new MillraceError({
      code: "OPTION_INVALID",
      message: `retry.attempts: expected a whole number of at least 1, not ${attempts}`,
    });
  }
  return {
    attempts,
    backoffMs: durationMs(backoff, "retry.backoff"),
    maxBackoffMs: durationMs(maxBackoff, "retry.maxBackoff"),
    multiplier,
    when,
  };
}

async function answerOf(
  call: AsyncCall,
  record: unknown,
  signal: AbortSignal,
  { attempts, backoffMs, maxBackoffMs, multiplier, when }: Tries,
  clock: Clock,
): Promise<unknown> {
  let pauseMs = backoffMs;
  for (let attempt = 1; ; attempt++) {
    try {
      return await call(record, signal);
    } catch (error) {
      if (attempt >= attempts || signal.aborted || !when(error)) throw error;
      if (pauseMs > 0) await clock.sleep(Math.min(pauseMs, maxBackoffMs), signal);
      if (signal.aborted) throw error;
      pauseMs *= multiplier;
    }
  }
}
