/**
 * Aggregate calls of one SELECT. While its expressions are bound over the rows, each aggregate becomes a placeholder call;
 * `overGroups` then turns an expression into one over keys and aggregates.
 */
import { INT } from "@millrace/core";
import { call, column, type Expression, expressionKey, literal } from "@millrace/plan";
import type { Span } from "../text/span.ts";
import { type BindContext, fail } from "./bind-context.ts";

/** An aggregate whose arguments are still expressions over the rows. */
export interface CollectedAggregate {
  readonly name: string;
  readonly args: readonly Expression[];
  readonly distinct: boolean;
  readonly filter: Expression | null;
  readonly type: Expression["type"];
}

const placeholderName = "$aggregate";

export class AggregateCollector {
  readonly #aggregates: CollectedAggregate[] = [];
  readonly #indexes = new Map<string, number>();

  get aggregates(): readonly CollectedAggregate[] {
    return this.#aggregates;
  }

  /** The placeholder of an aggregate; the same aggregate twice is computed once. */
  add(aggregate: CollectedAggregate): Expression {
    const { name, args, distinct, filter } = aggregate;
    const key = [
      name,
      distinct,
      ...args.map(expressionKey),
      "filter",
      filter === null ? "" : expressionKey(filter),
    ].join();
    let index = this.#indexes.get(key);
    if (index === undefined) {
      index = this.#aggregates.push(aggregate) - 1;
      this.#indexes.set(key, index);
    }
    return call(placeholderName, [literal(index, INT)], aggregate.type);
  }
}

/** An expression over the output of an aggregation (its keys, then its aggregates). */
export function overGroups(
  context: BindContext & { readonly places: WeakMap<Expression, { readonly span: Span; readonly name: string }> },
  expression: Expression,
  keys: readonly Expression[],
): Expression {
  const indexOf = new Map(keys.map((key, index) => [expressionKey(key), index]));
  const visit = (node: Expression): Expression => {
    if (node.kind === "literal") return node;
    const key = indexOf.get(expressionKey(node));
    if (key !== undefined) return column(key, node.type);
    switch (node.kind) {
      case "column": {
        const place = context.places.get(node);
        return fail(
          context,
          place?.span ?? { start: 0, end: 0 },
          `Expression '${place?.name ?? `column ${node.index}`}' is not being grouped: add it to GROUP BY or put it into an aggregate such as MAX`,
        );
      }
      case "field":
        return { ...node, input: visit(node.input) };
      case "call": {
        if (node.name === placeholderName) {
          const index = (node.args[0] as { readonly value: number }).value;
          return column(keys.length + index, node.type);
        }
        return { ...node, args: node.args.map(visit) };
      }
    }
  };
  return visit(expression);
}
