import type { Span } from "../text/span.ts";
import type { Expression } from "./expression.ts";
import type { Identifier } from "./identifier.ts";
import type { SortItem } from "./sort-item.ts";

/** `(base PARTITION BY … ORDER BY … ROWS BETWEEN … AND …)` of OVER or of a WINDOW clause. */
export interface WindowSpecification {
  readonly kind: "WindowSpecification";
  readonly span: Span;
  /** The named window that this one refines. */
  readonly base: Identifier | null;
  readonly partitionBy: readonly Expression[];
  readonly orderBy: readonly SortItem[];
  readonly frame: WindowFrame | null;
}

/** `end` is null where only the start was written, which means CURRENT ROW. */
export interface WindowFrame {
  readonly kind: "WindowFrame";
  readonly span: Span;
  readonly mode: "ROWS" | "RANGE";
  readonly start: FrameBound;
  readonly end: FrameBound | null;
}

/** `offset` is set exactly for PRECEDING and FOLLOWING. */
export interface FrameBound {
  readonly kind: "FrameBound";
  readonly span: Span;
  readonly bound: "UNBOUNDED PRECEDING" | "PRECEDING" | "CURRENT ROW" | "FOLLOWING" | "UNBOUNDED FOLLOWING";
  readonly offset: Expression | null;
}

/** `WINDOW name AS (…)`. */
export interface NamedWindow {
  readonly kind: "NamedWindow";
  readonly span: Span;
  readonly name: Identifier;
  readonly specification: WindowSpecification;
}
