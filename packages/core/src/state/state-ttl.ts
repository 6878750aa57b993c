/**
 * Time to live of state: what was not written for `ttlMs` of processing time is as if it were not there, and is freed.
 *
 * Invariant  an entry is gone from `written + ttlMs <= now` on, whether it was freed yet or not: who looks it up asks.
 * State      when each entry was written, as a column of its table or store: `WRITTEN_FIELD`.
 * Cost       a timer looks at SLICE_ENTRIES entries and frees those that are gone; a round over all takes an eighth of the time
 *            to live, so that at most that much more is held.
 */
import type { Column, Float64Column } from "../batch/column.ts";
import type { Field } from "../batch/data-type.ts";
import { MillraceError } from "../errors.ts";
import type { ProcessingTime } from "../time/processing-time.ts";
import { CHUNK_MASK } from "./row-id.ts";
import type { RowStore } from "./row-store.ts";
import type { StateTable } from "./state-backend.ts";

/** When an entry was written, ms since the epoch; NULL in free places. */
export const WRITTEN_FIELD: Field = { name: "$written", type: { kind: "double", nullable: true } };

const SLICE_ENTRIES = 4096;
const MIN_ROUND_MS = 100;

/** A time to live and the processing time it is measured by, read once per call of the operator. */
export class StateTtl {
  readonly ttlMs: number;
  readonly #time: ProcessingTime;
  now = 0;

  constructor(ttlMs: number, time: ProcessingTime) {
    this.ttlMs = ttlMs;
    this.#time = time;
    this.begin();
  }

  /** Begins a call of the operator. */
  begin(): void {
    this.now = this.#time.now();
  }

  hasPassed(written: number): boolean {
    return written + this.ttlMs <= this.now;
  }
}

/** What is swept: places from 0 to `placeLimit`, some of them free. */
interface SweptState {
  readonly ttl: StateTtl;
  readonly placeLimit: number;
  sweep(from: number, to: number): void;
}

/** The times of a table's entries: its value column `column` is WRITTEN_FIELD. */
export class TableTtl implements SweptState {
  readonly ttl: StateTtl;
  readonly #table: StateTable;
  readonly #column: number;
  readonly #free: (slot: number) => void;

  constructor(ttl: StateTtl, table: StateTable, column: number, free = (slot: number): void => table.remove(slot)) {
    this.ttl = ttl;
    this.#table = table;
    this.#column = column;
    this.#free = free;
  }

  get placeLimit(): number {
    return this.#table.capacity;
  }

  /** Of a slot in use that was written before. */
  hasPassed(slot: number): boolean {
    return this.ttl.hasPassed(this.#table.columns[this.#column].float64![slot]);
  }

  touch(slot: number): void {
    const { float64, nulls } = this.#table.columns[this.#column];
    float64![slot] = this.ttl.now;
    nulls[slot] = 0;
  }

  /** Of each row of a batch its slot is written, those that have passed are forgotten before: by `forget`, once. */
  renew(slots: Int32Array, wasInserted: Uint8Array, length: number, forget: (slot: number) => void): void {
    for (let row = 0; row < length; row++) {
      const slot = slots[row];
      if (wasInserted[row] === 0 && this.hasPassed(slot)) forget(slot);
      this.touch(slot);
    }
  }

  touchAll(slots: Int32Array, length: number): void {
    const { float64, nulls } = this.#table.columns[this.#column];
    const { now } = this.ttl;
    for (let i = 0; i < length; i++) {
      float64![slots[i]] = now;
      nulls[slots[i]] = 0;
    }
  }

  sweep(from: number, to: number): void {
    const { float64, nulls } = this.#table.columns[this.#column];
    for (let slot = from; slot < to; slot++) {
      if (nulls[slot] === 0 && this.ttl.hasPassed(float64![slot])) this.#free(slot);
    }
  }
}

/**
 * The times of a store's rows: its field `column` is WRITTEN_FIELD. Rows that are the same are one entry: they live as long as
 * the newest, and go together. Before one is added or taken out of them, `forgetSame`.
 */
export class RowTtl implements SweptState {
  readonly ttl: StateTtl;
  readonly #store: RowStore;
  readonly #column: number;

  constructor(ttl: StateTtl, store: RowStore, column: number) {
    this.ttl = ttl;
    this.#store = store;
    this.#column = column;
    this.#findNewest();
  }

  get placeLimit(): number {
    return this.#store.idLimit;
  }

  /** After a restore rows stand in any order: the first of the same is told the latest time. */
  #findNewest(): void {
    const store = this.#store;
    for (let id = 0; id < store.idLimit; id++) {
      if (!store.isLive(id)) continue;
      const first = store.newestSame(id);
      const time = this.#timesOf(id)[id & CHUNK_MASK];
      const times = this.#timesOf(first);
      if (times[first & CHUNK_MASK] < time) times[first & CHUNK_MASK] = time;
    }
  }

  #timesOf(id: number): Float64Array {
    return (this.#store.batchOf(id).columns[this.#column] as Float64Column).values;
  }

  hasPassed(id: number): boolean {
    if (!this.ttl.hasPassed(this.#timesOf(id)[id & CHUNK_MASK])) return false;
    const newest = this.#store.newestSame(id);
    return newest === id || this.ttl.hasPassed(this.#timesOf(newest)[newest & CHUNK_MASK]);
  }

  touch(id: number): void {
    this.#timesOf(id)[id & CHUNK_MASK] = this.ttl.now;
  }

  /** Frees the rows that are the same as a row of the columns if they are gone. */
  forgetSame(bucket: number, columns: readonly Column[], row: number): void {
    const store = this.#store;
    let id = store.findRow(bucket, columns, row);
    if (id < 0 || !this.hasPassed(id)) return;
    for (; id >= 0; id = store.findRow(bucket, columns, row)) store.remove(bucket, id);
  }

  sweep(from: number, to: number): void {
    const store = this.#store;
    for (let id = from; id < to; id++) if (store.isLive(id) && this.hasPassed(id)) store.remove(store.bucketOf(id), id);
  }
}

/** Frees what is gone of an operator's states, by its timer. */
export class TtlSweep {
  readonly #time: ProcessingTime;
  readonly #states: readonly SweptState[];
  readonly #roundMs: number;
  #state = 0;
  #place = 0;

  constructor(time: ProcessingTime, states: readonly SweptState[]) {
    this.#time = time;
    this.#states = states;
    this.#roundMs = Math.max(MIN_ROUND_MS, Math.min(...states.map(({ ttl }) => ttl.ttlMs)) / 8);
    time.setTimer(time.now() + this.#roundMs);
  }

  /** Sweeps a slice and sets the timer for the next. */
  onTimer(): void {
    let left = SLICE_ENTRIES;
    while (left > 0 && this.#state < this.#states.length) {
      const state = this.#states[this.#state];
      const to = Math.min(state.placeLimit, this.#place + left);
      state.ttl.begin();
      state.sweep(this.#place, to);
      left -= to - this.#place;
      this.#place = to;
      if (to < state.placeLimit) continue;
      this.#state++;
      this.#place = 0;
    }
    if (this.#state === this.#states.length) this.#state = 0;
    const places = this.#states.reduce((sum, { placeLimit }) => sum + placeLimit, 0);
    this.#time.setTimer(this.#time.now() + Math.max(1, this.#roundMs / Math.max(1, Math.ceil(places / SLICE_ENTRIES))));
  }
}

/** The processing time of an operator that cannot do without. */
export function processingTimeOf(context: {
  readonly operatorId: string;
  readonly processingTime?: ProcessingTime;
}): ProcessingTime {
  if (context.processingTime !== undefined) return context.processingTime;
  throw new MillraceError({
    code: "INVARIANT",
    message: `broken invariant: operator ${context.operatorId} needs processing time and is given none`,
  });
}
