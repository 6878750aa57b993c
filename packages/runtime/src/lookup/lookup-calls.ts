/**
 * The calls of a lookup source: how many are under way, how long they may take, and when they are made again.
 *
 * Invariant  at most `capacity` calls at a time; a key is answered once, or the whole fails. A key that waits to be asked
 *            for again takes no place among the calls.
 */
import { type Clock, type LookupSource, MillraceError, type RecordBatch, TimedCalls } from "@millrace/core";
import { mayRetry } from "../retry/may-retry.ts";
import type { LookupBehaviour } from "./lookup-behaviour.ts";

export interface LookupCallsSpec<Key> {
  /** For messages: `table 'rates'`. */
  readonly owner: string;
  readonly source: LookupSource;
  readonly behaviour: Omit<LookupBehaviour, "isOrdered">;
  /** How often a call that failed is made again. */
  readonly maxRetries: number;
  readonly clock: Clock;
  readonly batchOf: (keys: readonly Key[]) => RecordBatch;
  /** Takes the rows of an answer; gives the keys among those asked for that have none. */
  readonly take: (keys: readonly Key[], rows: readonly RecordBatch[]) => readonly Key[];
  /** These keys are answered: what has been taken of them is all. */
  readonly answered: (keys: readonly Key[]) => void;
  /** There will be no further answer. */
  readonly failed: (error: unknown) => void;
}

interface Call<Key> {
  readonly keys: readonly Key[];
  readonly deadline: number;
  /** How often these keys have been asked for again because they had no rows. */
  readonly misses: number;
}

/** Pause before a call that failed is made again, times the number of tries. */
const RETRY_DELAY_MS = 1000;

export class LookupCalls<Key> {
  readonly #spec: LookupCallsSpec<Key>;
  readonly #waiting: Call<Key>[] = [];
  readonly #abort = new AbortController();
  readonly #timed: TimedCalls;
  #active = 0;

  constructor(spec: LookupCallsSpec<Key>) {
    this.#spec = spec;
    this.#timed = new TimedCalls(spec.clock);
  }

  ask(keys: readonly Key[]): void {
    const { behaviour, clock, source } = this.#spec;
    const maxKeys = source.maxKeys ?? 1;
    const deadline = clock.now() + behaviour.timeoutMs;
    for (let from = 0; from < keys.length; from += maxKeys) {
      this.#waiting.push({ keys: keys.slice(from, from + maxKeys), deadline, misses: 0 });
    }
    this.#start();
  }

  async close(): Promise<void> {
    this.#abort.abort();
    this.#timed.close();
    this.#waiting.length = 0;
    await this.#spec.source.close?.();
  }

  #start(): void {
    while (this.#active < this.#spec.behaviour.capacity) {
      const call = this.#waiting.shift();
      if (call === undefined) return;
      this.#active++;
      void this.#run(call);
    }
  }

  async #run(call: Call<Key>): Promise<void> {
    const { answered, behaviour, failed, take } = this.#spec;
    try {
      const rows = await this.#rowsOf(call);
      if (rows === null) return;
      const missing = take(call.keys, rows);
      const isLast = missing.length === 0 || call.misses >= behaviour.missRetries;
      answered(isLast ? call.keys : call.keys.filter((key) => !missing.includes(key)));
      if (!isLast) void this.#askAgain({ ...call, keys: missing, misses: call.misses + 1 });
    } catch (error) {
      failed(error);
    } finally {
      this.#active--;
      this.#start();
    }
  }

  async #askAgain(call: Call<Key>): Promise<void> {
    const { behaviour, clock, failed } = this.#spec;
    if (clock.now() + behaviour.missDelayMs > call.deadline) {
      failed(this.#timeout());
      return;
    }
    await clock.sleep(behaviour.missDelayMs, this.#abort.signal);
    if (this.#abort.signal.aborted) return;
    this.#waiting.push(call);
    this.#start();
  }

  /** The rows of an answer; null once closed. Errors: those of the source, SOURCE_UNAVAILABLE if the time is up. */
  async #rowsOf({ keys, deadline }: Call<Key>): Promise<readonly RecordBatch[] | null> {
    const { batchOf, clock, maxRetries, source } = this.#spec;
    const { signal } = this.#abort;
    for (let attempt = 1; !signal.aborted; attempt++) {
      try {
        const rows = await this.#timed.answer(
          deadline - clock.now(),
          (own) => source.lookup(batchOf(keys), own),
          () => {
            throw this.#timeout();
          },
        );
        return signal.aborted ? null : rows;
      } catch (error) {
        if (signal.aborted) return null;
        const delayMs = RETRY_DELAY_MS * attempt;
        if (!mayRetry(error) || attempt > maxRetries || clock.now() + delayMs > deadline) throw error;
        await clock.sleep(delayMs, signal);
      }
    }
    return null;
  }

  #timeout(): MillraceError {
    const { behaviour, owner } = this.#spec;
    return new MillraceError({
      code: "SOURCE_UNAVAILABLE",
      message: `${owner}: a look-up was not answered within ${behaviour.timeoutMs} ms; see 'table.exec.async-lookup.timeout' and 'timeout' of the LOOKUP hint`,
    });
  }
}
