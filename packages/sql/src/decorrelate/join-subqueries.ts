/**
 * Joins sub-queries to the rows around them. As a term of WHERE or HAVING, IN and EXISTS are semi joins, NOT IN and NOT EXISTS
 * anti joins; in any other place they are mark joins, whose mark is the value. A query in the place of a value is a left join.
 *
 * Each join leaves the columns on its left where they are, so that other expressions over them stay valid.
 */
import { BOOLEAN, type JoinType } from "@millrace/core";
import {
  bindCall,
  call,
  column,
  columnsUsed,
  conjunction,
  conjuncts,
  type Expression,
  expressionKey,
  forEachNode,
  type LogicalPlan,
  literal,
  remapColumns,
  substitute,
  transform,
} from "@millrace/plan";
import { type BindContext, unsupported } from "../binder/bind-context.ts";
import { distinct, filter, project } from "../binder/build-plan.ts";
import { joinPlan } from "../binder/join-plan.ts";
import type { SubqueryCollector, SubqueryUse } from "../binder/subquery-collector.ts";
import { replaceOuter, usesOuter } from "./outer-reference.ts";
import { type Decorrelated, plainColumns, pullUp } from "./pull-up.ts";
import { decorrelateByDomain } from "./push-domain.ts";

const NOT_NULL = { ...BOOLEAN, nullable: false } as const;

/** The rows for which a condition with sub-queries is TRUE. The plan may have further columns behind those of the input. */
export function filterWithSubqueries(
  context: BindContext,
  input: LogicalPlan,
  condition: Expression,
  collector: SubqueryCollector,
): LogicalPlan {
  const terms = conjuncts(condition);
  const plain = conjunction(terms.filter((term) => !hasSubquery(term, collector)));
  const joins = new SubqueryJoins(context, plain === null ? input : restrict(input, plain), collector);
  const rest = conjunction(
    terms.filter((term) => hasSubquery(term, collector) && !joins.addTerm(term)).map((term) => joins.valueOf(term)),
  );
  return rest === null ? joins.plan : filter(joins.plan, rest);
}

/** Expressions over the rows, their sub-queries computed by joins: over `plan`, which has further columns behind the input's. */
export function joinSubqueries(
  context: BindContext,
  input: LogicalPlan,
  expressions: readonly Expression[],
  collector: SubqueryCollector,
): { readonly plan: LogicalPlan; readonly expressions: readonly Expression[] } {
  if (collector.isEmpty) return { plan: input, expressions };
  const joins = new SubqueryJoins(context, input, collector);
  const values = expressions.map((expression) => joins.valueOf(expression));
  return { plan: joins.plan, expressions: values };
}

/**
 * The rows for which a condition holds. Of a join as in `FROM a, b WHERE ...` it is part of the join's condition if that makes
 * it a join in time, whose columns keep their roles.
 */
function restrict(input: LogicalPlan, condition: Expression): LogicalPlan {
  if (input.kind === "join" && input.joinType === "inner") {
    const terms = [...conjuncts(input.condition), ...conjuncts(condition)];
    const join = joinPlan("inner", input.left, input.right, conjunction(terms));
    if (join.fields.some((field) => field.role !== undefined)) return join;
  }
  return filter(input, condition);
}

/** Whether there is a sub-query in an expression. */
export function hasSubquery(expression: Expression, collector: SubqueryCollector): boolean {
  let found = false;
  forEachNode(expression, (node) => {
    if (collector.useOf(node) !== null) found = true;
  });
  return found;
}

class SubqueryJoins {
  readonly #context: BindContext;
  readonly #collector: SubqueryCollector;
  readonly #known = new Map<string, Expression>();
  plan: LogicalPlan;

  constructor(context: BindContext, input: LogicalPlan, collector: SubqueryCollector) {
    this.#context = context;
    this.plan = input;
    this.#collector = collector;
  }

  /** The expression over `plan`, without sub-queries. */
  valueOf(expression: Expression): Expression {
    return transform(expression, (node) => {
      const use = this.#collector.useOf(node);
      if (use === null) return node;
      const key = expressionKey(node);
      let value = this.#known.get(key);
      if (value === undefined) {
        value = this.#attach(use);
        this.#known.set(key, value);
      }
      return value;
    });
  }

  /** Keeps the rows for which the term is TRUE, if it is a sub-query or the negation of one. */
  addTerm(term: Expression): boolean {
    const negated = term.kind === "call" && term.name === "not";
    const use = this.#collector.useOf(negated ? term.args[0] : term);
    if (use === null || use.subquery.kind === "scalar") return false;
    const given: SubqueryUse = { ...use, left: use.left.map((each) => this.valueOf(each)) };
    const side = this.#decorrelated(given);
    if (side.isGlobal) return false;
    const comparisons = this.#comparisons(given, side);
    this.#join(negated ? "anti" : "semi", side.plan, [...this.#conditions(given, side), ...comparisons]);
    if (negated && comparisons.some((each) => each.type.nullable)) this.#joinUnknown("anti", given, side);
    return true;
  }

  #attach(use: SubqueryUse): Expression {
    const { subquery } = use;
    const side = this.#decorrelated(use);
    if (subquery.kind === "scalar") {
      const [value] = this.#values(use, side);
      return { ...value, type: { ...value.type, nullable: true } };
    }
    if (subquery.kind === "exists") {
      if (side.isGlobal) return literal(true, NOT_NULL);
      return this.#mark(side.plan, this.#conditions(use, side));
    }
    if (side.isGlobal) {
      const values = [...use.left, ...this.#values(use, side)];
      return conjunction(subquery.comparisons.map((each) => substitute(each, values))) as Expression;
    }
    const comparisons = this.#comparisons(use, side);
    const isMatched = this.#mark(side.plan, [...this.#conditions(use, side), ...comparisons]);
    if (!comparisons.some((each) => each.type.nullable)) return isMatched;
    const isUnknown = this.#joinUnknown("mark", use, side) as Expression;
    const values = [literal(true, NOT_NULL), literal(null, BOOLEAN), literal(false, NOT_NULL)];
    return call("case", [isMatched, values[0], isUnknown, values[1], values[2]], BOOLEAN);
  }

  #decorrelated({ subquery, captured }: SubqueryUse): Decorrelated {
    const plan = subquery.kind === "exists" ? existenceOf(subquery.plan) : subquery.plan;
    const { level, span } = subquery;
    return (
      pullUp(plan, level) ??
      decorrelateByDomain(plan, {
        level,
        outer: this.plan,
        captured,
        refuse: (what) => unsupported(this.#context, span, what),
      })
    );
  }

  /** An expression over the sub-query's side and references, over this plan and the side behind it. */
  #over({ subquery, captured }: SubqueryUse, expression: Expression): Expression {
    const width = this.plan.fields.length;
    const moved = remapColumns(expression, (index) => index + width);
    return replaceOuter(moved, subquery.level, captured);
  }

  #conditions(use: SubqueryUse, side: Decorrelated): Expression[] {
    return side.conditions.map((condition) => this.#over(use, condition));
  }

  #comparisons(use: SubqueryUse, side: Decorrelated): Expression[] {
    if (use.subquery.kind !== "any") return [];
    const outputs = side.outputs.map((output) => this.#over(use, output));
    return use.subquery.comparisons.map((each) => substitute(each, [...use.left, ...outputs]));
  }

  #join(joinType: JoinType, right: LogicalPlan, terms: readonly Expression[]): void {
    this.plan = joinPlan(joinType, this.plan, right, conjunction(terms));
  }

  #mark(right: LogicalPlan, terms: readonly Expression[]): Expression {
    this.#join("mark", right, terms);
    return column(this.plan.fields.length - 1, NOT_NULL);
  }

  /** The query's columns as values: NULL, or of counts 0, where it has no row. */
  #values(use: SubqueryUse, side: Decorrelated): readonly Expression[] {
    const width = this.plan.fields.length;
    const conditions = this.#conditions(use, side);
    const values = side.outputs.map((output) =>
      transform(this.#over(use, output), (node) => {
        if (node.kind !== "column" || node.index < width) return node;
        const value = column(node.index, { ...node.type, nullable: true });
        return side.zeroes.has(node.index - width) ? bindCall("coalesce", [value, literal(0, node.type)]) : value;
      }),
    );
    this.#join("left", side.plan, conditions);
    return values;
  }

  /**
   * Joins with what makes a comparison with the query UNKNOWN for a row that matches nothing: a NULL among its values, or any
   * row of it if the row's own value is NULL.
   */
  #joinUnknown(joinType: "anti" | "mark", use: SubqueryUse, side: Decorrelated): Expression | null {
    const { level } = use.subquery;
    const [output] = side.outputs;
    const isSimple = use.left.length === 1 && side.outputs.every((each) => !usesOuter(each, level));
    const { right, terms } = isSimple
      ? this.#nullsOf(use, side, output)
      : {
          right: side.plan,
          terms: [
            ...this.#conditions(use, side),
            ...this.#comparisons(use, side).map((each) => call("is not false", [each], NOT_NULL)),
          ],
        };
    if (joinType === "mark") return this.#mark(right, terms);
    this.#join(joinType, right, terms);
    return null;
  }

  /** Of a single column it is enough to know whether there are rows, and whether there are NULLs: few rows, whatever the query. */
  #nullsOf(use: SubqueryUse, side: Decorrelated, output: Expression) {
    const [left] = use.left;
    const isNull = (expression: Expression) => call("is null", [expression], NOT_NULL);
    const used = [...new Set(side.conditions.flatMap((condition) => [...columnsUsed(condition)]))];
    const all = plainColumns(side.plan);
    // Rows with a value only matter to a left side that is NULL.
    const rows = left.type.nullable ? side.plan : filter(side.plan, isNull(output));
    const flag = output.type.nullable ? isNull(output) : literal(false, NOT_NULL);
    const names = [...used.map((index) => side.plan.fields[index].name), "$isNull"];
    const right = distinct(project(rows, names, [...used.map((index) => all[index]), flag]));
    const moved = side.conditions.map((condition) => remapColumns(condition, (index) => used.indexOf(index)));
    const terms = moved.map((condition) => this.#over(use, condition));
    if (left.type.nullable) {
      const hasNull = column(this.plan.fields.length + used.length, NOT_NULL);
      terms.push(call("or", [isNull(left), hasNull], NOT_NULL));
    }
    return { right, terms };
  }
}

/** What decides whether a query has rows: its columns, order, duplicates and limits do not. */
function existenceOf(plan: LogicalPlan): LogicalPlan {
  switch (plan.kind) {
    case "project":
      return plan.watermark === null ? existenceOf(plan.input) : plan;
    case "sort":
      return existenceOf(plan.input);
    case "limit":
      return plan.offset === 0 && plan.limit !== 0 ? existenceOf(plan.input) : plan;
    case "aggregate":
      return plan.aggregates.length === 0 && plan.keys.length > 0 ? existenceOf(plan.input) : plan;
    default:
      return plan;
  }
}
