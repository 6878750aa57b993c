/** `function(...) OVER (PARTITION BY ... ORDER BY ... frame)` and `OVER name`. */
import { type DataType, formatType, type OverFrame } from "@millrace/core";
import { type BoundAggregate, type BoundOver, bindOver, type Expression, foldConstants } from "@millrace/plan";
import type { Expression as Tree } from "../ast/expression.ts";
import type { FunctionCall } from "../ast/function-call.ts";
import type { Identifier } from "../ast/identifier.ts";
import type { SortItem } from "../ast/sort-item.ts";
import type { FrameBound, WindowFrame, WindowSpecification } from "../ast/window.ts";
import { fail } from "./bind-context.ts";
import type { ExpressionContext } from "./expression-context.ts";
import type { OverOrder } from "./over-collector.ts";
import { requireOrder } from "./sort-key.ts";
import { located, scalarCall } from "./typed-call.ts";

const wholeNumbers = ["tinyint", "smallint", "int", "bigint"];
const numbers = [...wholeNumbers, "decimal", "float", "double"];

type Bind = (context: ExpressionContext, node: Tree) => Expression;

/** Functions that NULLs may be passed over in, or not. */
const takeNullTreatment = new Set(["nth_value", "lag", "lead"]);

export function bindOverCall(
  context: ExpressionContext,
  node: FunctionCall,
  over: WindowSpecification | Identifier,
  args: readonly Tree[] | ((inner: ExpressionContext) => BoundAggregate),
  bind: Bind,
): Expression {
  const name = node.name.parts.map((part) => part.name).join(".");
  const { overs } = context;
  if (overs === null || context.insideAggregate) {
    const where = context.insideAggregate ? "an aggregate or another window function" : context.clause;
    const hint = where === "WHERE" ? "; compute it in a sub-query, or use QUALIFY" : "";
    return fail(context, node.span, `window function ${name} is not allowed in ${where}${hint}`);
  }
  const inner: ExpressionContext = { ...context, overs: null, clause: "another window function" };
  const specification = over.kind === "Identifier" ? namedWindow(context, over) : refined(context, over);
  const call: BoundOver =
    typeof args === "function"
      ? { ...args(inner), takesFrame: true, needsOrder: false, otherwise: null }
      : located(
          context,
          node.span,
          () =>
            bindOver(
              name,
              args.map((arg) => bind(inner, arg)),
            ),
          name.toUpperCase(),
        );
  if (node.star && call.name !== "count") fail(context, node.span, `${name}(*) has no meaning; only COUNT takes *`);
  if (!node.star && call.name === "count" && call.args.length === 0)
    fail(context, node.span, `${name}() lacks its argument`);
  const { frame: written } = specification;
  if (!call.takesFrame && written !== null) {
    fail(context, written.span, `${name.toUpperCase()} takes no frame: leave ${written.mode} out`);
  }
  if (call.needsOrder && specification.orderBy.length === 0) {
    fail(context, node.span, `${name.toUpperCase()} needs an ORDER BY in its window`);
  }
  if (node.nullTreatment !== null && !takeNullTreatment.has(call.name)) {
    const always = call.name === "first_value" || call.name === "last_value" ? ": it always passes over NULLs" : "";
    fail(context, node.span, `${name.toUpperCase()} takes no ${node.nullTreatment} NULLS${always}`);
  }
  if (node.filter !== null) {
    fail(context, node.filter.span, "FILTER is not allowed with OVER: put a CASE into the argument");
  }
  const orderBy = specification.orderBy.map((item) => bindOrder(inner, item, bind));
  const value = overs.add({
    name: call.name,
    args: call.args,
    parameters: call.parameters,
    distinct: call.distinct || node.quantifier === "DISTINCT",
    ignoresNulls: node.nullTreatment === null ? null : node.nullTreatment === "IGNORE",
    partitionBy: specification.partitionBy.map((each) => bind(inner, each)),
    orderBy,
    frame: frameOf(inner, call, specification, orderBy, bind),
    type: call.type,
  });
  const { otherwise } = call;
  return otherwise === null ? value : scalarCall(context, node.span, "coalesce", [value, otherwise]);
}

/** Flink's order of NULLs: the smallest values. */
function bindOrder(context: ExpressionContext, item: SortItem, bind: Bind): OverOrder {
  const descending = item.direction === "DESC";
  const nullsFirst = item.nulls === null ? !descending : item.nulls === "FIRST";
  const expression = bind(context, item.expression);
  requireOrder(context, item, expression.type);
  return { expression, descending, nullsFirst };
}

function namedWindow(context: ExpressionContext, { name, span }: Identifier): WindowSpecification {
  const named = context.windows.find((each) => each.name.name === name);
  if (named === undefined) {
    const names = context.windows.map((each) => each.name.name);
    return fail(context, span, `window '${name}' not found: WINDOW ${name} AS (...) defines one`, {
      candidates: { word: name, names },
    });
  }
  // A definition may refer to those before it.
  const before = context.windows.slice(0, context.windows.indexOf(named));
  return refined({ ...context, windows: before }, named.specification);
}

/** `(name ORDER BY ...)`: the named window with what it leaves open. */
function refined(context: ExpressionContext, specification: WindowSpecification): WindowSpecification {
  const { base, partitionBy, orderBy, frame } = specification;
  if (base === null) return specification;
  const window = namedWindow(context, base);
  const clash =
    partitionBy.length > 0
      ? "PARTITION BY"
      : orderBy.length > 0 && window.orderBy.length > 0
        ? "ORDER BY"
        : window.frame !== null
          ? "a frame"
          : null;
  if (clash === "PARTITION BY")
    fail(context, specification.span, `window '${base.name}' cannot be given another PARTITION BY`);
  if (clash !== null) fail(context, specification.span, `window '${base.name}' already has ${clash}`);
  return {
    ...specification,
    base: null,
    partitionBy: window.partitionBy,
    orderBy: orderBy.length > 0 ? orderBy : window.orderBy,
    frame: frame ?? window.frame,
  };
}

/** Without a frame: up to the row and its equals, or without ORDER BY the whole partition. */
function frameOf(
  context: ExpressionContext,
  call: BoundOver,
  { frame, orderBy: items }: WindowSpecification,
  orderBy: readonly OverOrder[],
  bind: Bind,
): OverFrame {
  if (!call.takesFrame) return { mode: "rows", start: null, end: 0 };
  if (frame === null) return { mode: "range", start: null, end: items.length > 0 ? 0 : null };
  const start = boundOf(context, frame, frame.start, orderBy, bind);
  const end = frame.end === null ? 0 : boundOf(context, frame, frame.end, orderBy, bind);
  if (frame.start.bound === "UNBOUNDED FOLLOWING") {
    fail(context, frame.start.span, "a frame cannot start with UNBOUNDED FOLLOWING");
  }
  if (frame.end?.bound === "UNBOUNDED PRECEDING") {
    fail(context, frame.end.span, "a frame cannot end with UNBOUNDED PRECEDING");
  }
  if (inOrder.indexOf(frame.start.bound) > inOrder.indexOf(frame.end?.bound ?? "CURRENT ROW")) {
    fail(context, frame.span, "the frame ends before it starts");
  }
  if (start !== null && end !== null && start > end) return NO_ROWS;
  return { mode: frame.mode === "ROWS" ? "rows" : "range", start, end };
}

const inOrder: readonly FrameBound["bound"][] = [
  "UNBOUNDED PRECEDING",
  "PRECEDING",
  "CURRENT ROW",
  "FOLLOWING",
  "UNBOUNDED FOLLOWING",
];

/** `2 PRECEDING AND 3 PRECEDING`, `RANGE -1 PRECEDING`: the frames of all rows are empty. */
const NO_ROWS: OverFrame = { mode: "rows", start: 0, end: -1 };

function boundOf(
  context: ExpressionContext,
  frame: WindowFrame,
  { bound, offset, span }: FrameBound,
  orderBy: readonly OverOrder[],
  bind: Bind,
): number | null {
  if (bound === "CURRENT ROW") return 0;
  if (offset === null) return null;
  const literal = foldConstants(bind(context, offset));
  if (literal.kind !== "literal") return fail(context, span, "the bound of a frame must be a constant");
  const value = Number(literal.value);
  const signed = bound === "PRECEDING" ? -value : value;
  const { kind } = literal.type;
  if (literal.value === null) fail(context, span, "the bound of a frame is NULL");
  if (frame.mode === "ROWS") {
    if (!wholeNumbers.includes(kind)) fail(context, span, "a bound in ROWS is a number of rows");
    if (value < 0) fail(context, span, "a bound in ROWS cannot be negative");
    return signed + 0;
  }
  if (orderBy.length !== 1) fail(context, span, "RANGE with an offset needs an ORDER BY of one column");
  const { type } = orderBy[0].expression;
  const isTime = ["date", "time", "timestamp", "timestamp_ltz"].includes(type.kind);
  if (kind === "interval_year_month") fail(context, span, "an interval of months is no bound of RANGE");
  const isNumber = numbers.includes(type.kind);
  const fits = isTime ? kind === "interval_day_time" : isNumber && numbers.includes(kind);
  if (!fits) {
    const wanted = isTime ? "an INTERVAL" : "a number";
    const given = `ORDER BY is ${formatType(type)}, the offset ${formatType(literal.type)}`;
    fail(
      context,
      span,
      isTime || isNumber
        ? `the offset of RANGE must be ${wanted}: ${given}`
        : `RANGE with an offset goes over times and numbers: ${given}`,
    );
  }
  return inUnits(signed, literal.type, type) + 0;
}

/** An offset in the units of the column of ORDER BY: DECIMALs are integers of their last digit, a DATE counts days. */
function inUnits(offset: number, from: DataType, to: DataType): number {
  if (to.kind === "date") return offset / MS_PER_DAY;
  const scaleOf = (type: DataType) => (type.kind === "decimal" ? type.scale : 0);
  return offset * 10 ** (scaleOf(to) - scaleOf(from));
}

const MS_PER_DAY = 86_400_000;
