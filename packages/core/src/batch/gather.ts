/** Rows picked from columns as a new column: what joins and row selections emit. */
import type { Column, NullMask, Utf8Column } from "./column.ts";
import { columnKindOf } from "./column.ts";
import type { DataType } from "./data-type.ts";
import { type RecordBatch, recordBatch } from "./record-batch.ts";

/** Row `rows[i]` of `column`; -1 gives NULL. Utf8 rows keep pointing into the same bytes. */
export function selectRows(column: Column, rows: Int32Array, length: number): Column {
  const nulls = selectNulls([column], null, rows, length);
  switch (column.kind) {
    case "float64":
      return { kind: "float64", values: selectNumbers(column.values, rows, length), nulls };
    case "bool": {
      const values = new Uint8Array(length);
      for (let i = 0; i < length; i++) if (rows[i] >= 0) values[i] = column.values[rows[i]];
      return { kind: "bool", values, nulls };
    }
    case "utf8": {
      const starts = new Int32Array(length);
      const ends = new Int32Array(length);
      const { starts: fromStarts, ends: fromEnds } = column;
      for (let i = 0; i < length; i++) {
        const row = rows[i];
        if (row < 0) continue;
        starts[i] = fromStarts[row];
        ends[i] = fromEnds[row];
      }
      return { kind: "utf8", bytes: column.bytes, starts, ends, nulls };
    }
    case "wide": {
      const low = new BigInt64Array(length);
      const high = column.high === null ? null : new BigInt64Array(length);
      for (let i = 0; i < length; i++) {
        const row = rows[i];
        if (row < 0) continue;
        low[i] = column.low[row];
        if (high !== null) high[i] = column.high![row];
      }
      return { kind: "wide", low, high, nulls };
    }
    case "value": {
      const values: unknown[] = new Array(length);
      for (let i = 0; i < length; i++) values[i] = rows[i] < 0 ? null : column.values[rows[i]];
      return { kind: "value", values, nulls };
    }
  }
}

/** The picked rows of a batch, with their kinds and timestamps. */
export function selectBatch(batch: RecordBatch, rows: Int32Array, length: number): RecordBatch {
  let kinds: Uint8Array | null = null;
  if (batch.kinds !== null) {
    kinds = new Uint8Array(length);
    for (let i = 0; i < length; i++) kinds[i] = batch.kinds[rows[i]];
  }
  const timestamps = batch.timestamps === null ? null : selectNumbers(batch.timestamps, rows, length);
  const columns = batch.columns.map((column) => selectRows(column, rows, length));
  return recordBatch(length, columns, kinds, timestamps);
}

/** A column of NULLs. */
export function nullColumn(type: DataType, length: number): Column {
  const nulls = new Uint8Array(length).fill(1);
  switch (columnKindOf(type)) {
    case "float64":
      return { kind: "float64", values: new Float64Array(length), nulls };
    case "bool":
      return { kind: "bool", values: new Uint8Array(length), nulls };
    case "utf8":
      return {
        kind: "utf8",
        bytes: new Uint8Array(0),
        starts: new Int32Array(length),
        ends: new Int32Array(length),
        nulls,
      };
    case "value":
      return { kind: "value", values: new Array(length).fill(null), nulls };
  }
}

/** Row `rows[i]` of `sources[from[i]]` (of the only source if `from` is null), all of one type. Copies strings, if they do not share their bytes. */
export function gatherColumn(
  sources: readonly Column[],
  from: Int32Array | null,
  rows: Int32Array,
  length: number,
  type: DataType,
): Column {
  if (sources.length === 0) return nullColumn(type, length);
  const nulls = selectNulls(sources, from, rows, length);
  switch (columnKindOf(type)) {
    case "float64": {
      if (sources.some((source) => source.kind === "wide")) return gatherWide(sources, from, rows, length, nulls);
      const values = new Float64Array(length);
      let source = (sources[0] as Column & { kind: "float64" }).values;
      for (let i = 0; i < length; i++) {
        if (from !== null) source = (sources[from[i]] as Column & { kind: "float64" }).values;
        values[i] = source[rows[i]];
      }
      return { kind: "float64", values, nulls };
    }
    case "bool": {
      const values = new Uint8Array(length);
      for (let i = 0; i < length; i++)
        values[i] = (pick(sources, from, i) as Column & { kind: "bool" }).values[rows[i]];
      return { kind: "bool", values, nulls };
    }
    case "value": {
      const values: unknown[] = new Array(length);
      for (let i = 0; i < length; i++) {
        values[i] = (pick(sources, from, i) as Column & { kind: "value" }).values[rows[i]];
      }
      return { kind: "value", values, nulls };
    }
    case "utf8": {
      const shared = sharedBytes(sources);
      if (shared !== null) return gatherRuns(shared, sources, from, rows, length, nulls);
      const starts = new Int32Array(length);
      const ends = new Int32Array(length);
      let size = 0;
      for (let i = 0; i < length; i++) {
        if (nulls !== null && nulls[i] === 1) continue;
        const source = pick(sources, from, i) as Column & { kind: "utf8" };
        starts[i] = size;
        size += source.ends[rows[i]] - source.starts[rows[i]];
        ends[i] = size;
      }
      const bytes = new Uint8Array(size);
      for (let i = 0; i < length; i++) {
        if (ends[i] === starts[i]) continue;
        const source = pick(sources, from, i) as Column & { kind: "utf8" };
        copyBytes(source.bytes, source.starts[rows[i]], bytes, starts[i], ends[i] - starts[i]);
      }
      return { kind: "utf8", bytes, starts, ends, nulls };
    }
  }
}

/** The bytes that several sources point into, all of them; null if they do not. The bytes of one alone may be taken again. */
function sharedBytes(sources: readonly Column[]): Uint8Array | null {
  const { bytes } = sources[0] as Utf8Column;
  return sources.length > 1 && sources.every((source) => (source as Utf8Column).bytes === bytes) ? bytes : null;
}

function gatherRuns(
  bytes: Uint8Array,
  sources: readonly Column[],
  from: Int32Array | null,
  rows: Int32Array,
  length: number,
  nulls: NullMask,
): Column {
  const starts = new Int32Array(length);
  const ends = new Int32Array(length);
  for (let i = 0; i < length; i++) {
    if (nulls !== null && nulls[i] === 1) continue;
    const source = pick(sources, from, i) as Utf8Column;
    starts[i] = source.starts[rows[i]];
    ends[i] = source.ends[rows[i]];
  }
  return { kind: "utf8", bytes, starts, ends, nulls };
}

/**
 * Rows `from` to `to` of two columns of one type in turn: a before and an after of each change. Copies strings only if the
 * columns point into different bytes.
 */
export function alternateRows(first: Column, second: Column, from: number, to: number, type: DataType): Column {
  const length = (to - from) * 2;
  if (first.kind === "float64" && second.kind === "float64" && first.nulls === null && second.nulls === null) {
    const values = new Float64Array(length);
    for (let i = from, out = 0; i < to; i++) {
      values[out++] = first.values[i];
      values[out++] = second.values[i];
    }
    return { kind: "float64", values, nulls: null };
  }
  const sources = new Int32Array(length);
  const rows = new Int32Array(length);
  for (let out = 0; out < length; out++) {
    sources[out] = out & 1;
    rows[out] = from + (out >> 1);
  }
  if (first.kind !== "utf8" || second.kind !== "utf8" || first.bytes !== second.bytes) {
    return gatherColumn([first, second], sources, rows, length, type);
  }
  const starts = new Int32Array(length);
  const ends = new Int32Array(length);
  for (let i = from, out = 0; i < to; i++) {
    starts[out] = first.starts[i];
    ends[out++] = first.ends[i];
    starts[out] = second.starts[i];
    ends[out++] = second.ends[i];
  }
  const nulls = selectNulls([first, second], sources, rows, length);
  return { kind: "utf8", bytes: first.bytes, starts, ends, nulls };
}

/** Copies bytes; short runs by a loop, which beats the call of `set` on a subarray. */
export function copyBytes(source: Uint8Array, start: number, target: Uint8Array, at: number, length: number): void {
  if (length > 48) target.set(source.subarray(start, start + length), at);
  else for (let i = 0; i < length; i++) target[at + i] = source[start + i];
}

function pick(sources: readonly Column[], from: Int32Array | null, i: number): Column {
  return from === null ? sources[0] : sources[from[i]];
}

function selectNumbers(values: Float64Array, rows: Int32Array, length: number): Float64Array {
  const out = new Float64Array(length);
  for (let i = 0; i < length; i++) if (rows[i] >= 0) out[i] = values[rows[i]];
  return out;
}

function selectNulls(sources: readonly Column[], from: Int32Array | null, rows: Int32Array, length: number): NullMask {
  const nullable = sources.some((source) => source.nulls !== null);
  let nulls: Uint8Array | null = null;
  for (let i = 0; i < length; i++) {
    const row = rows[i];
    if (row >= 0) {
      if (!nullable) continue;
      const mask = pick(sources, from, i).nulls;
      if (mask === null || mask[row] !== 1) continue;
    }
    if (nulls === null) nulls = new Uint8Array(length);
    nulls[i] = 1;
  }
  return nulls;
}

function gatherWide(
  sources: readonly Column[],
  from: Int32Array | null,
  rows: Int32Array,
  length: number,
  nulls: NullMask,
): Column {
  const low = new BigInt64Array(length);
  const needsHigh = sources.some((source) => source.kind === "wide" && source.high !== null);
  const high = needsHigh ? new BigInt64Array(length) : null;
  for (let i = 0; i < length; i++) {
    if (nulls !== null && nulls[i] === 1) continue;
    const source = pick(sources, from, i);
    const row = rows[i];
    if (source.kind === "wide") {
      low[i] = source.low[row];
      if (high !== null) high[i] = source.high === null ? source.low[row] >> 63n : source.high[row];
    } else {
      low[i] = BigInt((source as Column & { kind: "float64" }).values[row]);
      if (high !== null) high[i] = low[i] >> 63n;
    }
  }
  return { kind: "wide", low, high, nulls };
}
