import type { Clock } from "@millrace/core";

/** The longest delay a timer takes; longer sleeps wake up in between. */
const MAX_DELAY_MS = 2 ** 31 - 1;

/** The machine's time. */
export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (delayMs, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted === true) return resolve();
      let timer: NodeJS.Timeout;
      const finish = () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", finish);
        resolve();
      };
      const wait = (leftMs: number) => {
        const stepMs = Math.min(Math.max(leftMs, 0), MAX_DELAY_MS);
        timer = setTimeout(() => (leftMs > stepMs ? wait(leftMs - stepMs) : finish()), stepMs);
      };
      signal?.addEventListener("abort", finish);
      wait(delayMs);
    }),
};
