import { MAX_TIMESTAMP, type ProcessingTime, type Timestamp } from "@millrace/core";

/** Processing time and the one timer of an operator. */
export class NodeTime implements ProcessingTime {
  /** When the operator wants to be called; MAX_TIMESTAMP: not at all. */
  timer: Timestamp = MAX_TIMESTAMP;
  readonly #read: () => number;
  #latest = Number.NEGATIVE_INFINITY;

  constructor(read: () => number) {
    this.#read = read;
  }

  now(): Timestamp {
    // Clocks of machines are set back at times.
    this.#latest = Math.max(this.#latest, this.#read());
    return this.#latest;
  }

  setTimer(at: Timestamp): void {
    this.timer = at;
  }
}
