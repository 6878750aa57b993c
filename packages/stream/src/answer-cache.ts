import type { Clock } from "@millrace/core";

export interface CacheLimits {
  readonly ttlMs: number;
  /** 0: nothing is kept. */
  readonly maxRows: number;
  readonly keepsMissing: boolean;
}

interface Kept<V> {
  readonly value: V | null;
  readonly until: number;
}

/**
 * Answers by key, the one wanted least recently first.
 *
 * Invariant  a key is asked for once at a time, however many want it; what failed is not kept.
 */
export class AnswerCache<V> {
  readonly #limits: CacheLimits;
  readonly #clock: Clock;
  readonly #kept = new Map<unknown, Kept<V>>();
  readonly #asked = new Map<unknown, Promise<V | null>>();

  constructor(limits: CacheLimits, clock: Clock) {
    this.#limits = limits;
    this.#clock = clock;
  }

  /** The answer to a key if it is here, else the promise of one. */
  answer(key: unknown, ask: () => PromiseLike<V | null | undefined>): V | null | Promise<V | null> {
    const kept = this.#kept.get(key);
    if (kept !== undefined) {
      this.#kept.delete(key);
      if (kept.until > this.#clock.now()) {
        this.#kept.set(key, kept);
        return kept.value;
      }
    }
    const asked = this.#asked.get(key);
    if (asked !== undefined) return asked;
    const answer = this.#ask(key, ask);
    this.#asked.set(key, answer);
    return answer;
  }

  async #ask(key: unknown, ask: () => PromiseLike<V | null | undefined>): Promise<V | null> {
    try {
      const value = (await ask()) ?? null;
      this.#keep(key, value);
      return value;
    } finally {
      this.#asked.delete(key);
    }
  }

  #keep(key: unknown, value: V | null): void {
    const { ttlMs, maxRows, keepsMissing } = this.#limits;
    if (maxRows === 0 || (value === null && !keepsMissing)) return;
    this.#kept.set(key, { value, until: this.#clock.now() + ttlMs });
    if (this.#kept.size <= maxRows) return;
    const [oldest] = this.#kept.keys();
    this.#kept.delete(oldest);
  }
}
