/** The rows of each number, numbers in the order of their first rows; null if all rows have the same one, or there is no row. */
export function rowsByValue(values: Float64Array, length: number): ReadonlyMap<number, Int32Array> | null {
  let row = 1;
  while (row < length && values[row] === values[0]) row++;
  if (row >= length) return null;
  const rowsOf = new Map<number, number[]>();
  for (row = 0; row < length; row++) {
    const rows = rowsOf.get(values[row]);
    if (rows === undefined) rowsOf.set(values[row], [row]);
    else rows.push(row);
  }
  return new Map([...rowsOf].map(([value, rows]) => [value, Int32Array.from(rows)]));
}
