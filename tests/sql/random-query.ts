/**
 * Queries over given tables, made from a list of numbers: each number decides one thing, and where the list is at its end
 * everything is decided for the simplest. So a shorter list is a simpler query, and a failing one can be cut down.
 */
import {
  aggregateType,
  type Query,
  type QueryAggregate,
  type QueryExpression,
  type QueryOrder,
  type QueryType,
  type QueryWindow,
} from "@millrace/testkit";

export interface QueryTable {
  readonly name: string;
  readonly types: readonly QueryType[];
  /** A table in event time: windows are cut in it by its last column. */
  readonly isTimed?: boolean;
  /** Its rows are changed. */
  readonly isUpdating?: boolean;
}

const texts = ["a", "b", "", "aa"];

export class RandomQuery {
  readonly #choices: readonly number[];
  readonly #tables: readonly QueryTable[];
  #next = 0;
  /** Joins multiply rows, and aggregates of them grow: both are few. */
  #joins = 0;

  constructor(choices: readonly number[], tables: readonly QueryTable[]) {
    this.#choices = choices;
    this.#tables = tables;
  }

  /** A query of at most `depth` levels above its tables. */
  query(depth: number): Query {
    if (depth === 0 || this.#next >= this.#choices.length) return this.#table();
    switch (this.#choose(14)) {
      case 0:
        return this.#table();
      case 1:
        return this.#project(depth);
      case 2:
        return this.#filter(depth);
      case 3:
      case 4:
        return this.#aggregate(depth);
      case 5: {
        const input = this.query(depth - 1);
        return { kind: "distinct", input, types: input.types };
      }
      case 6:
      case 7:
        return this.#join(depth);
      case 8:
        return this.#semi(depth);
      case 9:
        return this.#scalar(depth);
      case 10:
        return this.#set(depth);
      case 11:
        return this.#topN(depth);
      case 12:
        return this.#over(depth);
      default:
        return this.#window();
    }
  }

  /** From 0 to below `count`. */
  #choose(count: number): number {
    return (this.#choices[this.#next++] ?? 0) % count;
  }

  /** Seldom true. */
  #chance(oneIn: number): boolean {
    return this.#choose(oneIn) === oneIn - 1;
  }

  #table(): Query {
    const { name, types } = this.#tables[this.#choose(this.#tables.length)];
    return { kind: "table", name, types };
  }

  #project(depth: number): Query {
    const input = this.query(depth - 1);
    const expressions = Array.from({ length: 1 + this.#choose(4) }, () =>
      this.#value(input.types, this.#type(input), 2),
    );
    return { kind: "project", input, expressions, types: expressions.map((each) => typeOf(each, input.types)) };
  }

  #filter(depth: number): Query {
    const input = this.query(depth - 1);
    return { kind: "filter", input, condition: this.#condition(input.types, 2), types: input.types };
  }

  #aggregate(depth: number): Query {
    const input = this.query(depth - 1);
    const keys = this.#columns(input, 2);
    const calls = Array.from({ length: 1 + this.#choose(3) }, () => this.#call(input.types));
    const types = [...keys.map((key) => input.types[key]), ...calls.map((call) => aggregateType(call, input.types))];
    const having = this.#chance(4) ? this.#condition(types, 1) : null;
    return { kind: "aggregate", input, keys, calls, having, types };
  }

  #join(depth: number): Query {
    const [left, right] = this.#pairOfInputs(depth);
    const kinds = ["INNER", "LEFT", "RIGHT", "FULL", "CROSS"] as const;
    const joinType = kinds[this.#choose(5)];
    const types = [...left.types, ...right.types];
    const condition = joinType === "CROSS" ? null : this.#pairCondition(left, right);
    return { kind: "join", joinType, left, right, condition, types };
  }

  #pairOfInputs(depth: number): [Query, Query] {
    this.#joins++;
    const left = this.query(depth - 1);
    return [left, this.query(this.#joins > 3 ? 0 : depth - 1 - this.#choose(depth))];
  }

  /** Mostly equalities of the two sides. */
  #pairCondition(left: Query, right: Query): QueryExpression {
    const width = left.types.length;
    const all = [...left.types, ...right.types];
    const terms: QueryExpression[] = [...this.#timeTerms(left, right)];
    for (let count = this.#choose(3); count >= 1; count--) {
      const l = this.#choose(width);
      const same = right.types.flatMap((type, i) => (type === left.types[l] ? [i] : []));
      if (same.length === 0) continue;
      const args = [column(l), column(width + same[this.#choose(same.length)])];
      terms.push({ kind: "call", name: this.#chance(6) ? "<" : "=", args });
    }
    if (terms.length === 0 || this.#chance(4)) terms.push(this.#condition(all, 1));
    return terms.reduce((a, b) => ({ kind: "call", name: "AND", args: [a, b] }));
  }

  /** The same window, or times that are close to each other. */
  #timeTerms(left: Query, right: Query): readonly QueryExpression[] {
    const timesOf = ({ types }: Query, from: number) => types.flatMap((type, i) => (type === "time" ? [i + from] : []));
    const [l, r] = [timesOf(left, 0), timesOf(right, left.types.length)];
    if (l.length === 0 || r.length === 0 || this.#choose(2) === 0) return [];
    const compare = (name: "=" | "<=", a: QueryExpression, b: QueryExpression): QueryExpression => ({
      kind: "call",
      name,
      args: [a, b],
    });
    if (left.kind === "window" && right.kind === "window")
      return [0, 1].map((i) => compare("=", column(l[i]), column(r[i])));
    const later = (at: number): QueryExpression => {
      const ms: QueryExpression = { kind: "literal", value: this.#choose(4) * 2_000, type: "number" };
      return { kind: "call", name: "SHIFT", args: [column(at), ms] };
    };
    return [compare("<=", column(l[0]), later(r[0])), compare("<=", column(r[0]), later(l[0]))];
  }

  #semi(depth: number): Query {
    const [input, other] = this.#pairOfInputs(depth);
    const { types } = input;
    const forms = ["IN", "NOT IN", "EXISTS", "NOT EXISTS"] as const;
    let form = forms[this.#choose(4)];
    const at = this.#choose(types.length);
    const same = other.types.flatMap((type, i) => (type === types[at] ? [i] : []));
    if (same.length === 0 && form.endsWith("IN")) form = "NOT EXISTS";
    const otherColumn = same[this.#choose(Math.max(1, same.length))] ?? 0;
    const isCorrelated = this.#choose(2) === 1 || form.endsWith("EXISTS");
    const condition = isCorrelated ? this.#pairCondition(input, other) : null;
    return { kind: "semi", form, input, other, column: at, otherColumn, condition, types };
  }

  #scalar(depth: number): Query {
    const [input, other] = this.#pairOfInputs(depth);
    const call = this.#call(other.types);
    const condition = this.#chance(4) ? null : this.#pairCondition(input, other);
    return { kind: "scalar", input, other, call, condition, types: [...input.types, aggregateType(call, other.types)] };
  }

  #set(depth: number): Query {
    const [left, other] = this.#pairOfInputs(depth);
    const { types } = left;
    const operation = (["UNION", "INTERSECT", "EXCEPT"] as const)[this.#choose(3)];
    const all = this.#choose(2) === 0;
    const expressions = types.map((type) => this.#value(other.types, type, 0));
    const right: Query = { kind: "project", input: other, expressions, types };
    return { kind: "set", operation, all, left, right, types };
  }

  #over(depth: number): Query {
    const input = this.query(depth - 1);
    const partition = this.#columns(input, 1);
    const order = this.#order(input);
    const given = this.#chance(4) ? null : this.#call(input.types);
    const call = given === null ? null : { ...given, distinct: false, filter: null };
    const preceding = call === null || this.#choose(2) === 0 ? null : this.#choose(3);
    const type = call === null ? "number" : aggregateType(call, input.types);
    return { kind: "over", input, partition, order, call, preceding, types: [...input.types, type] };
  }

  /** Through all columns, so that only equal rows have one place. */
  #order(input: Query): readonly QueryOrder[] {
    const first = this.#columns(input, 2);
    const rest = input.types.flatMap((_, i) => (first.includes(i) ? [] : [i]));
    return [...first, ...rest].map((at): QueryOrder => ({ column: at, descending: this.#choose(2) === 1 }));
  }

  #topN(depth: number): Query {
    const input = this.query(depth - 1);
    const partition = this.#columns(input, 1);
    const order = this.#order(input);
    const start = this.#chance(4) ? 2 : 1;
    const end = start + this.#choose(3);
    const withPlace = this.#choose(2) === 1;
    const types: readonly QueryType[] = withPlace ? [...input.types, "number"] : input.types;
    return { kind: "top-n", input, partition, order, start, end, withPlace, types };
  }

  #window(): Query {
    const timed = this.#tables.filter(({ isTimed }) => isTimed === true);
    if (timed.length === 0) return this.#table();
    const { name, types, isUpdating } = timed[this.#choose(timed.length)];
    const table: Query = { kind: "table", name, types };
    const input: Query = this.#chance(4)
      ? { kind: "filter", input: table, condition: this.#condition(types, 1), types }
      : table;
    const window = this.#windowKind(isUpdating === true ? 3 : 4);
    const timeColumn = types.length - 1;
    const keys = [...(window.kind === "SESSION" ? window.partition : this.#columns(input, 1))].filter(
      (key) => key !== timeColumn,
    );
    const calls = Array.from({ length: 1 + this.#choose(2) }, () => this.#call(types.slice(0, -1)));
    const own = [...keys.map((key) => types[key]), ...calls.map((call) => aggregateType(call, types))];
    return { kind: "window", input, window, timeColumn, keys, calls, types: ["time", "time", ...own] };
  }

  #windowKind(kinds: number): QueryWindow {
    switch (this.#choose(kinds)) {
      case 0:
        return { kind: "TUMBLE", sizeMs: 10_000 };
      case 1:
        return { kind: "HOP", sizeMs: 12_000, stepMs: 4_000 };
      case 2:
        return { kind: "CUMULATE", sizeMs: 12_000, stepMs: 4_000 };
      default:
        // Between rows exactly as far apart as the gap it depends on the watermark whether they are one session.
        return { kind: "SESSION", gapMs: 2_500, partition: this.#choose(2) === 0 ? [] : [this.#choose(2)] };
    }
  }

  #call(types: readonly QueryType[]): QueryAggregate {
    const name = (["COUNT", "SUM", "MIN", "MAX", "AVG"] as const)[this.#choose(5)];
    const fit = types.flatMap((type, i) => (type === "number" || name === "COUNT" || name.startsWith("M") ? [i] : []));
    const filter = this.#chance(5) ? this.#condition(types, 1) : null;
    const distinct = this.#chance(5);
    if (fit.length === 0 || (name === "COUNT" && this.#choose(2) === 0))
      return { name: "COUNT", column: null, distinct: false, filter };
    return { name, column: fit[this.#choose(fit.length)], distinct, filter };
  }

  /** Up to `limit` different columns. */
  #columns(input: Query, limit: number): number[] {
    const chosen = Array.from({ length: this.#choose(limit + 1) }, () => this.#choose(input.types.length));
    return [...new Set(chosen)];
  }

  #type(input: Query): QueryType {
    return input.types[this.#choose(input.types.length)];
  }

  #value(types: readonly QueryType[], type: QueryType, depth: number): QueryExpression {
    const same = types.flatMap((each, i) => (each === type ? [i] : []));
    const leaf = (): QueryExpression => {
      if (same.length > 0 && !this.#chance(5)) return column(same[this.#choose(same.length)]);
      const at = this.#choose(5);
      const value = type === "number" ? at : type === "text" ? texts[at % 4] : at * 4_000;
      return { kind: "literal", value: at === 4 ? null : value, type };
    };
    if (depth === 0) return leaf();
    const inner = (of: QueryType = type) => this.#value(types, of, depth - 1);
    switch (this.#choose(6)) {
      case 3:
        return { kind: "call", name: "COALESCE", args: [inner(), inner()] };
      case 4:
        return { kind: "call", name: "CASE", args: [this.#condition(types, 0), inner(), inner()] };
      case 5:
        return type === "number"
          ? { kind: "call", name: this.#choose(2) === 0 ? "+" : "-", args: [inner(), inner()] }
          : leaf();
      default:
        return leaf();
    }
  }

  #condition(types: readonly QueryType[], depth: number): QueryExpression {
    const kind = depth === 0 ? this.#choose(6) : this.#choose(9);
    if (kind >= 6) {
      const name = (["AND", "OR", "NOT"] as const)[kind - 6];
      const args = Array.from({ length: name === "NOT" ? 1 : 2 }, () => this.#condition(types, depth - 1));
      return { kind: "call", name, args };
    }
    const type = types[this.#choose(types.length)];
    if (kind >= 4)
      return { kind: "call", name: kind === 4 ? "IS NULL" : "IS NOT NULL", args: [this.#value(types, type, 0)] };
    const name = (["=", "<=", "<>", "IS DISTINCT FROM"] as const)[kind];
    return { kind: "call", name, args: [this.#value(types, type, 1), this.#value(types, type, 0)] };
  }
}

const column = (index: number): QueryExpression => ({ kind: "column", index });

/** Of an expression that is no condition. */
function typeOf(expression: QueryExpression, types: readonly QueryType[]): QueryType {
  if (expression.kind === "column") return types[expression.index];
  if (expression.kind === "literal") return expression.type;
  return expression.name === "CASE" ? typeOf(expression.args[1], types) : typeOf(expression.args[0], types);
}
