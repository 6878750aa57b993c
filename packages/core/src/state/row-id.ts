/** A row's id in a row store: the number of its chunk, and its place there. */
export const CHUNK_BITS = 12;
export const CHUNK_ROWS: number = 1 << CHUNK_BITS;
export const CHUNK_MASK: number = CHUNK_ROWS - 1;
