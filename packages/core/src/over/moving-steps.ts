import type { MovingSteps } from "../aggregate/fused-loop.ts";
import { grown } from "../state/byte-arena.ts";

/** Steps as they are listed, in arrays that grow. */
export class StepList implements MovingSteps {
  length = 0;
  signs: Int8Array = new Int8Array(1024);
  rows: Int32Array = new Int32Array(1024);
  slots: Int32Array = new Int32Array(1024);
  notes: Int32Array = new Int32Array(1024);

  /** Makes room for further steps. */
  reserve(count: number): void {
    const needed = this.length + count;
    if (needed <= this.signs.length) return;
    const capacity = Math.max(needed, this.signs.length * 2);
    const signs = new Int8Array(capacity);
    signs.set(this.signs);
    this.signs = signs;
    this.rows = grown(this.rows, new Int32Array(capacity));
    this.slots = grown(this.slots, new Int32Array(capacity));
    this.notes = grown(this.notes, new Int32Array(capacity));
  }

  /** Adds a step there is room for. */
  push(sign: number, row: number, slot: number): void {
    const at = this.length++;
    this.signs[at] = sign;
    this.rows[at] = row;
    this.slots[at] = slot;
    this.notes[at] = -1;
  }

  /** What the steps from `since` on have led to is noted as `note`; there is room for a step. */
  note(note: number, since: number, slot: number): void {
    if (this.length === since) this.push(0, 0, slot);
    this.notes[this.length - 1] = note;
  }
}
