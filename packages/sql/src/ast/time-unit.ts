import type { Span } from "../text/span.ts";

/** Units of EXTRACT, FLOOR, CEIL, TIMESTAMPADD and TIMESTAMPDIFF. */
export type TimeUnit =
  | "MILLENNIUM"
  | "CENTURY"
  | "DECADE"
  | "YEAR"
  | "QUARTER"
  | "MONTH"
  | "WEEK"
  | "DAY"
  | "HOUR"
  | "MINUTE"
  | "SECOND"
  | "MILLISECOND"
  | "MICROSECOND"
  | "NANOSECOND"
  | "DOW"
  | "ISODOW"
  | "DOY"
  | "ISOYEAR"
  | "EPOCH";

/** Units of INTERVAL literals and types. */
export type IntervalUnit = "YEAR" | "QUARTER" | "MONTH" | "WEEK" | "DAY" | "HOUR" | "MINUTE" | "SECOND" | "MILLISECOND";

/** `DAY(3) TO SECOND(6)`: `to` is null for a single unit, the precisions are null where not written. */
export interface IntervalQualifier {
  readonly kind: "IntervalQualifier";
  readonly span: Span;
  readonly from: IntervalUnit;
  readonly precision: number | null;
  readonly to: IntervalUnit | null;
  readonly fractionPrecision: number | null;
}
