/** 0, 1, 2 ... as slots. */
let numbers = Int32Array.from({ length: 4096 }, (_, i) => i);

/** The first numbers, shared: only for reading. */
export function rowNumbers(length: number): Int32Array {
  if (numbers.length < length) numbers = Int32Array.from({ length: length * 2 }, (_, i) => i);
  return numbers;
}
