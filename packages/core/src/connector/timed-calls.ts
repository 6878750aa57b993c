import type { Clock } from "./connector.ts";

/** Calls of something outside that may take their time, and no longer. */
export class TimedCalls {
  readonly #clock: Clock;
  readonly #waiting = new Set<AbortController>();
  #isClosed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** What `call` answers within the time, else what `onLate` gives or throws. The signal of `call` aborts when nobody waits any more. */
  async answer<Answer>(
    timeoutMs: number,
    call: (signal: AbortSignal) => Promise<Answer>,
    onLate: () => Answer | Promise<Answer>,
  ): Promise<Answer> {
    const own = new AbortController();
    const { signal } = own;
    this.#waiting.add(own);
    if (this.#isClosed) own.abort();
    try {
      if (timeoutMs === Number.POSITIVE_INFINITY) return await call(signal);
      const late = this.#clock
        .sleep(timeoutMs, signal)
        .then(() => (signal.aborted ? new Promise<never>(ignore) : onLate()));
      // Where the answer comes first nobody asks what became of the alarm.
      late.catch(ignore);
      return await Promise.race([call(signal), late]);
    } finally {
      this.#waiting.delete(own);
      own.abort();
    }
  }

  /** Gives up on what is still asked for: timers that nobody waits for would keep the process alive. */
  close(): void {
    this.#isClosed = true;
    for (const each of this.#waiting) each.abort();
  }
}

function ignore(): void {
  // Nobody waits.
}
