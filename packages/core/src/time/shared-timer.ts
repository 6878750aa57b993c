import type { ProcessingTime } from "./processing-time.ts";

const NEVER = Number.POSITIVE_INFINITY;

/** The one timer of an operator for several of its parts. */
export class SharedTimer {
  readonly #time: ProcessingTime;
  readonly #parts: TimerPart[] = [];

  constructor(time: ProcessingTime) {
    this.#time = time;
  }

  /** A timer of its own; `ring` is called when it is due. */
  part(ring: () => void): ProcessingTime {
    const part = new TimerPart(this.#time, ring, () => this.#set());
    this.#parts.push(part);
    return part;
  }

  /** The operator's timer is due. */
  onTimer(): void {
    const now = this.#time.now();
    for (const part of this.#parts) {
      if (part.at > now) continue;
      part.at = NEVER;
      part.ring();
    }
    this.#set();
  }

  #set(): void {
    let next = NEVER;
    for (const { at } of this.#parts) next = Math.min(next, at);
    this.#time.setTimer(next);
  }
}

class TimerPart implements ProcessingTime {
  readonly ring: () => void;
  readonly #time: ProcessingTime;
  readonly #changed: () => void;
  at = NEVER;

  constructor(time: ProcessingTime, ring: () => void, changed: () => void) {
    this.#time = time;
    this.ring = ring;
    this.#changed = changed;
  }

  now(): number {
    return this.#time.now();
  }

  setTimer(at: number): void {
    this.at = at;
    this.#changed();
  }
}
