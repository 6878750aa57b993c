/** What a row of a changelog does to the table it describes. The numbers are part of the batch codec. */
export const RowKind = { insert: 0, updateBefore: 1, updateAfter: 2, delete: 3 } as const;
export type RowKind = (typeof RowKind)[keyof typeof RowKind];

/** The names used in output: `+I -U +U -D`. */
export const rowKindText: readonly string[] = ["+I", "-U", "+U", "-D"];

/** +1 for rows that add to the table (+I, +U), -1 for rows that take away (-U, -D). */
export const rowKindSign: readonly number[] = [1, -1, 1, -1];
