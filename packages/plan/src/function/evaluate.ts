/** Values that functions may ask for: fixed while a batch is evaluated. */
export interface EvaluationContext {
  /** Ms since the epoch. */
  readonly now: () => number;
  /** IANA name: how TIMESTAMP_LTZ is seen as a local time. */
  readonly timeZone: string;
  /** Of the row that is evaluated, below any time if there is none yet; absent where nothing is known of it. */
  readonly watermark?: () => number;
}

/** Computes a call from the values of its arguments (form of `valueAt`). */
export type Evaluate = (args: readonly unknown[], context: EvaluationContext) => unknown;
