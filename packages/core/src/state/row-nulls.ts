import type { Column } from "../batch/column.ts";
import { CHUNK_MASK } from "./row-id.ts";

/** The null mask of a column: absent until a NULL comes. */
export function writeNulls(
  mask: Uint8Array | null,
  capacity: number,
  source: Column,
  rows: Int32Array,
  ids: Int32Array,
  from: number,
  to: number,
): Uint8Array | null {
  const { nulls } = source;
  if (nulls === null && mask === null) return null;
  for (let i = from; i < to; i++) {
    const isNull = nulls !== null && nulls[rows[i]] === 1;
    if (isNull && mask === null) mask = new Uint8Array(capacity);
    if (mask !== null) mask[ids[i] & CHUNK_MASK] = isNull ? 1 : 0;
  }
  return mask;
}
