/** MATCH_RECOGNIZE: the pattern node, between a projection that reads what it needs and one that computes the measures. */
import { type DataType, formatType, type MatchOutput, type SortKey } from "@millrace/core";
import {
  type ColumnRole,
  call,
  column,
  type Expression,
  type LogicalPlan,
  literal,
  type MatchNode,
  type MatchValue,
  type PlanField,
  remapColumns,
} from "@millrace/plan";
import type { MatchRecognize } from "../ast/match-recognize.ts";
import type { SortItem } from "../ast/sort-item.ts";
import type { TableExpression } from "../ast/table-expression.ts";
import { type BindContext, fail, unsupported } from "./bind-context.ts";
import { bindCondition, bindExpression } from "./bind-expression.ts";
import type { BoundFrom } from "./bind-from.ts";
import { bindLiteral } from "./bind-literal.ts";
import { planField, project, uniquelyNamed } from "./build-plan.ts";
import { expressionContext } from "./expression-context.ts";
import { bindPattern, bindSkip, variableNumber } from "./match-pattern.ts";
import { type MatchFrame, MatchInputs, type MatchTime, PatternReferences } from "./pattern-references.ts";
import { sortKey } from "./sort-key.ts";

export function bindMatch(
  context: BindContext,
  node: MatchRecognize,
  bindTable: (context: BindContext, node: TableExpression) => BoundFrom,
): LogicalPlan {
  const from = bindTable(context, node.input);
  const inputs = new MatchInputs();
  const partition = bindPartition(context, node, from, inputs);
  const { orderBy, time } = bindOrder(context, node, from, inputs);
  const { pattern, variables, isFlinks } = bindPattern(context, node);
  const frame: MatchFrame = { variables, inputs, time };
  const { conditions, conditionValues } = bindDefine(context, node, from, frame);
  const measures = bindMeasures(context, node, from, frame);
  const skip = bindSkip(context, node, variables, isFlinks);
  const output = outputOf(node);

  // All rows come with all columns of the table: first the order's, behind the measures the rest.
  const passed = output === "one-row" ? null : bindPassed(from, inputs, measures.values, partition.places, orderBy);
  const needed = inputs.expressions;
  const input = project(from.plan, names(from, needed), needed);
  const match: MatchNode = {
    kind: "match",
    input,
    fields: [
      ...partition.places.map((place) => withoutTime(input.fields[place])),
      ...measures.values.map((value, i) => planField(`$${i}`, value.type, roleOf(value))),
    ],
    partitionKeys: partition.places,
    orderBy,
    timeDomain: time.isProcessing ? "processing" : "event",
    variables: variables.names,
    pattern,
    conditionValues,
    conditions,
    choice: isFlinks ? "earliest" : "preferred",
    skip,
    withinMs: bindWithin(context, node),
    output,
    measures: measures.values,
  };
  const width = partition.places.length;
  const outputs = [
    ...partition.places.map((place, i) => ({ name: input.fields[place].name, expression: own(match, i) })),
    ...(passed?.order ?? []).map(({ name, index }) => ({ name, expression: own(match, width + index) })),
    ...measures.outputs.map(({ name, expression }) => ({
      name,
      expression: remapColumns(expression, (index) => width + index),
    })),
    ...(passed?.rest ?? []).map(({ name, index }) => ({ name, expression: own(match, width + index) })),
  ];
  const plan = project(
    match,
    outputs.map(({ name }) => name),
    outputs.map(({ expression }) => expression),
  );
  const fields = plan.fields.map((field, i) => asProctime(field, outputs[i].expression));
  return uniquelyNamed({ ...plan, fields } as LogicalPlan);
}

function own(match: MatchNode, index: number): Expression {
  return column(index, match.fields[index].type);
}

/** Rows that come out have no rowtime but that of MATCH_ROWTIME. */
function withoutTime({ name, type }: PlanField): PlanField {
  return { name, type };
}

function roleOf(value: MatchValue): ColumnRole | undefined {
  return value.kind === "match-time" ? "rowtime" : undefined;
}

function asProctime(field: PlanField, expression: Expression): PlanField {
  return expression.kind === "call" && expression.name === "proctime" ? { ...field, role: "proctime" } : field;
}

/** What the columns of the projection below are called: for EXPLAIN. */
function names(from: BoundFrom, expressions: readonly Expression[]): readonly string[] {
  const nameOf = (expression: Expression): string => {
    if (expression.kind === "column") return from.plan.fields[expression.index].name;
    if (expression.kind !== "field" || expression.input.type.kind !== "row") return "$";
    return `${nameOf(expression.input)}.${expression.input.type.fields[expression.index].name}`;
  };
  return expressions.map(nameOf);
}

function bindPartition(context: BindContext, node: MatchRecognize, from: BoundFrom, inputs: MatchInputs) {
  const plain = expressionContext(context, from.scope, "PARTITION BY");
  const places = node.partitionBy.map((item) => {
    const key = bindExpression(plain, item);
    if (key.kind === "column") return inputs.place(column(key.index, key.type));
    return unsupported(context, item.span, "PARTITION BY an expression", "compute it in a sub-query");
  });
  return { places: [...new Set(places)] };
}

const order = "MATCH_RECOGNIZE needs ORDER BY a time attribute, ascending, as its first column";

function bindOrder(
  context: BindContext,
  node: MatchRecognize,
  from: BoundFrom,
  inputs: MatchInputs,
): { readonly orderBy: readonly SortKey[]; readonly time: MatchTime } {
  const [first, ...others] = node.orderBy;
  if (first === undefined) {
    const behind = node.input.span.end;
    const start = behind + /^\s*/.exec(context.text.slice(behind))![0].length;
    return fail(context, { start, end: node.span.end }, `${order}: a column with a WATERMARK, or a PROCTIME()`);
  }
  const plain = expressionContext(context, from.scope, "ORDER BY");
  const placed = (item: SortItem) => {
    const key = bindExpression(plain, item.expression);
    if (key.kind === "column") return key;
    return unsupported(context, item.span, "ORDER BY an expression in MATCH_RECOGNIZE", "compute it in a sub-query");
  };
  const time = placed(first);
  const { role, name, type } = from.plan.fields[time.index];
  if (role !== "rowtime" && role !== "window_time" && role !== "proctime") {
    fail(context, first.expression.span, `${order}; '${name}' is ${formatType(type)} without a watermark`);
  }
  if (first.direction === "DESC") fail(context, first.span, `${order}: '${name}' must not be descending`);
  const isProcessing = role === "proctime";
  if (isProcessing && others.length > 0) {
    unsupported(context, others[0].span, "a further column of ORDER BY beside a processing time");
  }
  const input = inputs.place(column(time.index, time.type));
  const orderBy = [
    { column: input, descending: false, nullsFirst: true },
    ...others.map((item) => {
      const key = placed(item);
      return sortKey(context, item, inputs.place(column(key.index, key.type)), key.type);
    }),
  ];
  return { orderBy, time: { input, type: time.type, isProcessing } };
}

function bindDefine(context: BindContext, node: MatchRecognize, from: BoundFrom, frame: MatchFrame) {
  const { names: variables } = frame.variables;
  const conditions: (Expression | null)[] = variables.map(() => null);
  const conditionValues: MatchValue[] = [];
  const defined = new Set<number>();
  for (const { name, condition } of node.define) {
    const number = variableNumber(context, variables, name);
    if (defined.has(number)) fail(context, name.span, `pattern variable '${name.name}' is defined twice`);
    defined.add(number);
    const pattern = new PatternReferences(frame, conditionValues, "DEFINE");
    const plain = expressionContext(context, from.scope, "DEFINE");
    conditions[number] = bindCondition({ ...plain, pattern }, condition, `the condition of ${name.name}`);
  }
  return { conditions, conditionValues };
}

function bindMeasures(context: BindContext, node: MatchRecognize, from: BoundFrom, frame: MatchFrame) {
  const values: MatchValue[] = [];
  // Of one row for a match there is only the final value; of many, each row's own.
  const output = outputOf(node);
  const pattern = new PatternReferences(frame, values, "MEASURES", output === "one-row");
  const plain = expressionContext(context, from.scope, "MEASURES");
  const ofMatch = output === "all-and-unmatched" ? nullUnlessMatched(values) : (measure: Expression) => measure;
  const outputs = node.measures.map(({ expression, alias }) => ({
    name: alias.name,
    expression: ofMatch(bindExpression({ ...plain, pattern }, expression)),
  }));
  return { values, outputs };
}

/** All measures of a row that is in no match are NULL. */
function nullUnlessMatched(values: MatchValue[]): (measure: Expression) => Expression {
  const type: DataType = { kind: "boolean", nullable: false };
  const index = values.push({ kind: "match-presence", type }) - 1;
  return (measure) => {
    const nullable = { ...measure.type, nullable: true };
    return call("case", [column(index, type), measure, literal(null, nullable)], nullable);
  };
}

function outputOf({ rowsPerMatch }: MatchRecognize): MatchOutput {
  switch (rowsPerMatch) {
    case null:
    case "ONE":
      return "one-row";
    case "ALL":
    case "SHOW EMPTY MATCHES":
      return "all-rows";
    case "OMIT EMPTY MATCHES":
      return "all-but-empty";
    case "WITH UNMATCHED ROWS":
      return "all-and-unmatched";
  }
}

/** The columns of the table, as measures. */
function bindPassed(
  from: BoundFrom,
  inputs: MatchInputs,
  values: MatchValue[],
  partition: readonly number[],
  orderBy: readonly SortKey[],
) {
  const passed = from.scope.columns.map(({ name, expression }) => ({ name, place: inputs.place(expression) }));
  const add = ({ name, place }: { readonly name: string; readonly place: number }) => {
    const type = inputs.expressions[place].type;
    return { name, index: values.push({ kind: "output-column", column: place, type }) - 1 };
  };
  const inOrder = orderBy.map((key) => key.column).filter((place) => !partition.includes(place));
  const isFirst = (place: number) => partition.includes(place) || inOrder.includes(place);
  return {
    order: inOrder.map((place) => add(passed.find((each) => each.place === place) ?? { name: "$order", place })),
    rest: passed.filter(({ place }) => !isFirst(place)).map(add),
  };
}

function bindWithin(context: BindContext, { within }: MatchRecognize): number | null {
  if (within === null) return null;
  const { value, type } = bindLiteral(context, within);
  if (type.kind !== "interval_day_time" || typeof value !== "number") {
    return fail(context, within.span, "WITHIN takes a constant interval of days, hours, minutes or seconds", {
      expected: ["INTERVAL '1' HOUR"],
    });
  }
  if (value <= 0) fail(context, within.span, "the interval of WITHIN must be more than 0");
  return value;
}
