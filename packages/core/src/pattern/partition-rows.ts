import { shrink } from "../state/shrink.ts";
import type { DeadStates } from "./dead-states.ts";
import type { MatchPath } from "./match-path.ts";

/** The search for a match that begins with one row: partial matches in the order of preference. */
export interface MatchRun {
  states: number[];
  /** `paths[i]` is in `states[i]`; null before the first row. */
  paths: (MatchPath | null)[];
  /** Position of the row that is looked at next. */
  cursor: number;
  /** The best complete match so far; the partial matches that are left are preferred to it. Null is the empty match. */
  candidate: MatchPath | null;
  hasCandidate: boolean;
  /** The states before the rows from SHORT_MATCH rows behind the first one on, as for DeadStates; empty if nobody wants to know. */
  trace: number[];
}

/** The rows of one partition that may still matter, in order, and how far the search has come. */
export class PartitionRows {
  readonly #slots: number[] = [];
  #head = 0;
  #first = 0;
  /** Position of the row that the match that is looked for begins with. */
  start = 0;
  /** One more than the position of the last row that was in a match. */
  matchedTo = 0;
  /** Null until the row at `start` has been looked at. */
  run: MatchRun | null = null;
  /** What failed searches have found; null if nothing. */
  dead: DeadStates | null = null;
  /** Up to when the searches that are finished had to wait. */
  decidedAt: number = Number.NEGATIVE_INFINITY;

  /** One more than the position of the last row. */
  get end(): number {
    return this.#first + this.#slots.length - this.#head;
  }

  /** Position of the first row that is kept. */
  get first(): number {
    return this.#first;
  }

  append(slot: number): void {
    this.#slots.push(slot);
  }

  /** -1 if the row is not there (any more). */
  slotAt(position: number): number {
    const index = position - this.#first;
    return index < 0 || position >= this.end ? -1 : this.#slots[this.#head + index];
  }

  /** Forgets the rows before `position`, and takes them out of what keeps them. */
  dropBefore(position: number, keeper: { remove(slot: number): void }): void {
    const count = Math.min(position, this.end) - this.#first;
    if (count <= 0) return;
    if (this.dead !== null && this.dead.end <= position) this.dead = null;
    for (let i = 0; i < count; i++) keeper.remove(this.#slots[this.#head + i]);
    this.#head += count;
    this.#first += count;
    if (this.#head === this.#slots.length) shrink(this.#slots, 0);
    else if (this.#head < 64 || this.#head * 2 < this.#slots.length) return;
    else this.#slots.splice(0, this.#head);
    this.#head = 0;
  }

  /** As new. */
  reset(): void {
    shrink(this.#slots, 0);
    this.#head = 0;
    this.#first = 0;
    this.start = 0;
    this.matchedTo = 0;
    this.run = null;
    this.dead = null;
    this.decidedAt = Number.NEGATIVE_INFINITY;
  }
}
