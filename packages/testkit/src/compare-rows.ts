/** Rows compared as multisets: numbers by value, doubles to 1e-9. */
import { rowKindText } from "@millrace/core";
import { changeOf, type TestRow } from "./change.ts";

const TOLERANCE = 1e-9;

/** A value as text: equal for values that SQL calls equal, whatever JavaScript form they have. */
export function valueText(value: unknown): string {
  if (value === null || value === undefined) return "NULL";
  if (typeof value === "number") return Object.is(value, -0) ? "0" : String(value);
  if (typeof value === "bigint") return String(value);
  if (typeof value === "string") return JSON.stringify(value);
  if (value instanceof Uint8Array)
    return `x'${Array.from(value, (byte) => byte.toString(16).padStart(2, "0")).join("")}'`;
  if (Array.isArray(value)) return `(${value.map(valueText).join(", ")})`;
  if (value instanceof Map) {
    return `{${[...value]
      .map(([key, item]) => `${valueText(key)}: ${valueText(item)}`)
      .sort()
      .join(", ")}}`;
  }
  if (value instanceof Date) return `Date(${value.getTime()})`;
  if (typeof value === "object") {
    return `{${Object.entries(value)
      .map(([key, item]) => `${key}: ${valueText(item)}`)
      .sort()
      .join(", ")}}`;
  }
  return String(value);
}

/** `+I(1, "a")`. */
export function rowText(row: TestRow): string {
  const { kind, values } = changeOf(row);
  return `${rowKindText[kind]}${valueText(values)}`;
}

/** Equality of single values, numbers to 1e-9 of the larger. */
export function sameTestValue(a: unknown, b: unknown): boolean {
  if (typeof a === "number" && typeof b === "number") {
    return (
      a === b ||
      Math.abs(a - b) <= TOLERANCE * Math.max(Math.abs(a), Math.abs(b), 1e-300) ||
      valueText(a) === valueText(b)
    );
  }
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((item, i) => sameTestValue(item, b[i]));
  return valueText(a) === valueText(b);
}

function sameRow(a: TestRow, b: TestRow): boolean {
  const left = changeOf(a);
  const right = changeOf(b);
  return left.kind === right.kind && sameTestValue(left.values, right.values);
}

/** What differs between two multisets of rows, in lines `- missing` and `+ unexpected`; null if nothing does. */
export function compareRows(actual: readonly TestRow[], expected: readonly TestRow[]): string | null {
  const missing = new Map<string, TestRow[]>();
  for (const row of expected) {
    const text = rowText(row);
    const same = missing.get(text);
    if (same === undefined) missing.set(text, [row]);
    else same.push(row);
  }
  const unmatched = actual.filter((row) => missing.get(rowText(row))?.pop() === undefined);
  // Only doubles that were summed in another order are left: few, so pairs are tried one by one.
  const rest = [...missing.values()].flat();
  const unexpected = unmatched.filter((row) => {
    const at = rest.findIndex((other) => sameRow(row, other));
    if (at >= 0) rest.splice(at, 1);
    return at < 0;
  });
  if (rest.length === 0 && unexpected.length === 0) return null;
  return describe(rest, unexpected, actual.length, expected.length);
}

/** As `compareRows`, but the order counts. */
export function compareRowsInOrder(actual: readonly TestRow[], expected: readonly TestRow[]): string | null {
  const length = Math.max(actual.length, expected.length);
  for (let i = 0; i < length; i++) {
    if (i < actual.length && i < expected.length && sameRow(actual[i], expected[i])) continue;
    const text = describe(expected.slice(i, i + 1), actual.slice(i, i + 1), actual.length, expected.length);
    return `row ${i} differs\n${text}`;
  }
  return null;
}

function describe(missing: readonly TestRow[], unexpected: readonly TestRow[], got: number, wanted: number): string {
  const lines = [...missing.map((row) => `- ${rowText(row)}`), ...unexpected.map((row) => `+ ${rowText(row)}`)];
  const shown = lines.slice(0, 20);
  if (lines.length > shown.length) shown.push(`... and ${lines.length - shown.length} more`);
  return `${got} rows, expected ${wanted} (- missing, + unexpected)\n${shown.join("\n")}`;
}
