import type { Clock } from "@millrace/core";

/** One wake-up call at a moment of the injected clock; setting another one replaces it. */
export class Alarm {
  readonly #clock: Clock;
  readonly #ring: () => void;
  #at = Number.POSITIVE_INFINITY;
  #stop: AbortController | null = null;

  constructor(clock: Clock, ring: () => void) {
    this.#clock = clock;
    this.#ring = ring;
  }

  /** Rings once the clock has reached `at` (ms since the epoch; Infinity: never). */
  set(at: number): void {
    if (at === this.#at) return;
    this.clear();
    if (at === Number.POSITIVE_INFINITY) return;
    const stop = new AbortController();
    this.#at = at;
    this.#stop = stop;
    void this.#clock.sleep(Math.max(0, at - this.#clock.now()), stop.signal).then(() => {
      if (stop.signal.aborted) return;
      this.#at = Number.POSITIVE_INFINITY;
      this.#stop = null;
      this.#ring();
    });
  }

  clear(): void {
    this.#stop?.abort();
    this.#stop = null;
    this.#at = Number.POSITIVE_INFINITY;
  }
}
