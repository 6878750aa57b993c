/**
 * Bitmaps in the portable form of Roaring: values by their upper 16 bits in containers, which are a list of the lower bits, 8 KiB
 * of bits, or (only read) runs. Flink's BITMAP_TO_BYTES writes this form.
 */

/** A set of 32-bit integers: sorted, unsigned, each once. */
export type Bitmap = readonly number[];

const COOKIE = 12346;
const COOKIE_WITH_RUNS = 12347;
const MAX_LISTED = 4096;
const BITS_BYTES = 8192;
/** Fewer containers than this, if some are runs, have no table of offsets. */
const OFFSETS_FROM = 4;

export function writeBitmap(bitmap: Bitmap): Uint8Array {
  const containers: { readonly key: number; readonly from: number; readonly to: number }[] = [];
  for (let from = 0; from < bitmap.length; ) {
    const key = bitmap[from] >>> 16;
    let to = from;
    while (to < bitmap.length && bitmap[to] >>> 16 === key) to++;
    containers.push({ key, from, to });
    from = to;
  }
  const sizeOf = (count: number) => (count > MAX_LISTED ? BITS_BYTES : 2 * count);
  const headBytes = 8 + 8 * containers.length;
  const size = containers.reduce((sum, { from, to }) => sum + sizeOf(to - from), headBytes);
  const view = new DataView(new ArrayBuffer(size));
  view.setUint32(0, COOKIE, true);
  view.setUint32(4, containers.length, true);
  let at = headBytes;
  containers.forEach(({ key, from, to }, i) => {
    const count = to - from;
    view.setUint16(8 + 4 * i, key, true);
    view.setUint16(10 + 4 * i, count - 1, true);
    view.setUint32(8 + 4 * containers.length + 4 * i, at, true);
    for (let v = from; v < to; v++) {
      const low = bitmap[v] & 0xffff;
      if (count <= MAX_LISTED) view.setUint16(at + 2 * (v - from), low, true);
      else view.setUint8(at + (low >> 3), view.getUint8(at + (low >> 3)) | (1 << (low & 7)));
    }
    at += sizeOf(count);
  });
  return new Uint8Array(view.buffer);
}

/** Null if the bytes are no bitmap. */
export function readBitmap(bytes: Uint8Array): Bitmap | null {
  try {
    return read(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  } catch (error) {
    if (error instanceof RangeError) return null; // it ends too early
    throw error;
  }
}

function read(view: DataView): Bitmap | null {
  const head = view.getUint32(0, true);
  const hasRuns = (head & 0xffff) === COOKIE_WITH_RUNS;
  if (!hasRuns && head !== COOKIE) return null;
  const count = hasRuns ? (head >>> 16) + 1 : view.getUint32(4, true);
  if (count > 65_536) return null;
  const runsAt = 4;
  const keysAt = hasRuns ? runsAt + ((count + 7) >> 3) : 8;
  const hasOffsets = !hasRuns || count >= OFFSETS_FROM;
  let at = keysAt + 4 * count + (hasOffsets ? 4 * count : 0);
  const values: number[] = [];
  let last = -1;
  for (let i = 0; i < count; i++) {
    const key = view.getUint16(keysAt + 4 * i, true);
    if (key <= last) return null;
    last = key;
    const size = view.getUint16(keysAt + 4 * i + 2, true) + 1;
    const isRuns = hasRuns && ((view.getUint8(runsAt + (i >> 3)) >> (i & 7)) & 1) === 1;
    at = isRuns ? readRuns(view, at, key, values) : readContainer(view, at, key, size, values);
  }
  return isSorted(values) ? values : null;
}

function readRuns(view: DataView, at: number, key: number, values: number[]): number {
  const runs = view.getUint16(at, true);
  for (let r = 0; r < runs; r++) {
    const start = view.getUint16(at + 2 + 4 * r, true);
    const more = view.getUint16(at + 4 + 4 * r, true);
    for (let low = start; low <= start + more; low++) values.push(key * 65_536 + low);
  }
  return at + 2 + 4 * runs;
}

function readContainer(view: DataView, at: number, key: number, size: number, values: number[]): number {
  if (size <= MAX_LISTED) {
    for (let v = 0; v < size; v++) values.push(key * 65_536 + view.getUint16(at + 2 * v, true));
    return at + 2 * size;
  }
  for (let low = 0; low < 65_536; low++)
    if (((view.getUint8(at + (low >> 3)) >> (low & 7)) & 1) === 1) values.push(key * 65_536 + low);
  return at + BITS_BYTES;
}

function isSorted(values: Bitmap): boolean {
  for (let i = 1; i < values.length; i++) if (values[i] <= values[i - 1]) return false;
  return true;
}
