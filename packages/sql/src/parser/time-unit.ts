import { frozen } from "../ast/frozen.ts";
import type { IntervalQualifier, IntervalUnit, TimeUnit } from "../ast/time-unit.ts";
import { parseCount } from "./count.ts";
import type { TokenCursor } from "./token-cursor.ts";

const intervalUnits = new Set<string>("YEAR QUARTER MONTH WEEK DAY HOUR MINUTE SECOND MILLISECOND".split(" "));
const timeUnits = new Set<string>([
  ..."MILLENNIUM CENTURY DECADE MICROSECOND NANOSECOND DOW ISODOW DOY ISOYEAR EPOCH".split(" "),
  ...intervalUnits,
]);
const shownUnits = ["YEAR", "QUARTER", "MONTH", "WEEK", "DAY", "HOUR", "MINUTE", "SECOND"];

/** The units' names are also accepted in the plural, and with the prefix of the JDBC syntax: `SQL_TSI_DAY`. */
function unitAt(cursor: TokenCursor, units: ReadonlySet<string>): string | null {
  const word = cursor.token.keyword.replace(/^SQL_TSI_/, "");
  if (units.has(word)) return word;
  const singular = word.endsWith("S") ? word.slice(0, -1) : word;
  return units.has(singular) ? singular : null;
}

export function parseTimeUnit(cursor: TokenCursor): TimeUnit {
  const unit = unitAt(cursor, timeUnits);
  if (unit === null) failForUnit(cursor);
  cursor.advance();
  return unit as TimeUnit;
}

function parseIntervalUnit(cursor: TokenCursor): IntervalUnit {
  const unit = unitAt(cursor, intervalUnits);
  if (unit === null) failForUnit(cursor);
  cursor.advance();
  return unit as IntervalUnit;
}

function failForUnit(cursor: TokenCursor): never {
  for (const unit of shownUnits) cursor.wanted(unit);
  cursor.fail();
}

/** `DAY(3) TO SECOND(6)`, `SECOND(3, 6)`, `MONTH`. */
export function parseIntervalQualifier(cursor: TokenCursor): IntervalQualifier {
  const start = cursor.index;
  const from = parseIntervalUnit(cursor);
  let precision: number | null = null;
  let to: IntervalUnit | null = null;
  let fractionPrecision: number | null = null;
  if (cursor.acceptSymbol("(")) {
    precision = parseCount(cursor, "a precision");
    if (from === "SECOND" && cursor.acceptSymbol(",")) fractionPrecision = parseCount(cursor, "a precision");
    cursor.expectSymbol(")");
  }
  if (cursor.isWord("TO")) {
    cursor.advance();
    to = parseIntervalUnit(cursor);
    if (to === "SECOND" && cursor.acceptSymbol("(")) {
      fractionPrecision = parseCount(cursor, "a precision");
      cursor.expectSymbol(")");
    }
  }
  return frozen({ kind: "IntervalQualifier", span: cursor.spanFrom(start), from, precision, to, fractionPrecision });
}
