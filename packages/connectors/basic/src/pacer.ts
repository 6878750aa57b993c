import type { Clock } from "@millrace/core";

/** After a stall (a slow sink, a sleeping laptop) at most this much is made up for at once. */
const MAX_BURST_MS = 1000;
/** Waits are at least this long, so that high rates come in small batches rather than one wake-up per row. */
const MIN_WAIT_MS = 2;

/** Meters rows against the wall clock: `perSecond` of them on average; undefined = no limit. */
export class Pacer {
  readonly #clock: Clock;
  readonly #perSecond: number;
  /** When the row `#taken` is due. */
  #dueAt: number | null = null;

  constructor(clock: Clock, perSecond: number | undefined) {
    this.#clock = clock;
    this.#perSecond = perSecond ?? Number.POSITIVE_INFINITY;
  }

  /** How many rows may be emitted now. The first one may at once. */
  allowance(): number {
    if (this.#perSecond === Number.POSITIVE_INFINITY) return Number.POSITIVE_INFINITY;
    const now = this.#clock.now();
    this.#dueAt ??= now;
    this.#dueAt = Math.max(this.#dueAt, now - MAX_BURST_MS);
    // The small term makes up for rounding where rows are due at exactly `now`.
    return now < this.#dueAt ? 0 : Math.floor(((now - this.#dueAt) * this.#perSecond) / 1000 + 1e-6) + 1;
  }

  take(rows: number): void {
    if (this.#dueAt !== null) this.#dueAt += (rows * 1000) / this.#perSecond;
  }

  /** Resolves when a row is due, or when `signal` aborts. */
  async wait(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && this.allowance() < 1) {
      const waitMs = (this.#dueAt as number) - this.#clock.now();
      await this.#clock.sleep(Math.max(MIN_WAIT_MS, Math.ceil(waitMs)), signal);
    }
  }
}
