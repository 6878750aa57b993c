import { MAX_BATCH_ROWS } from "../batch/record-batch.ts";
import type { StateTable } from "./state-backend.ts";

/** Calls back with the slots in use, in pieces of at most MAX_BATCH_ROWS. */
export function forEachPiece(table: StateTable, visit: (slots: Int32Array, length: number) => void): void {
  const slots = slotsInUse(table);
  for (let from = 0; from < slots.length; from += MAX_BATCH_ROWS) {
    const piece = slots.subarray(from, from + MAX_BATCH_ROWS);
    visit(piece, piece.length);
  }
}

export function slotsInUse(table: StateTable): Int32Array {
  const slots = new Int32Array(table.size);
  let count = 0;
  table.forEachSlot((slot) => {
    slots[count++] = slot;
  });
  return slots;
}
