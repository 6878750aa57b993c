/**
 * A number per slot: a float64, and beside it, from the first value outside the safe range on, the exact 128-bit integer.
 *
 * Invariant  `values[slot]` is the number nearest to the value; it is exact unless |values[slot]| > 2^53 - 1 and `low` is
 *            present, then `low` and `high` hold the value. A safe number therefore never equals the entry of an unsafe one.
 */
import { type WideColumn, wideAt } from "../batch/column.ts";
import { grown } from "./byte-arena.ts";

export class ExactNumbers {
  values: Float64Array;
  low: BigInt64Array | null = null;
  high: BigInt64Array | null = null;

  constructor(capacity: number) {
    this.values = new Float64Array(capacity);
  }

  grow(capacity: number): void {
    this.values = grown(this.values, new Float64Array(capacity));
    if (this.low === null || this.high === null) return;
    this.low = grown(this.low, new BigInt64Array(capacity));
    this.high = grown(this.high, new BigInt64Array(capacity));
  }

  setBigInt(slot: number, value: bigint): void {
    const number = Number(value);
    this.values[slot] = number;
    if (Number.isSafeInteger(number)) return;
    if (this.low === null || this.high === null) {
      this.low = new BigInt64Array(this.values.length);
      this.high = new BigInt64Array(this.values.length);
    }
    this.low[slot] = BigInt.asIntN(64, value);
    this.high[slot] = value >> 64n;
  }

  /** Number or bigint, as `valueAt`. Meant for exact types once `low` is present. */
  get(slot: number): number | bigint {
    const number = this.values[slot];
    if (this.low === null || this.high === null || Number.isSafeInteger(number)) return number;
    return (this.high[slot] << 64n) | BigInt.asUintN(64, this.low[slot]);
  }

  equalsWide(slot: number, column: WideColumn, row: number): boolean {
    const value = wideAt(column, row);
    if (this.values[slot] !== Number(value)) return false;
    const own = this.get(slot);
    return typeof own === "number" ? Number.isSafeInteger(own) : own === value;
  }

  /** The values of slots as a wide column. */
  wideColumn(slots: Int32Array, length: number, nulls: Uint8Array | null): WideColumn {
    const low = new BigInt64Array(length);
    const high = new BigInt64Array(length);
    let needsHigh = false;
    for (let i = 0; i < length; i++) {
      if (nulls !== null && nulls[i] === 1) continue;
      const value = this.get(slots[i]);
      if (typeof value === "number") {
        low[i] = BigInt(value);
        high[i] = low[i] >> 63n;
      } else {
        low[i] = BigInt.asIntN(64, value);
        high[i] = value >> 64n;
        if (high[i] !== low[i] >> 63n) needsHigh = true;
      }
    }
    return { kind: "wide", low, high: needsHigh ? high : null, nulls };
  }

  get byteSize(): number {
    return this.values.byteLength + (this.low === null ? 0 : this.low.byteLength * 2);
  }
}
