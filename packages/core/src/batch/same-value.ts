/** Equality of single values across columns, as keys need it. */
import type { Column } from "./column.ts";
import { wideAt } from "./column.ts";

/**
 * Whether row i of `a` and row j of `b` (of the same type) hold the same value: NULL equals NULL, NaN equals NaN, -0 equals 0,
 * a BIGINT is equal by value in `float64` and `wide` columns.
 */
export function sameValue(a: Column, i: number, b: Column, j: number): boolean {
  const aNull = a.nulls !== null && a.nulls[i] === 1;
  const bNull = b.nulls !== null && b.nulls[j] === 1;
  if (aNull || bNull) return aNull && bNull;
  switch (a.kind) {
    case "float64": {
      if (b.kind === "wide") return sameExact(b, j, a.values[i]);
      const x = a.values[i];
      const y = (b as typeof a).values[j];
      return x === y || (Number.isNaN(x) && Number.isNaN(y));
    }
    case "wide":
      if (b.kind === "float64") return sameExact(a, i, b.values[j]);
      return wideAt(a, i) === wideAt(b as typeof a, j);
    case "bool":
      return a.values[i] === (b as typeof a).values[j];
    case "utf8": {
      const other = b as typeof a;
      const length = a.ends[i] - a.starts[i];
      if (other.ends[j] - other.starts[j] !== length) return false;
      const from = a.starts[i];
      const otherFrom = other.starts[j];
      const { bytes } = a;
      const otherBytes = other.bytes;
      for (let k = 0; k < length; k++) if (bytes[from + k] !== otherBytes[otherFrom + k]) return false;
      return true;
    }
    case "value":
      return sameJavaScriptValue(a.values[i], (b as typeof a).values[j]);
  }
}

function sameExact(wide: Column & { kind: "wide" }, row: number, value: number): boolean {
  return wideAt(wide, row) === BigInt(value);
}

/** Deep equality of the values of `value` columns: arrays (ROW, ARRAY), Maps, bytes, dates and plain objects by content. */
export function sameJavaScriptValue(a: unknown, b: unknown): boolean {
  if (a === b || (Number.isNaN(a) && Number.isNaN(b))) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((value, i) => sameJavaScriptValue(value, b[i]));
  }
  if (a instanceof Map) {
    if (!(b instanceof Map) || a.size !== b.size) return false;
    // Keys may be ROWs: equal by content, and a Map's `get` knows identity only.
    const rest = [...b];
    for (const [key, value] of a) {
      const at = rest.findIndex(
        ([otherKey, other]) => sameJavaScriptValue(key, otherKey) && sameJavaScriptValue(value, other),
      );
      if (at < 0) return false;
      rest.splice(at, 1);
    }
    return true;
  }
  if (a instanceof Uint8Array) {
    return b instanceof Uint8Array && a.length === b.length && a.every((byte, i) => byte === b[i]);
  }
  if (a instanceof Date) return b instanceof Date && a.getTime() === b.getTime();
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => sameJavaScriptValue((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]))
  );
}
