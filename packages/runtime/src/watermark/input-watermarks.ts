/**
 * The watermark of something with several inputs: an operator over its inputs, a source over its splits.
 *
 * Invariant  `watermark` never falls. It is the minimum over the inputs that are neither idle nor ended; once all ended, and no more
 *            can be added, it is MAX_TIMESTAMP. Where the others are idle an ended input says nothing: a bounded stream beside a quiet one must not
 *            push time to its end. If nobody is active it is the maximum of the idle ones, which makes it independent of the
 *            order in which they fell idle.
 * State      per input: watermark, when it last grew, idle, ended.
 * Cost       O(1) for an input that was not the minimum, else O(inputs).
 */
import { MAX_TIMESTAMP, MIN_TIMESTAMP, type Timestamp } from "@millrace/core";

export interface InputWatermark {
  readonly name: string;
  readonly watermark: Timestamp;
  /** When it last grew, ms since the epoch; when the input appeared if it never did. */
  readonly advancedAt: number;
  readonly idle: boolean;
  readonly ended: boolean;
}

interface InputEntry extends InputWatermark {
  watermark: Timestamp;
  advancedAt: number;
  idle: boolean;
  ended: boolean;
}

export class InputWatermarks {
  readonly #inputs = new Map<number, InputEntry>();
  readonly #now: () => number;
  #unended = 0;
  #active = 0;
  #next = 0;
  #sealed = false;
  watermark: Timestamp = MIN_TIMESTAMP;

  /** `now` is asked only when a watermark grows. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Adds an input that has seen no watermark; gives its number. Numbers of removed inputs are not used again. */
  add(name: string): number {
    this.#unended++;
    this.#active++;
    const advancedAt = this.#now();
    this.#inputs.set(this.#next, { name, watermark: MIN_TIMESTAMP, advancedAt, idle: false, ended: false });
    return this.#next++;
  }

  /** No further inputs will be added: from now on the end of all is the end. */
  seal(): boolean {
    this.#sealed = true;
    return this.#merge();
  }

  /** True once sealed and all inputs ended. */
  get ended(): boolean {
    return this.#sealed && this.#unended === 0;
  }

  /** True if no input is active but not all ended. */
  get idle(): boolean {
    return this.#active === 0 && this.#unended > 0;
  }

  /** Each of these returns whether `watermark` grew. */
  advance(input: number, watermark: Timestamp): boolean {
    const entry = this.#entry(input);
    if (!(watermark > entry.watermark)) return false;
    const wasHolding = entry.watermark <= this.watermark;
    entry.watermark = watermark;
    entry.advancedAt = this.#now();
    return wasHolding || this.#active < 2 ? this.#merge() : false;
  }

  setIdle(input: number, idle: boolean): boolean {
    const entry = this.#entry(input);
    if (entry.idle === idle || entry.ended) return false;
    entry.idle = idle;
    this.#active += idle ? -1 : 1;
    return idle ? this.#merge() : false;
  }

  end(input: number): boolean {
    const entry = this.#entry(input);
    if (entry.ended) return false;
    if (!entry.idle) this.#active--;
    entry.ended = true;
    entry.idle = false;
    this.#unended--;
    return this.#merge();
  }

  /** Forgets an ended input. */
  remove(input: number): void {
    this.#inputs.delete(input);
  }

  isIdle(input: number): boolean {
    return this.#entry(input).idle;
  }

  /** The watermark of an input, and the least of the other active ones. */
  around(input: number): { readonly own: Timestamp; readonly others: Timestamp } {
    let others = MAX_TIMESTAMP;
    for (const [number, { ended, idle, watermark }] of this.#inputs) {
      if (number !== input && !ended && !idle) others = Math.min(others, watermark);
    }
    return { own: this.#entry(input).watermark, others };
  }

  inputs(): readonly InputWatermark[] {
    return Array.from(this.#inputs.values(), (entry) => ({ ...entry }));
  }

  #entry(input: number): InputEntry {
    return this.#inputs.get(input) as InputEntry;
  }

  #merge(): boolean {
    let merged = this.#active > 0 || this.ended ? MAX_TIMESTAMP : MIN_TIMESTAMP;
    for (const entry of this.#inputs.values()) {
      if (entry.ended) continue;
      if (this.#active === 0) merged = Math.max(merged, entry.watermark);
      else if (!entry.idle && entry.watermark < merged) merged = entry.watermark;
    }
    if (!(merged > this.watermark)) return false;
    this.watermark = merged;
    return true;
  }
}
