/**
 * Sub-queries in the expressions of one SELECT. While expressions are bound each becomes a placeholder call, whose arguments
 * are what it needs of the rows around it; `SubqueryJoin` then joins it to those rows.
 */
import { INT } from "@millrace/core";
import { call, type Expression, type LogicalPlan, literal } from "@millrace/plan";
import type { Span } from "../text/span.ts";

interface SubqueryBase {
  readonly plan: LogicalPlan;
  /** The level of the query around it; references to it are by index into what was captured. */
  readonly level: number;
  readonly span: Span;
  /** As it is written: equal texts in one SELECT are one sub-query, so that GROUP BY and the list can mean the same. */
  readonly text: string;
}

/** EXISTS (query). */
export interface ExistsSubquery extends SubqueryBase {
  readonly kind: "exists";
}

/** `left operator ANY (query)`, column by column for rows; IN is `= ANY`. */
export interface AnySubquery extends SubqueryBase {
  readonly kind: "any";
  /** The comparisons that must all hold, over columns 0, 1, ... for the left's and then the query's. */
  readonly comparisons: readonly Expression[];
}

/** A query of one column and at most one row as a value. */
export interface ScalarSubquery extends SubqueryBase {
  readonly kind: "scalar";
}

export type BoundSubquery = ExistsSubquery | AnySubquery | ScalarSubquery;

/** A placeholder taken apart. */
export interface SubqueryUse {
  readonly subquery: BoundSubquery;
  /** The left side of a comparison, over the rows around. */
  readonly left: readonly Expression[];
  /** What references stand for, over the rows around. */
  readonly captured: readonly Expression[];
}

const placeholderName = "$subquery";

export class SubqueryCollector {
  readonly #subqueries: BoundSubquery[] = [];

  get isEmpty(): boolean {
    return this.#subqueries.length === 0;
  }

  add(subquery: BoundSubquery, left: readonly Expression[], captured: readonly Expression[], type: Expression["type"]) {
    const isSame = ({ kind, level, text }: BoundSubquery) =>
      kind === subquery.kind && level === subquery.level && text === subquery.text;
    const known = this.#subqueries.findIndex(isSame);
    const index = known >= 0 ? known : this.#subqueries.push(subquery) - 1;
    return call(placeholderName, [literal(index, INT), ...left, ...captured], type);
  }

  /** The sub-query that a placeholder stands for; null for any other expression. */
  useOf(expression: Expression): SubqueryUse | null {
    if (expression.kind !== "call" || expression.name !== placeholderName) return null;
    const [index, ...args] = expression.args;
    const subquery = this.#subqueries[(index as { readonly value: number }).value];
    const width = subquery.kind === "any" ? subquery.comparisons.length : 0;
    return { subquery, left: args.slice(0, width), captured: args.slice(width) };
  }
}
