/** STATE_TTL('table' = '1 d', ...) behind SELECT: how long joins and aggregations of that SELECT keep what comes of a table. */
import { parseDuration } from "@millrace/core";
import type { LogicalPlan } from "@millrace/plan";
import type { Hint } from "../ast/option.ts";
import type { Span } from "../text/span.ts";
import { type BindContext, fail } from "./bind-context.ts";
import type { Scope } from "./scope.ts";

/** Ms by name of a table in FROM, and where the name stands. */
export type StateTtlHint = ReadonlyMap<string, { readonly ttlMs: number; readonly span: Span }>;

const NO_HINT: StateTtlHint = new Map();

/**
 * Of a table that is named twice in a hint the last time counts, of several hints the first, as in Flink.
 *
 * @throws SqlError for what is no `'table' = 'duration'`
 */
export function bindStateTtlHint(context: BindContext, hints: readonly Hint[]): StateTtlHint {
  const given = hints.filter(({ name }) => name === "STATE_TTL");
  if (given.length === 0) return NO_HINT;
  const ttls = new Map<string, { readonly ttlMs: number; readonly span: Span }>();
  for (const hint of given.toReversed()) {
    if (hint.arguments.length === 0)
      fail(context, hint.span, "STATE_TTL takes 'table' = 'duration', as in 'o' = '1 d'");
    for (const argument of hint.arguments) {
      if (argument.kind !== "Option") {
        return fail(context, argument.span, "STATE_TTL takes 'table' = 'duration', as in 'o' = '1 d'");
      }
      const { key, value } = argument;
      const ttlMs = parseDuration(value.value);
      if (ttlMs === undefined) {
        return fail(context, value.span, `'${value.value}' is no duration such as '30 min', '12 h' or '1 d'`);
      }
      ttls.set(key.value, { ttlMs, span: key.span });
    }
  }
  return ttls;
}

/** @throws SqlError for a name that no table of FROM has; one with an alias goes by that */
export function checkStateTtlHint(context: BindContext, hint: StateTtlHint, { tables }: Scope): void {
  const names = tables.flatMap(({ path }) => (path.length === 0 ? [] : [path[path.length - 1]]));
  for (const [name, { span }] of hint) {
    if (tables.some(({ path }) => isNamed(path, name))) continue;
    const known = names.length === 0 ? "which has no table" : `which has ${names.join(", ")}`;
    fail(context, span, `STATE_TTL names '${name}', not found in FROM, ${known}`, {
      candidates: { word: name, names },
    });
  }
}

/** The time to live of a side of FROM that is a single table; undefined if the hint says nothing of it. */
export function hintedTtlMs(hint: StateTtlHint, { tables }: Scope): number | undefined {
  if (tables.length !== 1) return undefined;
  for (const [name, { ttlMs }] of hint) if (isNamed(tables[0].path, name)) return ttlMs;
  return undefined;
}

function isNamed(path: readonly string[], name: string): boolean {
  return path.some((_, from) => path.slice(from).join(".") === name);
}

/** An aggregation over a table that the hint names. */
export function withStateTtl(plan: LogicalPlan, ttlMs: number | undefined): LogicalPlan {
  return ttlMs === undefined || plan.kind !== "aggregate" ? plan : { ...plan, stateTtlMs: ttlMs };
}
