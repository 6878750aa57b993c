import type { Json, SplitPosition } from "@millrace/core";
import { MAX_BATCH_ROWS, MillraceError } from "@millrace/core";
import type { NexmarkGenerator, RandomState } from "./generator.ts";

/** At most so many events are drawn per call, so that a call stays short where most events are left out. */
const MAX_EVENTS_PER_FILL = 1 << 15;

/** Events in the order in which they are emitted. */
export interface EventStream {
  /** Events emitted since the start of the data, left out ones included. */
  readonly emitted: number;
  readonly ended: boolean;
  /** Emits at most `budget` events into the generator's columns, from row 0. Returns the number of rows. */
  fill(budget: number): number;
  position(): SplitPosition;
}

interface OrderedPosition {
  readonly event: number;
  readonly state: RandomState;
}

/** Events in the order of their times. Its position holds the random state, so that resuming costs nothing. */
export class OrderedStream implements EventStream {
  readonly #generator: NexmarkGenerator;
  readonly #count: number;

  constructor(generator: NexmarkGenerator, count: number, position: SplitPosition | null) {
    this.#generator = generator;
    this.#count = count;
    if (position !== null) {
      const { event, state } = readPosition<OrderedPosition>(position, ["event", "state"]);
      generator.seek(event, ...state);
    }
  }

  get emitted(): number {
    return this.#generator.next;
  }

  get ended(): boolean {
    return this.#generator.next >= this.#count;
  }

  fill(budget: number): number {
    const generator = this.#generator;
    return generator.fill(Math.min(this.#count, generator.next + Math.min(budget, MAX_EVENTS_PER_FILL)), 0);
  }

  position(): SplitPosition {
    return { event: this.#generator.next, state: this.#generator.state };
  }
}

interface DisorderedPosition extends OrderedPosition {
  readonly emitted: number;
  /** Delayed time and number of the last emitted event. */
  readonly after: readonly [number, number];
}

/**
 * Events delayed by a random time of 0 to `disorderMs`, in the order of the delayed times, and of their numbers where those are equal.
 *
 * Invariant  an event may be emitted once no later one can get an earlier delayed time: when `timeOf(next)` has reached its own.
 *            Pending delayed times thus lie in [timeOf(next), timeOf(next) + disorderMs]: one FIFO list per millisecond, in
 *            a ring, sorts them without comparisons.
 * State      32 bytes per pending event: what is kept is the random state at its start; it is drawn again when emitted.
 * Cost       two draws of each event instead of one.
 */
export class DisorderedStream implements EventStream {
  readonly #generator: NexmarkGenerator;
  readonly #count: number;
  readonly #disorderMs: number;
  /** First and last pending slot per millisecond of delayed time, -1 = none. */
  readonly #heads: Int32Array;
  readonly #tails: Int32Array;
  /** By slot (event number modulo capacity). */
  readonly #capacity: number;
  readonly #followers: Int32Array;
  readonly #states: Int32Array;
  readonly #events: Float64Array;
  readonly #isPending: Uint8Array;
  #pending = 0;
  /** No event before this one is pending. */
  #lowest = 0;
  /** Delayed time that is being emitted. */
  #time: number;
  #next = 0;
  /** Where the draws of event `#next` begin. */
  readonly #nextState = new Int32Array(4);
  emitted = 0;
  /** Delayed time and number of the last emitted event. */
  #lastTime = -1;
  #lastEvent = -1;

  constructor(
    generator: NexmarkGenerator,
    count: number,
    disorderMs: number,
    rate: number,
    position: SplitPosition | null,
  ) {
    this.#generator = generator;
    this.#count = count;
    this.#disorderMs = disorderMs;
    const capacity = Math.min(count, Math.ceil(((disorderMs + 2) * rate) / 1000)) + 2;
    if (capacity > 1 << 24) {
      throw new MillraceError({
        code: "OPTION_INVALID",
        message: `option 'disorder' = ${disorderMs} ms at 'rate' = ${rate} keeps ${capacity} events back; at most ${1 << 24} are possible`,
      });
    }
    this.#capacity = capacity;
    this.#followers = new Int32Array(capacity);
    this.#states = new Int32Array(capacity * 4);
    this.#events = new Float64Array(capacity);
    this.#isPending = new Uint8Array(capacity);
    this.#heads = new Int32Array(disorderMs + 1).fill(-1);
    this.#tails = new Int32Array(disorderMs + 1).fill(-1);
    if (position !== null) {
      const from = readPosition<DisorderedPosition>(position, ["event", "state", "emitted", "after"]);
      generator.seek(from.event, ...from.state);
      this.emitted = from.emitted;
      [this.#lastTime, this.#lastEvent] = from.after;
      this.#next = this.#lowest = from.event;
    }
    generator.saveState(this.#nextState, 0);
    this.#time = generator.timeOf(this.#next);
  }

  get ended(): boolean {
    return this.#next >= this.#count && this.#pending === 0;
  }

  fill(budget: number): number {
    const generator = this.#generator;
    const last = this.emitted + Math.min(budget, MAX_EVENTS_PER_FILL);
    let row = 0;
    while (row < MAX_BATCH_ROWS && this.emitted < last) {
      const horizon = this.#next < this.#count ? generator.timeOf(this.#next) : Number.POSITIVE_INFINITY;
      const slot = this.#firstUntil(horizon);
      if (slot >= 0) {
        row = this.#emit(slot, row);
      } else if (this.#next < this.#count) {
        this.#draw(row);
      } else break;
    }
    return row;
  }

  /** Moves to the first pending delayed time up to `horizon`; its first slot, or -1. */
  #firstUntil(horizon: number): number {
    if (this.#pending === 0) {
      if (horizon !== Number.POSITIVE_INFINITY) this.#time = Math.max(this.#time, horizon);
      return -1;
    }
    const ring = this.#heads.length;
    for (;;) {
      const head = this.#heads[this.#time % ring];
      if (head >= 0) return head;
      if (this.#time >= horizon) return -1;
      this.#time++;
    }
  }

  /** Draws the next event for its delay, and leaves it out of the batch for now. */
  #draw(row: number): void {
    const generator = this.#generator;
    const n = this.#next++;
    const slot = n % this.#capacity;
    const state = this.#nextState;
    const [s0, s1, s2, s3] = state;
    generator.seek(n, s0, s1, s2, s3);
    const time = generator.timeOf(n) + generator.below(this.#disorderMs + 1);
    generator.fill(n + 1, row);
    generator.saveState(state, 0);
    // Emitted before the checkpoint that this stream resumes.
    if (time < this.#lastTime || (time === this.#lastTime && n <= this.#lastEvent)) return;
    const at = slot * 4;
    this.#states[at] = s0;
    this.#states[at + 1] = s1;
    this.#states[at + 2] = s2;
    this.#states[at + 3] = s3;
    this.#events[slot] = n;
    this.#isPending[slot] = 1;
    this.#followers[slot] = -1;
    this.#pending++;
    const bucket = time % this.#heads.length;
    if (this.#heads[bucket] < 0) this.#heads[bucket] = slot;
    else this.#followers[this.#tails[bucket]] = slot;
    this.#tails[bucket] = slot;
  }

  #emit(slot: number, row: number): number {
    const generator = this.#generator;
    const n = this.#events[slot];
    const at = slot * 4;
    const states = this.#states;
    generator.seek(n, states[at], states[at + 1], states[at + 2], states[at + 3]);
    generator.below(this.#disorderMs + 1);
    this.#heads[this.#time % this.#heads.length] = this.#followers[slot];
    this.#isPending[slot] = 0;
    this.#pending--;
    this.emitted++;
    this.#lastTime = this.#time;
    this.#lastEvent = n;
    return generator.fill(n + 1, row);
  }

  position(): SplitPosition {
    while (this.#lowest < this.#next && !this.#isHeld(this.#lowest)) this.#lowest++;
    const at = (this.#lowest % this.#capacity) * 4;
    const state = Array.from(this.#lowest < this.#next ? this.#states.subarray(at, at + 4) : this.#nextState);
    return { event: this.#lowest, state, emitted: this.emitted, after: [this.#lastTime, this.#lastEvent] };
  }

  /** Whether an event is pending; its slot may have gone to a later one. */
  #isHeld(event: number): boolean {
    const slot = event % this.#capacity;
    return this.#isPending[slot] === 1 && this.#events[slot] === event;
  }
}

function readPosition<T>(position: Json, keys: readonly string[]): T {
  if (typeof position === "object" && position !== null && keys.every((key) => Object.hasOwn(position, key))) {
    return position as T;
  }
  throw new MillraceError({
    code: "STATE_INVALID",
    message: `nexmark: ${JSON.stringify(position)} is no position of this stream (was 'disorder' changed since the checkpoint?)`,
  });
}
