/** Cuts an array. Far cheaper than setting its length, which leaves compiled code, where few elements go. */
export function shrink(array: unknown[], length: number): void {
  if (array.length - length > 64) array.length = length;
  else while (array.length > length) array.pop();
}
