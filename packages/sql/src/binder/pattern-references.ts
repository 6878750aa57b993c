/**
 * What stands for rows of a match in DEFINE and MEASURES: `A.price`, `LAST(A.price, 1)`, `PREV(price)`, `SUM(A.price)`,
 * `CLASSIFIER()`. Each becomes a value of the match, to which the expression around it refers as a column.
 *
 * Inside of FIRST, LAST, PREV, NEXT and aggregates an expression is over the columns of one row; all of its columns are of
 * one variable.
 */
import { BOOLEAN, type DataType, STRING } from "@millrace/core";
import {
  call,
  column,
  type Expression,
  expressionKey,
  isAggregateFunction,
  literal,
  type MatchRow,
  type MatchValue,
} from "@millrace/plan";
import type { ColumnReference, Expression as Tree } from "../ast/expression.ts";
import type { FunctionCall } from "../ast/function-call.ts";
import type { Span } from "../text/span.ts";
import { fail, unsupported } from "./bind-context.ts";
import type { ExpressionContext } from "./expression-context.ts";
import { type PatternVariables, variablesNamed } from "./match-pattern.ts";
import { aggregateCall, scalarCall } from "./typed-call.ts";

type Bind = (context: ExpressionContext, node: Tree) => Expression;
type Variables = readonly number[] | null;

/** Columns and fields of the table that patterns are looked for in; they are computed by a projection below. */
export class MatchInputs {
  readonly expressions: Expression[] = [];

  place(expression: Expression): number {
    const key = expressionKey(expression);
    const known = this.expressions.findIndex((each) => expressionKey(each) === key);
    return known >= 0 ? known : this.expressions.push(expression) - 1;
  }
}

/** The time attribute that the rows are ordered by. */
export interface MatchTime {
  readonly input: number;
  readonly type: DataType;
  readonly isProcessing: boolean;
}

/** What is the same for all references of a MATCH_RECOGNIZE. */
export interface MatchFrame {
  readonly variables: PatternVariables;
  readonly inputs: MatchInputs;
  readonly time: MatchTime;
}

/** The variable that the columns of one row belong to; undefined until there is one. */
interface Owner {
  variables: Variables | undefined;
  readonly where: string;
}

export class PatternReferences {
  readonly #frame: MatchFrame;
  readonly #clause: "DEFINE" | "MEASURES";
  readonly #values: MatchValue[];
  readonly #isFinal: boolean;
  readonly #owner: Owner | null;

  constructor(
    frame: MatchFrame,
    values: MatchValue[],
    clause: "DEFINE" | "MEASURES",
    isFinal: boolean = false,
    owner: Owner | null = null,
  ) {
    this.#frame = frame;
    this.#values = values;
    this.#clause = clause;
    this.#isFinal = isFinal;
    this.#owner = owner;
  }

  #with(change: { readonly isFinal?: boolean; readonly owner?: Owner | null }): PatternReferences {
    const { isFinal = this.#isFinal, owner = this.#owner } = change;
    return new PatternReferences(this.#frame, this.#values, this.#clause, isFinal, owner);
  }

  /** A value of the match as a column of the expression around it. */
  #value(value: MatchValue): Expression {
    const key = keyOf(value);
    let index = this.#values.findIndex((each) => keyOf(each) === key);
    if (index < 0) index = this.#values.push(value) - 1;
    return column(index, value.type);
  }

  #row(variables: Variables, place: Partial<MatchRow> = {}): MatchRow {
    return { variables, from: "last", offset: 0, shift: 0, isFinal: this.#isFinal, ...place };
  }

  /** `bindPlain` binds the name as one of the table's. */
  column(
    context: ExpressionContext,
    node: ColumnReference,
    bindPlain: (node: ColumnReference) => Expression,
  ): Expression {
    const { variables } = this.#frame;
    const [first] = node.parts;
    const isVariable = variables.names.includes(first.name) || variables.subsets.has(first.name);
    const isQualified = isVariable && node.parts.length > 1;
    const owner = isQualified ? variablesNamed(context, variables, first) : null;
    if (!isQualified && node.parts.length > 1) this.#checkQualifier(context, node);
    const expression = bindPlain(isQualified ? { ...node, parts: node.parts.slice(1) } : node);
    if (this.#owner === null) return this.#columnOf(this.#row(owner), expression);
    const known = this.#owner.variables;
    if (known !== undefined && JSON.stringify(known) !== JSON.stringify(owner)) {
      fail(context, node.span, `all columns in ${this.#owner.where} must be of one pattern variable`);
    }
    this.#owner.variables = owner;
    return expression;
  }

  /** A qualifier that is neither a variable nor a column with fields is most likely a misspelt variable. */
  #checkQualifier(context: ExpressionContext, { parts: [first] }: ColumnReference): void {
    const { tables, columns } = context.scope;
    if (columns.some((each) => each.name === first.name)) return;
    if (tables.some(({ path }) => path.includes(first.name))) return;
    variablesNamed(context, this.#frame.variables, first);
  }

  #columnOf(row: MatchRow, expression: Expression): Expression {
    const type = { ...expression.type, nullable: true };
    return this.#value({ kind: "row-column", row, column: this.#frame.inputs.place(expression), type });
  }

  /** An expression over one row: NULL if there is no such row. */
  #ofRow(row: MatchRow, expression: Expression): Expression {
    if (isPath(expression)) return this.#columnOf(row, expression);
    const overValues = this.#overPlaces(expression, (path) => this.#columnOf(row, path));
    const presence = this.#value({ kind: "row-presence", row, type: { ...BOOLEAN, nullable: false } });
    const type = { ...expression.type, nullable: true };
    return call("case", [presence, overValues, literal(null, type)], type);
  }

  #overPlaces(expression: Expression, replace: (path: Expression) => Expression): Expression {
    if (isPath(expression)) return replace(expression);
    switch (expression.kind) {
      case "call":
        return { ...expression, args: expression.args.map((arg) => this.#overPlaces(arg, replace)) };
      case "field":
        return { ...expression, input: this.#overPlaces(expression.input, replace) };
      default:
        return expression;
    }
  }

  /** `RUNNING` or `FINAL` before what it applies to. */
  semantics(
    context: ExpressionContext,
    node: { readonly span: Span; readonly semantics: "RUNNING" | "FINAL"; readonly operand: Tree },
    bind: Bind,
  ): Expression {
    if (node.semantics === "FINAL" && this.#clause === "DEFINE") {
      fail(context, node.span, "FINAL has no meaning in DEFINE: the match is not complete there");
    }
    return bind({ ...context, pattern: this.#with({ isFinal: node.semantics === "FINAL" }) }, node.operand);
  }

  /** The functions of row patterns, and aggregates; null for any other function. */
  call(context: ExpressionContext, node: FunctionCall, bind: Bind): Expression | null {
    const name = node.name.parts.map((part) => part.name.toUpperCase()).join(".");
    switch (name) {
      case "FIRST":
      case "LAST":
      case "PREV":
      case "NEXT": {
        const { row, expression } = this.#navigation(context, node, name, bind);
        return expression === "variable"
          ? this.#value({ kind: "row-variable", row, type: STRING })
          : this.#ofRow(row, expression);
      }
      case "CLASSIFIER":
        this.#refuseInside(context, node.span, name);
        return this.#value({ kind: "row-variable", row: this.#row(this.#classified(context, node)), type: STRING });
      case "MATCH_NUMBER":
        this.#onlyMeasure(context, node, name);
        return this.#value({ kind: "match-number", type: { kind: "bigint", nullable: false } });
      case "MATCH_ROWTIME":
        return this.#matchRowtime(context, node, bind);
      case "MATCH_PROCTIME":
        this.#onlyMeasure(context, node, name);
        return scalarCall(context, node.span, "proctime", []);
      default:
        return isAggregateFunction(name) ? this.#aggregate(context, node, name, bind) : null;
    }
  }

  #refuseInside(context: ExpressionContext, span: Span, name: string): void {
    if (this.#owner !== null) fail(context, span, `${name} cannot stand in ${this.#owner.where}`);
  }

  #onlyMeasure(context: ExpressionContext, node: FunctionCall, name: string): void {
    if (this.#clause !== "MEASURES") fail(context, node.span, `${name} can only stand in MEASURES`);
    this.#refuseInside(context, node.span, name);
    if (node.arguments.length > 0) fail(context, node.span, `${name} takes no argument`);
  }

  /** The variables of CLASSIFIER(A); null for CLASSIFIER(). */
  #classified(context: ExpressionContext, node: FunctionCall): Variables {
    const [argument] = node.arguments;
    if (argument === undefined) return null;
    if (node.arguments.length > 1 || argument.kind !== "ColumnReference" || argument.parts.length !== 1) {
      return fail(context, node.span, "CLASSIFIER takes a pattern variable or nothing");
    }
    return variablesNamed(context, this.#frame.variables, argument.parts[0]);
  }

  #matchRowtime(context: ExpressionContext, node: FunctionCall, bind: Bind): Expression {
    const { time, inputs } = this.#frame;
    const [argument] = node.arguments;
    this.#onlyMeasure(context, { ...node, arguments: [] }, "MATCH_ROWTIME");
    if (time.isProcessing) fail(context, node.span, "MATCH_ROWTIME needs ORDER BY a rowtime; use MATCH_PROCTIME()");
    if (argument !== undefined) {
      const owner: Owner = { variables: undefined, where: "MATCH_ROWTIME" };
      const given = node.arguments.length > 1 || argument.kind === "NamedArgument" ? null : argument;
      const expression = given === null ? null : bind({ ...context, pattern: this.#with({ owner }) }, given);
      if (expression === null || !isPath(expression) || inputs.place(expression) !== time.input) {
        fail(context, argument.span, "MATCH_ROWTIME takes the rowtime of ORDER BY, or nothing");
      }
    }
    // As in Flink, of no argument it is never NULL, and neither is it of one, but for its type.
    return this.#value({
      kind: "match-time",
      type: argument === undefined ? { ...time.type, nullable: false } : time.type,
    });
  }

  /** The row that FIRST, LAST, PREV or NEXT leads to, and what is read there. */
  #navigation(
    context: ExpressionContext,
    node: FunctionCall,
    name: "FIRST" | "LAST" | "PREV" | "NEXT",
    bind: Bind,
  ): { readonly row: MatchRow; readonly expression: Expression | "variable" } {
    this.#refuseInside(context, node.span, name);
    const isPhysical = name === "PREV" || name === "NEXT";
    const [operand, count] = this.#operands(context, node, name);
    const places = count === undefined ? (isPhysical ? 1 : 0) : offset(context, count, name);
    if (isPhysical) {
      const inner = this.#innerNavigation(context, operand, bind);
      const { row, expression } = inner ?? this.#target(context, operand, name, bind);
      return { row: { ...row, shift: name === "PREV" ? -places : places }, expression };
    }
    const { row, expression } = this.#target(context, operand, name, bind);
    return { row: { ...row, from: name === "FIRST" ? "first" : "last", offset: places }, expression };
  }

  #operands(context: ExpressionContext, node: FunctionCall, name: string): readonly [Tree, Tree | undefined] {
    const operands: Tree[] = [];
    for (const argument of node.arguments) {
      if (argument.kind === "NamedArgument") return unsupported(context, argument.span, "an argument by name");
      operands.push(argument);
    }
    const [operand, count] = operands;
    if (operand === undefined || operands.length > 2 || node.star) {
      return fail(context, node.span, `${name} takes a value and, if you like, a number: ${name}(A.price, 1)`);
    }
    return [operand, count];
  }

  /** PREV and NEXT may start from where FIRST or LAST leads. */
  #innerNavigation(context: ExpressionContext, operand: Tree, bind: Bind) {
    const running = operand.kind === "MatchSemantics" ? operand : null;
    const target = running === null ? operand : running.operand;
    if (target.kind !== "FunctionCall") return null;
    const name = target.name.parts.map((part) => part.name.toUpperCase()).join(".");
    if (name !== "FIRST" && name !== "LAST") return null;
    if (running?.semantics === "FINAL" && this.#clause === "DEFINE") {
      fail(context, running.span, "FINAL has no meaning in DEFINE: the match is not complete there");
    }
    const references = running === null ? this : this.#with({ isFinal: running.semantics === "FINAL" });
    return references.#navigation(context, target, name, bind);
  }

  #target(
    context: ExpressionContext,
    operand: Tree,
    name: string,
    bind: Bind,
  ): { readonly row: MatchRow; readonly expression: Expression | "variable" } {
    if (operand.kind === "FunctionCall" && operand.name.parts[0].name.toUpperCase() === "CLASSIFIER") {
      return { row: this.#row(this.#classified(context, operand)), expression: "variable" };
    }
    const owner: Owner = { variables: undefined, where: name };
    const expression = bind({ ...context, pattern: this.#with({ owner }) }, operand);
    return { row: this.#row(owner.variables ?? null), expression };
  }

  #aggregate(context: ExpressionContext, node: FunctionCall, name: string, bind: Bind): Expression {
    this.#refuseInside(context, node.span, `the aggregate ${name}`);
    if (node.over !== null) unsupported(context, node.span, `${name} OVER (…) in MATCH_RECOGNIZE`);
    if (node.quantifier === "DISTINCT" || name === "APPROX_COUNT_DISTINCT") {
      unsupported(context, node.span, "a DISTINCT aggregate in MATCH_RECOGNIZE");
    }
    if (node.filter !== null) unsupported(context, node.filter.span, "FILTER in MATCH_RECOGNIZE", "use CASE");
    if (node.orderBy.length > 0) unsupported(context, node.span, "ORDER BY in an aggregate");
    if (node.star && name !== "COUNT") fail(context, node.span, `${name}(*) has no meaning; only COUNT takes *`);
    const counted = node.starOf === null ? undefined : variablesNamed(context, this.#frame.variables, node.starOf);
    if (!node.star && node.arguments.length === 0) fail(context, node.span, `${name}() lacks its argument`);
    const owner: Owner = { variables: counted, where: name };
    const inner = { ...context, pattern: this.#with({ owner }) };
    const args = node.arguments.map((argument) =>
      argument.kind === "NamedArgument"
        ? unsupported(context, argument.span, "an argument by name")
        : bind(inner, argument),
    );
    const bound = aggregateCall(context, node.span, name, args);
    const overInputs = bound.args.map((arg) =>
      this.#overPlaces(arg, (path) => column(this.#frame.inputs.place(path), path.type)),
    );
    return this.#value({
      kind: "aggregation",
      variables: owner.variables ?? null,
      isFinal: this.#isFinal,
      call: { name: bound.name, args: overInputs, parameters: bound.parameters, type: bound.type },
      type: bound.type,
    });
  }
}

/** A column, or a field of one. */
function isPath(expression: Expression): boolean {
  return expression.kind === "column" || (expression.kind === "field" && isPath(expression.input));
}

function offset(context: ExpressionContext, node: Tree, name: string): number {
  if (node.kind === "NumberLiteral" && node.numberType === "integer") {
    const value = Number(node.text);
    if (Number.isSafeInteger(value) && value <= MAX_OFFSET) return value;
  }
  return fail(context, node.span, `the number of ${name} is a whole number from 0 to ${MAX_OFFSET}`);
}

const MAX_OFFSET = 1000;

/** Equal for values that are the same. */
function keyOf(value: MatchValue): string {
  return JSON.stringify(value, (_, part: unknown) => (typeof part === "bigint" ? `${part}n` : part));
}
