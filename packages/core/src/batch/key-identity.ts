import { ByteWriter } from "./byte-writer.ts";
import { normalizeExact } from "./column.ts";
import { writeValue } from "./value-codec.ts";

const writer = new ByteWriter();

/**
 * What stands for a key in a JavaScript Map: the same for keys that are equal by value. Strings, numbers and booleans stand for
 * themselves, null for undefined, a number for a bigint in the safe range, text for objects, arrays, Maps, dates and bytes.
 *
 * Errors: DATA_INVALID for a key that holds what has no value: a function, a symbol, an instance of a class.
 *
 * @example
 * keyIdentity([1, "a"]) === keyIdentity([1, "a"]) // true
 */
export function keyIdentity(key: unknown): unknown {
  switch (typeof key) {
    case "string":
      // Only encoded keys begin with 0.
      return key.charCodeAt(0) === 0 ? encoded(key) : key;
    case "number":
    case "boolean":
      return key;
    case "undefined":
      return null;
    case "bigint":
      return normalizeExact(key);
    default:
      return key === null ? null : encoded(key);
  }
}

function encoded(key: unknown): string {
  writer.size = 0;
  writeValue(writer, key, true);
  const { bytes, size } = writer;
  let text = "\u0000";
  for (let from = 0; from < size; from += 1024) {
    text += String.fromCharCode(...bytes.subarray(from, Math.min(size, from + 1024)));
  }
  return text;
}
