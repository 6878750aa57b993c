import type { Expression } from "@millrace/plan";
import type { NamedWindow } from "../ast/window.ts";
import type { Span } from "../text/span.ts";
import type { AggregateCollector } from "./aggregate-collector.ts";
import type { BindContext } from "./bind-context.ts";
import type { GroupWindow } from "./group-window-call.ts";
import type { OverCollector } from "./over-collector.ts";
import type { PatternReferences } from "./pattern-references.ts";
import type { Scope } from "./scope.ts";
import type { SubqueryCollector } from "./subquery-collector.ts";

/** Where an expression stands: what its names mean and what it may hold. */
export interface ExpressionContext extends BindContext {
  readonly scope: Scope;
  /** For messages: "WHERE", "GROUP BY", "the SELECT list". */
  readonly clause: string;
  /** Takes the aggregate calls; null where there may be none. */
  readonly aggregates: AggregateCollector | null;
  /** Set inside the arguments of an aggregate, where there may be no other. */
  readonly insideAggregate: boolean;
  /** Takes the sub-queries; null where there may be none. */
  readonly subqueries: SubqueryCollector | null;
  /** Takes the calls of window functions; null where there may be none. */
  readonly overs: OverCollector | null;
  /** In DEFINE and MEASURES: what names and functions mean there; else null. */
  readonly pattern: PatternReferences | null;
  /** Where bound column references stand in the text, for errors that show only later. */
  readonly places: WeakMap<Expression, { readonly span: Span; readonly name: string }>;
  readonly windows: readonly NamedWindow[];
  /** The window of GROUP BY TUMBLE(…); null where there is none. */
  readonly groupWindow: GroupWindow | null;
}

export function expressionContext(
  context: BindContext,
  scope: Scope,
  clause: string,
  aggregates: AggregateCollector | null = null,
): ExpressionContext {
  return {
    ...context,
    scope,
    clause,
    aggregates,
    insideAggregate: false,
    subqueries: null,
    overs: null,
    pattern: null,
    places: new WeakMap(),
    windows: [],
    groupWindow: null,
  };
}
