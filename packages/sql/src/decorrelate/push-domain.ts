/**
 * The general way to free a sub-query of references: it is computed for all values at once that it is asked for. These are
 * the domain, the distinct values of what it takes from the query around; every part of the sub-query that refers to them is
 * joined with the domain and carries the domain's columns, and the query around is joined with the result by them.
 *
 * After Neumann and Kemper, "Unnesting Arbitrary Queries" (2015).
 */
import { BOOLEAN, isLeftOnly } from "@millrace/core";
import {
  type AggregateNode,
  bindCall,
  call,
  column,
  conjunction,
  conjuncts,
  type Expression,
  expressionsOf,
  type JoinNode,
  type LimitNode,
  type LogicalPlan,
  literal,
  type OverNode,
  remapColumns,
} from "@millrace/plan";
import { distinct, project, withoutRole } from "../binder/build-plan.ts";
import { joinPlan } from "../binder/join-plan.ts";
import { outerReference, planUsesOuter, replaceOuter, usesOuter } from "./outer-reference.ts";
import { countNames, type Decorrelated, plainColumns } from "./pull-up.ts";

export interface Correlation {
  readonly level: number;
  /** The query around. */
  readonly outer: LogicalPlan;
  /** What the sub-query takes of it: reference i is `captured[i]`, over `outer`. */
  readonly captured: readonly Expression[];
  /** Throws: `what` cannot be computed for several values at once. */
  readonly refuse: (what: string) => never;
}

export function decorrelateByDomain(node: LogicalPlan, correlation: Correlation): Decorrelated {
  const { captured, level, outer } = correlation;
  const names = captured.map((_, i) => `$outer${i}`);
  const pushed = new DomainPush(correlation, distinct(project(outer, names, captured))).push(node);
  const all = plainColumns(pushed);
  return {
    plan: pushed,
    outputs: all.slice(captured.length),
    conditions: captured.map(({ type }, i) => sameAs(outerReference(level, i, type), all[i])),
    isGlobal: false,
    zeroes: new Set(),
  };
}

function sameAs(left: Expression, right: Expression): Expression {
  return call("is not distinct from", [left, right], { ...BOOLEAN, nullable: false });
}

class DomainPush {
  readonly #level: number;
  readonly #refuse: Correlation["refuse"];
  readonly #domain: LogicalPlan;
  readonly #width: number;

  constructor({ level, refuse }: Correlation, domain: LogicalPlan) {
    this.#level = level;
    this.#refuse = refuse;
    this.#domain = domain;
    this.#width = domain.fields.length;
  }

  /** The rows of the node for each row of the domain: the domain's columns, then the node's. */
  push(node: LogicalPlan): LogicalPlan {
    if (!planUsesOuter(node, this.#level)) return this.#joined("inner", this.#domain, node, []);
    switch (node.kind) {
      case "values":
        return this.#union(node.rows.map((row) => this.#projected(this.#domain, 0, node, row)));
      case "filter": {
        const input = this.push(node.input);
        return { kind: "filter", input, fields: input.fields, condition: this.#over(node.condition, this.#width) };
      }
      case "project":
        return this.#projected(this.push(node.input), this.#width, node, node.expressions);
      case "union":
        return this.#union(node.inputs.map((input) => this.push(input)));
      case "table-function": {
        const input = this.push(node.input);
        const args = node.args.map((arg) => this.#over(arg, this.#width));
        const condition = node.condition === null ? null : this.#over(node.condition, this.#width);
        return { ...node, input, args, condition, fields: [...this.#domain.fields.map(withoutRole), ...node.fields] };
      }
      case "set-operation": {
        const [left, right] = [this.push(node.left), this.push(node.right)];
        return { ...node, left, right, fields: [...this.#domain.fields.map(withoutRole), ...node.fields] };
      }
      case "aggregate":
        return this.#pushAggregate(node);
      case "join":
        return this.#pushJoin(node);
      case "sort":
        return this.push(node.input);
      case "limit":
        return this.#pushLimit(node);
      case "over":
        return this.#pushOver(node);
      case "window":
        return this.#refuse("a window of rows that refer to the query around");
      default:
        return this.#refuse(`${node.kind.toUpperCase()} in a query that refers to the one around it`);
    }
  }

  /** The first rows for each row of the domain: a Top-N. */
  #pushLimit({ input, limit, offset }: LimitNode): LogicalPlan {
    if (limit === null) return this.#refuse("OFFSET without LIMIT in a query that refers to the one around it");
    const [rows, keys] = input.kind === "sort" ? [input.input, input.keys] : [input, []];
    const pushed = this.push(rows);
    const { fields } = pushed;
    if (limit === 0) return { kind: "values", fields, rows: [] };
    return {
      kind: "top-n",
      input: pushed,
      fields,
      partitionKeys: [...this.#domain.fields.keys()],
      orderBy: keys.map((key) => ({ ...key, column: key.column + this.#width })),
      start: offset + 1,
      end: offset + limit,
      outputs: [...fields.keys()],
      withPlace: false,
    };
  }

  #pushOver(node: OverNode): LogicalPlan {
    const input = this.push(node.input);
    const shift = (index: number) => index + this.#width;
    return {
      ...node,
      input,
      fields: [...this.#domain.fields.map(withoutRole), ...node.fields],
      partitionKeys: [...this.#domain.fields.keys(), ...node.partitionKeys.map(shift)],
      orderBy: node.orderBy.map((key) => ({ ...key, column: shift(key.column) })),
      calls: node.calls.map((each) => ({ ...each, args: each.args.map(shift) })),
    };
  }

  /** The expression over an input whose columns moved behind the domain's. */
  #over(expression: Expression, shift: number): Expression {
    const moved = remapColumns(expression, (index) => index + shift);
    return replaceOuter(moved, this.#level, plainColumns(this.#domain));
  }

  #projected(input: LogicalPlan, shift: number, node: LogicalPlan, expressions: readonly Expression[]): LogicalPlan {
    const own = plainColumns(this.#domain);
    const names = [...this.#domain.fields, ...node.fields].map((field) => field.name);
    return project(input, names, [...own, ...expressions.map((expression) => this.#over(expression, shift))]);
  }

  #union(inputs: readonly LogicalPlan[]): LogicalPlan {
    const [first] = inputs;
    return inputs.length === 1 ? first : { kind: "union", inputs, fields: first.fields.map(withoutRole) };
  }

  #pushAggregate(node: AggregateNode): LogicalPlan {
    const input = this.push(node.input);
    const width = this.#width;
    const shift = (index: number) => index + width;
    const aggregate: AggregateNode = {
      kind: "aggregate",
      input,
      keys: [...this.#domain.fields.keys(), ...node.keys.map(shift)],
      aggregates: node.aggregates.map((each) => ({
        ...each,
        args: each.args.map(shift),
        filter: each.filter === null ? null : shift(each.filter),
      })),
      fields: [...this.#domain.fields, ...node.fields],
    };
    if (node.keys.length > 0) return aggregate;
    // There is a result for values without rows too.
    const domain = plainColumns(this.#domain);
    const equal = domain.map((each) => sameAs(each, column(each.index + width, each.type)));
    const joined = this.#joined("left", this.#domain, aggregate, equal);
    const results = node.aggregates.map(({ name, type }, i): Expression => {
      const result = column(2 * width + i, { ...type, nullable: true });
      return countNames.has(name) ? bindCall("coalesce", [result, literal(0, type)]) : result;
    });
    const names = [...this.#domain.fields, ...node.fields].map((field) => field.name);
    return project(joined, names, [...domain, ...results]);
  }

  #pushJoin(node: JoinNode): LogicalPlan {
    const { joinType } = node;
    const uses = (input: LogicalPlan) => planUsesOuter(input, this.#level);
    // The side whose unmatched rows come out, or that alone comes out, has them once per row of the domain.
    const inCondition = expressionsOf(node).some((expression) => usesOuter(expression, this.#level));
    const mustLeft = joinType === "left" || joinType === "full" || isLeftOnly(joinType);
    const mustRight = joinType === "right" || joinType === "full";
    const pushesRight = mustRight || uses(node.right);
    const pushesLeft = mustLeft || uses(node.left) || (inCondition && !pushesRight);
    const left = pushesLeft ? this.push(node.left) : node.left;
    const right = pushesRight ? this.push(node.right) : node.right;
    const width = this.#width;
    const leftWidth = node.left.fields.length;
    const leftAt = pushesLeft ? width : 0;
    const rightAt = left.fields.length + (pushesRight ? width : 0);
    const place = (index: number) => (index < leftWidth ? leftAt + index : rightAt + index - leftWidth);
    const domainAt = pushesLeft ? 0 : left.fields.length;
    const terms = conjuncts(node.condition).map((term) =>
      replaceOuter(
        remapColumns(term, place),
        this.#level,
        plainColumns(this.#domain).map((each) => column(each.index + domainAt, each.type)),
      ),
    );
    if (pushesLeft && pushesRight) {
      for (const each of plainColumns(this.#domain)) {
        terms.push(sameAs(each, column(left.fields.length + each.index, each.type)));
      }
    }
    const joined = this.#joined(joinType, left, right, terms);
    if (isLeftOnly(joinType)) return joined;
    const domain = plainColumns(this.#domain).map((each): Expression => {
      const own = joined.fields[domainAt + each.index].type;
      const first = column(domainAt + each.index, own);
      if (joinType !== "right" && joinType !== "full") return first;
      // Of a row that has only a right side, the domain's columns stand there.
      const second = column(left.fields.length + each.index, { ...each.type, nullable: true });
      if (!pushesLeft) return second;
      return bindCall("coalesce", [first, second]);
    });
    const names = [...this.#domain.fields, ...node.fields].map((field) => field.name);
    const columns = node.fields.map((field, index) => column(place(index), field.type));
    return project(joined, names, [...domain, ...columns]);
  }

  #joined(
    joinType: JoinNode["joinType"],
    left: LogicalPlan,
    right: LogicalPlan,
    terms: readonly Expression[],
  ): LogicalPlan {
    return joinPlan(joinType, left, right, conjunction(terms));
  }
}
