/**
 * Aggregate calls of one SELECT. While its expressions are bound over the rows, each aggregate becomes a placeholder call;
 * `overGroups` then turns an expression into one over keys and aggregates.
 */
import { BIGINT, INT } from "@millrace/core";
import { call, column, type Expression, expressionKey, literal } from "@millrace/plan";
import type { Span } from "../text/span.ts";
import { type BindContext, fail } from "./bind-context.ts";
import { aggregatesAt, type Grouping, groupId, groupingId, keyType } from "./grouping.ts";

/** An aggregate whose arguments are still expressions over the rows. */
export interface CollectedAggregate {
  readonly name: string;
  readonly args: readonly Expression[];
  /** Literals besides the arguments. */
  readonly parameters: readonly unknown[];
  readonly distinct: boolean;
  readonly filter: Expression | null;
  readonly type: Expression["type"];
}

const placeholderName = "$aggregate";
const groupingName = "$grouping";
const groupIdName = "$group_id";

export class AggregateCollector {
  readonly #aggregates: CollectedAggregate[] = [];
  readonly #indexes = new Map<string, number>();
  #usesGrouping = false;

  /** Whether GROUPING or its like is used, which makes a SELECT a grouped one. */
  get usesGrouping(): boolean {
    return this.#usesGrouping;
  }

  /** The placeholder of a function of the grouping: GROUPING, GROUPING_ID or GROUP_ID. */
  addGrouping(name: string, args: readonly Expression[]): Expression {
    this.#usesGrouping = true;
    return call(name === "GROUP_ID" ? groupIdName : groupingName, args, { ...BIGINT, nullable: false });
  }

  get aggregates(): readonly CollectedAggregate[] {
    return this.#aggregates;
  }

  /** The placeholder of an aggregate; the same aggregate twice is computed once. */
  add(aggregate: CollectedAggregate): Expression {
    const { name, args, parameters, distinct, filter } = aggregate;
    const key = [
      name,
      distinct,
      JSON.stringify(parameters),
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

type PlacedContext = BindContext & {
  readonly places: WeakMap<Expression, { readonly span: Span; readonly name: string }>;
};

function notGrouped(context: PlacedContext, expression: Expression): never {
  const place = context.places.get(expression);
  const name = place?.name ?? (expression.kind === "column" ? `column ${expression.index}` : "this");
  const hint = "add it to GROUP BY or put it into an aggregate such as MAX";
  return fail(context, place?.span ?? { start: 0, end: 0 }, `Expression '${name}' is not being grouped: ${hint}`);
}

/** An expression over the output of an aggregation (its keys, then its aggregates). */
export function overGroups(context: PlacedContext, expression: Expression, grouping: Grouping): Expression {
  const indexOf = new Map(grouping.keys.map((key, index) => [expressionKey(key), index]));
  const first = aggregatesAt(grouping);
  const visit = (node: Expression): Expression => {
    if (node.kind === "literal") return node;
    const key = indexOf.get(expressionKey(node));
    if (key !== undefined) return column(key, keyType(grouping, key));
    switch (node.kind) {
      case "column":
        return notGrouped(context, node);
      case "field":
        return { ...node, input: visit(node.input) };
      case "call": {
        if (node.name === placeholderName) {
          const index = (node.args[0] as { readonly value: number }).value;
          return column(first + index, node.type);
        }
        if (node.name === groupIdName) return groupId(grouping);
        if (node.name === groupingName) {
          return groupingId(
            grouping,
            node.args.map((arg) => indexOf.get(expressionKey(arg)) ?? notGrouped(context, arg)),
          );
        }
        return { ...node, args: node.args.map(visit) };
      }
    }
  };
  return visit(expression);
}
