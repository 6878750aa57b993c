/** After a restore: lists the rows of a store (bucket 0) by the slot of their key, in order. `compare` takes two ids. */
import { MAX_BATCH_ROWS } from "../batch/record-batch.ts";
import type { RowLists } from "./row-lists.ts";
import type { RowStore } from "./row-store.ts";
import type { StateTable } from "./state-backend.ts";

export function listRestoredRows(
  lists: RowLists,
  keys: StateTable,
  rows: RowStore,
  compare: (id: number, other: number) => number,
): void {
  lists.reserve(keys.capacity);
  const bucket = rows.bucket(0);
  if (bucket === undefined) return;
  const ids = new Int32Array(bucket.size);
  bucket.idsInto(ids);
  const slots = new Int32Array(ids.length);
  const ends = new Int32Array(keys.capacity + 1);
  for (let from = 0; from < ids.length; from += MAX_BATCH_ROWS) {
    const part = ids.subarray(from, from + MAX_BATCH_ROWS);
    const found = slots.subarray(from, from + MAX_BATCH_ROWS);
    const columns = rows.gather(part, part.length);
    keys.find(
      rows.descriptor.key.map((key) => columns[key]),
      part.length,
      found,
    );
    for (const slot of found) ends[slot + 1]++;
  }
  for (let slot = 0; slot < keys.capacity; slot++) ends[slot + 1] += ends[slot];
  const bySlot = new Int32Array(ids.length);
  const next = ends.slice();
  for (let i = 0; i < ids.length; i++) bySlot[next[slots[i]]++] = ids[i];
  for (let slot = 0; slot < keys.capacity; slot++) {
    const list = bySlot.subarray(ends[slot], ends[slot + 1]).sort(compare);
    for (const [position, id] of list.entries()) lists.insert(slot, position, id);
  }
}
