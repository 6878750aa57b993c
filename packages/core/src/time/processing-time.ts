/** Wall-clock time as an operator has it: asked once per call, and told by a timer. */
export interface ProcessingTime {
  /** Ms since the epoch; never less than before. */
  now(): number;
  /**
   * Has `onTimer(at, "processing")` called once it is `at`, soon after, not at that very moment. An operator has one timer: the last
   * one set counts, Infinity is none. It is not part of snapshots: set it again in the constructor.
   */
  setTimer(at: number): void;
}
