import { keyIdentity } from "../batch/key-identity.ts";

/** From keys that are JavaScript values to slots, for tables with such a key alone: a Map, which is what hashes strings best. */
export class ValueIndex {
  readonly #slots = new Map<unknown, number>();

  /** The slot of the key, -1 if absent. */
  get(key: unknown): number {
    return this.#slots.get(keyIdentity(key)) ?? -1;
  }

  add(key: unknown, slot: number): void {
    this.#slots.set(keyIdentity(key), slot);
  }

  remove(key: unknown): void {
    this.#slots.delete(keyIdentity(key));
  }

  get byteSize(): number {
    return this.#slots.size * ENTRY_BYTES;
  }
}

/** Of V8's ordered hash table: key, value, chain and bucket, at the load it has on average. */
const ENTRY_BYTES = 40;
