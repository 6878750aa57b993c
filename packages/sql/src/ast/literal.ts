import type { Span } from "../text/span.ts";
import type { IntervalQualifier } from "./time-unit.ts";

export type Literal =
  | NullLiteral
  | BooleanLiteral
  | NumberLiteral
  | StringLiteral
  | BinaryLiteral
  | TemporalLiteral
  | IntervalLiteral;

export interface NullLiteral {
  readonly kind: "NullLiteral";
  readonly span: Span;
}

/** TRUE, FALSE or UNKNOWN; UNKNOWN (`value` null) is a NULL of type BOOLEAN. */
export interface BooleanLiteral {
  readonly kind: "BooleanLiteral";
  readonly span: Span;
  readonly value: boolean | null;
}

/** Exact digits as written, without sign: `1` is integer, `1.5` and `.5` are decimal, `1e3` is double. */
export interface NumberLiteral {
  readonly kind: "NumberLiteral";
  readonly span: Span;
  readonly text: string;
  readonly numberType: "integer" | "decimal" | "double";
}

/** `value` is the text itself: quotes removed, `''` undone. */
export interface StringLiteral {
  readonly kind: "StringLiteral";
  readonly span: Span;
  readonly value: string;
}

/** `x'0aFF'`: an even number of hexadecimal digits, as written. */
export interface BinaryLiteral {
  readonly kind: "BinaryLiteral";
  readonly span: Span;
  readonly hex: string;
}

/** `DATE '…'`, `TIME '…'`, `TIMESTAMP '…'`, `TIMESTAMP WITH LOCAL TIME ZONE '…'`. The text is not yet checked. */
export interface TemporalLiteral {
  readonly kind: "TemporalLiteral";
  readonly span: Span;
  readonly temporalType: "DATE" | "TIME" | "TIMESTAMP" | "TIMESTAMP_LTZ" | "TIMESTAMP_TZ";
  readonly text: string;
}

/** `INTERVAL -'1 2:03' DAY TO MINUTE`: `negative` is the sign outside the quotes. The text is not yet checked. */
export interface IntervalLiteral {
  readonly kind: "IntervalLiteral";
  readonly span: Span;
  readonly text: string;
  readonly negative: boolean;
  readonly qualifier: IntervalQualifier;
}
