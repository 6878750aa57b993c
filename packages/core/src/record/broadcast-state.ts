/**
 * A map that is the same on each instance of an operator: each has got the same records to build it from.
 *
 * Invariant  it changes only while a record of the broadcast input is processed.
 * State      a table from its key to its value; a snapshot is read whole by every instance.
 * Cost       a look-up in a Map per call.
 */
import type { StateBackend, StateTable } from "../state/state-backend.ts";
import { VALUE_TYPE } from "./keyed-state.ts";
import type { MapKey, MapState } from "./state-declaration.ts";

export class BroadcastState implements MapState<MapKey, unknown> {
  readonly #name: string;
  readonly #table: StateTable;
  isWritable = false;

  constructor(name: string, backend: StateBackend) {
    this.#name = name;
    this.#table = backend.table({
      name: `broadcast:${name}`,
      key: [{ name: "key", type: VALUE_TYPE }],
      values: [{ name: "value", type: VALUE_TYPE }],
      isBroadcast: true,
    });
  }

  get(key: MapKey): unknown {
    const slot = this.#table.findKey(key);
    return slot < 0 ? undefined : this.#table.columns[0].get(slot);
  }

  has(key: MapKey): boolean {
    return this.#table.findKey(key) >= 0;
  }

  set(key: MapKey, value: unknown): void {
    this.#checkWritable();
    this.#table.columns[0].set(this.#table.slotOf(key), value ?? null);
  }

  delete(key: MapKey): boolean {
    this.#checkWritable();
    const slot = this.#table.findKey(key);
    if (slot < 0) return false;
    this.#table.remove(slot);
    return true;
  }

  keys(): IterableIterator<MapKey> {
    return this.#entries()
      .map(([key]) => key)
      [Symbol.iterator]();
  }

  values(): IterableIterator<unknown> {
    return this.#entries()
      .map(([, value]) => value)
      [Symbol.iterator]();
  }

  entries(): IterableIterator<[MapKey, unknown]> {
    return this.#entries()[Symbol.iterator]();
  }

  clear(): void {
    this.#checkWritable();
    this.#table.clear();
  }

  get size(): number {
    return this.#table.size;
  }

  #entries(): [MapKey, unknown][] {
    const entries: [MapKey, unknown][] = [];
    this.#table.forEachSlot((slot) => {
      entries.push([this.#table.keyAt(slot) as MapKey, this.#table.columns[0].get(slot)]);
    });
    return entries;
  }

  /** On one instance alone it would no longer be the same everywhere. */
  #checkWritable(): void {
    if (this.isWritable) return;
    throw new TypeError(`broadcast state '${this.#name}' can be changed in onBroadcast only`);
  }
}
