import type { Duration } from "../duration.ts";
import type { OnError } from "../error-policy.ts";

/** Further tries of a call that failed. */
export interface RetryOptions {
  /** Calls in all, the first one too. */
  readonly attempts: number;
  /** Pause before the second. Default: none. */
  readonly backoff?: Duration;
  /** Each further pause is so many times as long. Default: 2. */
  readonly multiplier?: number;
  /** No pause is longer. Default: a minute. */
  readonly maxBackoff?: Duration;
  /** Whether trying again may help. Default: it always may. */
  readonly when?: (error: unknown) => boolean;
}

/** How records wait for answers from outside. */
export interface AsyncOptions {
  /** So many records may wait for their answers; then nothing more is read. Default: 100. */
  readonly capacity?: number;
  /** Whether records come out in their order, or as they are answered: then never behind a watermark that they came before. Default: true. */
  readonly ordered?: boolean;
  /** How long a record may wait for its answer, all tries and pauses together. Default: for ever. */
  readonly timeout?: Duration;
  readonly retry?: RetryOptions;
  /** What happens to a record that got no answer, or an error for it. Default: the job fails. */
  readonly onError?: OnError;
}
