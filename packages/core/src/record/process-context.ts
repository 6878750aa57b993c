import type { TimeDomain, Timestamp } from "../time/time-domain.ts";
import type { MapKey, MapState } from "./state-declaration.ts";

/** What a process function has at hand while it is called. One object per operator: its properties change from call to call. */
export interface ProcessContext {
  /** The key of the record or timer; null where records have none. */
  readonly key: unknown;
  /** Event time of the record or of the event-time timer, ms; undefined if it has none. */
  readonly timestamp: Timestamp | undefined;
  /** Event time at this operator: no record with an earlier time is expected. -Infinity before it has begun. */
  readonly watermark: Timestamp;
  /** Processing time, ms since the epoch. */
  now(): Timestamp;
  /** The declared state, for `key`. */
  readonly state: { readonly [name: string]: unknown };
  /** The same on each instance. Changed while a broadcast record is processed only. */
  readonly broadcast: { readonly [name: string]: MapState<MapKey, unknown> };
  /** While a broadcast record is processed: visits each key that has state or a timer, `state` being its. */
  forEachKey(visit: (key: unknown, state: ProcessContext["state"]) => void): void;
  /** Emits a record with the event time at hand. */
  emit(record: unknown): void;
  /** Emits a record with an event time of its own, ms. */
  emitAt(record: unknown, timestamp: Timestamp): void;
  /** Emits to a declared side output. */
  output(name: string, record: unknown): void;
  /** Has `onTimer` called for the key when time reaches `at`; twice for the same moment is once. */
  setTimer(at: Timestamp, domain?: TimeDomain): void;
  /** Takes it back; whether there was one. */
  clearTimer(at: Timestamp, domain?: TimeDomain): boolean;
}
