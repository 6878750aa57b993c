/**
 * The order of SQL over two values of one type that are not NULL, as `valueAt` gives them: negative, 0 or positive.
 * NaN is greater than every number; strings go by code point; bytes as unsigned; FALSE before TRUE; ROWs and ARRAYs by element.
 */
export function compareValues(a: unknown, b: unknown): number {
  if (typeof a === "string" && typeof b === "string") return compareText(a, b);
  if (typeof a === "object" && typeof b === "object") return compareObjects(a, b);
  const left = a as number | bigint;
  const right = b as number | bigint;
  if (left < right) return -1;
  if (left > right) return 1;
  return (Number.isNaN(left) ? 1 : 0) - (Number.isNaN(right) ? 1 : 0);
}

function compareText(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x === y) continue;
    // Surrogates stand for code points above 0xFFFF: greater than the units from 0xE000 on.
    const xIsSurrogate = (x & 0xf800) === 0xd800;
    const yIsSurrogate = (y & 0xf800) === 0xd800;
    if (xIsSurrogate !== yIsSurrogate) return xIsSurrogate ? 1 : -1;
    return x - y;
  }
  return a.length - b.length;
}

function compareObjects(a: unknown, b: unknown): number {
  if (a instanceof Uint8Array && b instanceof Uint8Array) return compareSequences(a, b);
  if (Array.isArray(a) && Array.isArray(b)) return compareSequences(a, b);
  if (a instanceof Date && b instanceof Date) return a.getTime() - b.getTime();
  return (a === null ? 0 : 1) - (b === null ? 0 : 1);
}

function compareSequences(a: ArrayLike<unknown>, b: ArrayLike<unknown>): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const order =
      a[i] === null || b[i] === null ? Number(a[i] !== null) - Number(b[i] !== null) : compareValues(a[i], b[i]);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}
