/**
 * The binary form of single JavaScript values, tagged, without a schema: ROW, ARRAY, MAP and opaque values in state,
 * snapshots and exchanges.
 *
 * Invariant  the canonical form of two values is the same bytes exactly if they are equal: -0 is 0, NaN is one, a bigint in
 *            the safe range is its number, entries of maps and objects are ordered.
 */
import { MillraceError } from "../errors.ts";
import type { ByteReader } from "./byte-reader.ts";
import { ByteWriter } from "./byte-writer.ts";
import { normalizeExact } from "./column.ts";

const TAG = {
  null: 0,
  false: 1,
  true: 2,
  number: 3,
  bigint: 4,
  text: 5,
  bytes: 6,
  array: 7,
  map: 8,
  object: 9,
  date: 10,
};

/** Appends the value. `canonical` orders the entries of maps and objects, for use as a key. */
export function writeValue(writer: ByteWriter, value: unknown, canonical = false): void {
  switch (typeof value) {
    case "number":
      writer.byte(TAG.number);
      // Adding 0 turns -0 into 0; a NaN is written with its canonical bits.
      writer.float64(Number.isNaN(value) ? Number.NaN : value + 0);
      return;
    case "string":
      writer.byte(TAG.text);
      writer.text(value);
      return;
    case "boolean":
      writer.byte(value ? TAG.true : TAG.false);
      return;
    case "bigint": {
      // As a key a bigint in the safe range is its number; a value comes back as what it was.
      const exact = canonical ? normalizeExact(value) : value;
      if (typeof exact === "number") return writeValue(writer, exact);
      writer.byte(TAG.bigint);
      writer.text(exact.toString());
      return;
    }
    case "undefined":
      writer.byte(TAG.null);
      return;
    case "object":
      return writeObject(writer, value, canonical);
    default:
      throw new MillraceError({
        code: "DATA_INVALID",
        message: `a ${typeof value} cannot be kept in state or sent to another task; use plain objects, arrays, Maps, Dates and scalars`,
      });
  }
}

function writeObject(writer: ByteWriter, value: object | null, canonical: boolean): void {
  if (value === null) writer.byte(TAG.null);
  else if (value instanceof Uint8Array) {
    writer.byte(TAG.bytes);
    writer.int32(value.length);
    writer.raw(value);
  } else if (Array.isArray(value)) {
    writer.byte(TAG.array);
    writer.int32(value.length);
    for (const item of value) writeValue(writer, item, canonical);
  } else if (value instanceof Map) {
    writer.byte(TAG.map);
    writer.int32(value.size);
    if (canonical) writeOrdered(writer, [...value]);
    else {
      for (const [key, item] of value) {
        writeValue(writer, key);
        writeValue(writer, item);
      }
    }
  } else if (value instanceof Date) {
    writer.byte(TAG.date);
    writer.float64(value.getTime());
  } else {
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== null) {
      throw new MillraceError({
        code: "DATA_INVALID",
        message: `an instance of ${value.constructor.name} cannot be kept in state or sent to another task; use plain objects, arrays, Maps, Dates and scalars`,
      });
    }
    const entries = Object.entries(value);
    if (canonical) entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    writer.byte(TAG.object);
    writer.int32(entries.length);
    for (const [key, item] of entries) {
      writer.text(key);
      writeValue(writer, item, canonical);
    }
  }
}

function writeOrdered(writer: ByteWriter, entries: readonly (readonly [unknown, unknown])[]): void {
  const encoded = entries.map(([key, item]) => {
    const own = new ByteWriter();
    writeValue(own, key, true);
    writeValue(own, item, true);
    return own.finish();
  });
  encoded.sort(compareBytes);
  for (const entry of encoded) writer.raw(entry);
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) if (a[i] !== b[i]) return a[i] - b[i];
  return a.length - b.length;
}

/** Reads a value that `writeValue` wrote. */
export function readValue(reader: ByteReader): unknown {
  const tag = reader.byte();
  switch (tag) {
    case TAG.null:
      return null;
    case TAG.false:
      return false;
    case TAG.true:
      return true;
    case TAG.number:
      return reader.float64();
    case TAG.bigint:
      return BigInt(reader.text());
    case TAG.text:
      return reader.text();
    case TAG.bytes:
      return reader.raw(reader.int32()).slice();
    case TAG.array: {
      const items: unknown[] = [];
      for (let rest = reader.int32(); rest > 0; rest--) items.push(readValue(reader));
      return items;
    }
    case TAG.map: {
      const map = new Map<unknown, unknown>();
      for (let rest = reader.int32(); rest > 0; rest--) map.set(readValue(reader), readValue(reader));
      return map;
    }
    case TAG.object: {
      const entries: [string, unknown][] = [];
      for (let rest = reader.int32(); rest > 0; rest--) entries.push([reader.text(), readValue(reader)]);
      return Object.fromEntries(entries);
    }
    case TAG.date:
      return new Date(reader.float64());
    default:
      throw new MillraceError({
        code: "DATA_INVALID",
        message: `value tag ${tag} at byte ${reader.at - 1} is unknown: the bytes are damaged or of a later version`,
      });
  }
}
