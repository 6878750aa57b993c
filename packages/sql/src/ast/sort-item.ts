import type { Span } from "../text/span.ts";
import type { Expression } from "./expression.ts";

/** One item of ORDER BY; `direction` and `nulls` are null where not written. */
export interface SortItem {
  readonly kind: "SortItem";
  readonly span: Span;
  readonly expression: Expression;
  readonly direction: "ASC" | "DESC" | null;
  readonly nulls: "FIRST" | "LAST" | null;
}
