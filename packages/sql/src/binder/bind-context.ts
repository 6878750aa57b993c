import { nearest } from "@millrace/core";
import type { Expression, LogicalPlan } from "@millrace/plan";
import type { Query } from "../ast/query.ts";
import type { Span } from "../text/span.ts";
import { SqlError } from "../text/sql-error.ts";
import type { LookupHints } from "./lookup-hints.ts";
import type { Scope } from "./scope.ts";
import type { Session } from "./session.ts";
import type { StateTtlHint } from "./state-ttl-hint.ts";

/** What binding one statement needs besides its tree. */
export interface BindContext {
  readonly session: Session;
  /** The script as the user wrote it; spans are of this text. */
  readonly text: string;
  /** Queries of WITH that are in reach, the innermost last. Each is one plan however often it is used. */
  readonly commonTables: ReadonlyMap<string, LogicalPlan>;
  /** The query around the sub-query that is bound, whose columns it may use; null: there is none. */
  readonly outer: OuterQuery | null;
  /** `bindNestedQuery`, which FROM leads back to: carried here so that files import each other in one direction only. */
  readonly bindQuery: (context: BindContext, query: Query) => LogicalPlan;
  /** Of the SELECT whose FROM is bound; absent if it has none. */
  readonly stateTtl?: StateTtlHint;
  /** Of the same SELECT. */
  readonly lookupHints?: LookupHints;
}

/** A query as seen from a sub-query. */
export interface OuterQuery {
  readonly scope: Scope;
  /** 0 for the outermost. */
  readonly level: number;
  readonly parent: OuterQuery | null;
  /** What the sub-query uses of it, over the scope's plan: see `outerReference`. */
  readonly captured: Expression[];
  /** Where these stand in the text, as in ExpressionContext. */
  readonly places: WeakMap<Expression, { readonly span: Span; readonly name: string }>;
}

export interface FailureDetail {
  readonly code?: "SQL_BIND" | "SQL_UNSUPPORTED";
  readonly expected?: readonly string[];
  /** The nearest of these names to `word` is suggested. */
  readonly candidates?: { readonly word: string; readonly names: Iterable<string> };
  readonly cause?: unknown;
}

/** Throws an error with its place in the script. */
export function fail(
  context: Pick<BindContext, "text">,
  span: Span,
  message: string,
  detail: FailureDetail = {},
): never {
  const { candidates } = detail;
  const suggestion = candidates === undefined ? null : nearest(candidates.word, candidates.names);
  throw new SqlError({
    code: detail.code ?? "SQL_BIND",
    message,
    text: context.text,
    span,
    ...(detail.expected === undefined ? {} : { expected: detail.expected }),
    ...(suggestion === null ? {} : { suggestion }),
    ...(detail.cause === undefined ? {} : { cause: detail.cause }),
  });
}

/** For what is valid in the dialect but not available here: `ROLLUP is not supported yet`. */
export function unsupported(context: Pick<BindContext, "text">, span: Span, what: string, instead?: string): never {
  const message = `${what} is not supported yet${instead === undefined ? "" : `; ${instead}`}`;
  return fail(context, span, message, { code: "SQL_UNSUPPORTED" });
}
