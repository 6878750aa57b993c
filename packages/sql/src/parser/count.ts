import type { TokenCursor } from "./token-cursor.ts";

/** A count in a place where only a plain number may stand: a length, a precision, a repetition. */
export function parseCount(cursor: TokenCursor, what: string): number {
  const { kind, value } = cursor.token;
  if (kind !== "number" || !/^[0-9]+$/.test(value)) {
    cursor.wanted(what);
    cursor.fail();
  }
  if (Number(value) > 2147483647) cursor.reject(`${value} is too large for ${what}: at most 2147483647`, cursor.token);
  cursor.advance();
  return Number(value);
}
