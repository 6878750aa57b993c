/**
 * What is known of a system outside that cannot be reached: how often it was tried, when it is tried next, and what the
 * person running the job has been told. Several parts of one source (partitions of a topic) fail together: failures until
 * the next try count as one.
 */
import { type Clock, MillraceError, type Reporter } from "@millrace/core";
import { mayRetry } from "./may-retry.ts";
import { type RetryPolicy, retryDelayMs } from "./retry-policy.ts";

/** Who waits is told that it goes on. */
const TELL_AGAIN_MS = 60_000;

export class Outage<Part> {
  readonly #owner: string;
  readonly #policy: RetryPolicy;
  readonly #clock: Clock;
  readonly #reporter: Reporter;
  readonly #failing = new Set<Part>();
  #attempt = 0;
  #since = 0;
  #retryAt = 0;
  #told = "";
  #toldAt = 0;

  /** `owner` stands in the line on recovery: `table 'bids'`. */
  constructor(owner: string, policy: RetryPolicy, clock: Clock, reporter: Reporter) {
    this.#owner = owner;
    this.#policy = policy;
    this.#clock = clock;
    this.#reporter = reporter;
  }

  /** When to try `part` again (ms since the epoch). Throws the error if trying again is no use or has been tried enough. */
  failed(part: Part, error: unknown): number {
    if (!mayRetry(error)) throw error;
    const now = this.#clock.now();
    if (this.#failing.size === 0) {
      this.#attempt = 0;
      this.#since = now;
    }
    const isJoining = this.#failing.size > 0 && now < this.#retryAt;
    this.#failing.add(part);
    if (isJoining) return this.#retryAt;
    this.#attempt++;
    if (this.#attempt > this.#policy.attempts) {
      if (this.#policy.attempts === 0) throw error;
      const { code, message, domain } = error;
      const tries = `given up after ${this.#policy.attempts} tries in ${seconds(now - this.#since)}`;
      throw new MillraceError({ code, domain, message: `${message}: ${tries}`, cause: error });
    }
    const delayMs = retryDelayMs(this.#policy, this.#attempt);
    this.#retryAt = now + delayMs;
    if (error.message !== this.#told) {
      this.#told = error.message;
      this.#toldAt = now;
      this.#reporter.warn(`${error.message}: retrying in ${seconds(delayMs)}`);
    } else if (now - this.#toldAt >= TELL_AGAIN_MS) {
      this.#toldAt = now;
      const tries = `after ${seconds(now - this.#since)} and ${this.#attempt} tries`;
      this.#reporter.warn(`${error.message}: still so ${tries}; retrying in ${seconds(delayMs)}`);
    }
    return this.#retryAt;
  }

  /** `part` works. */
  succeeded(part: Part): void {
    if (this.#failing.size === 0 || !this.#failing.delete(part) || this.#failing.size > 0) return;
    this.#told = "";
    this.#reporter.warn(`${this.#owner}: reachable again after ${seconds(this.#clock.now() - this.#since)}`);
  }
}

function seconds(durationMs: number): string {
  return durationMs < 1000 ? `${Math.round(durationMs)} ms` : `${Math.round(durationMs / 100) / 10} s`;
}
