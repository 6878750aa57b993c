/** EXPLAIN: the plan as text, stage by stage, a node per line, inputs indented below it. A node used twice is printed once. */
import { formatType, type OverFrame, type SortKey } from "@millrace/core";
import type { AggregateCall, Expression } from "../expression/expression.ts";
import { formatExpression } from "../expression/format-expression.ts";
import {
  inputsOf,
  type LogicalPlan,
  type OverCall,
  type PlanField,
  type TopNNode,
  type WindowNode,
  type WindowSpec,
} from "../logical/logical-plan.ts";
import {
  type CalcSpec,
  type PhysicalDeduplicate,
  type PhysicalIntervalJoin,
  type PhysicalLookupJoin,
  type PhysicalPlan,
  type PhysicalSinkConstraint,
  type PhysicalWindowTopN,
  physicalInputsOf,
} from "../physical/physical-plan.ts";
import type { PlannedJob } from "../physical/physical-planner.ts";
import { userAggregateOf } from "../user-function/user-aggregate.ts";
import { asyncCodeOf } from "../user-function/user-scalar.ts";
import { fromChangelog, toChangelog } from "./explain-changelog.ts";
import { changelogKinds, describeState, executionPlan } from "./explain-details.ts";
import { describeMatch, describeMatchOperator } from "./explain-match.ts";

export interface ExplainOptions {
  /** The kinds of rows that each operator emits. */
  readonly changelogMode?: boolean;
  /** What each operator keeps, and how large an entry is about. */
  readonly state?: boolean;
  /** The operators as JSON. */
  readonly executionPlan?: boolean;
  /** The warnings, and that there are none. */
  readonly advice?: boolean;
  /** What was measured when the plan ran, by operator id. */
  readonly measured?: ReadonlyMap<string, string>;
}

/** The three stages: as written, after the rules, as run; then the warnings, if there are any. */
export function explainJob(job: PlannedJob, options: ExplainOptions = {}): string {
  const sinks = job.sinks as readonly PhysicalPlan[];
  const describe = (node: PhysicalPlan) => describePhysicalWith(node, options);
  const sections = [
    "== Logical Plan ==",
    renderGraph(job.logical, inputsOf, describeLogical),
    "== Optimized Logical Plan ==",
    renderGraph(job.optimized, inputsOf, describeLogical),
    options.measured === undefined ? "== Physical Plan ==" : "== Physical Plan, as run ==",
    renderGraph(sinks, physicalInputsOf, describe),
  ];
  if (options.executionPlan === true) {
    sections.push(
      "== Physical Execution Plan ==",
      executionPlan(sinks, (node) => describePhysical(node)),
    );
  }
  if (options.advice === true || job.warnings.length > 0) {
    const lines = job.warnings.map(({ message }, i) => `advice[${i + 1}]: [WARNING] ${message}\n`);
    sections.push("== Advice ==", lines.length === 0 ? "No available advice.\n" : lines.join(""));
  }
  return sections.join("\n");
}

function describePhysicalWith(node: PhysicalPlan, { changelogMode, state, measured }: ExplainOptions): string {
  let line = describePhysical(node, changelogMode !== true);
  const add = (text: string) => {
    line = `${line.slice(0, -1)}${line.endsWith("()") ? "" : ", "}${text})`;
  };
  if (changelogMode === true) add(`changelogMode=[${changelogKinds(node)}]`);
  const kept = state === true ? describeState(node) : null;
  if (kept !== null) add(`keeps=[${kept}]`);
  const run = measured?.get(node.id);
  return run === undefined ? line : `${line}  {${run}}`;
}

function renderGraph<N extends object>(
  roots: readonly N[],
  inputsOfNode: (node: N) => readonly N[],
  describe: (node: N) => string,
): string {
  const uses = new Map<N, number>();
  const count = (node: N): void => {
    const seen = uses.get(node) ?? 0;
    uses.set(node, seen + 1);
    if (seen === 0) for (const input of inputsOfNode(node)) count(input);
  };
  for (const root of roots) count(root);

  const names = new Map<N, string>();
  const lines: string[] = [];
  const print = (node: N, depth: number): void => {
    const indent = "  ".repeat(depth);
    const known = names.get(node);
    if (known !== undefined) {
      lines.push(`${indent}-> reused ${known}`);
      return;
    }
    let label = "";
    if ((uses.get(node) ?? 0) > 1) {
      label = `#${names.size + 1}`;
      names.set(node, label);
    }
    lines.push(`${indent}${describe(node)}${label === "" ? "" : `  [shared ${label}]`}`);
    for (const input of inputsOfNode(node)) print(input, depth + 1);
  };
  for (const root of roots) print(root, 0);
  return `${lines.join("\n")}\n`;
}

function describeLogical(node: LogicalPlan): string {
  switch (node.kind) {
    case "scan":
      return `Scan(table=${node.table.name}, fields=[${fieldNames(node.fields)}])`;
    case "values":
      return `Values(rows=${node.rows.length}, fields=[${fieldNames(node.fields)}])`;
    case "filter":
      return `Filter(${text(node.condition, node.input.fields)})`;
    case "project": {
      const watermark = node.watermark === null ? "" : `, watermark=${text(node.watermark, node.input.fields)}`;
      return `Project(${projections(node.expressions, node.input.fields, node.fields)}${watermark})`;
    }
    case "aggregate":
      return `Aggregate(${grouping(node.keys, node.aggregates, node.input.fields)})`;
    case "window":
      return `Window(${window(node.window)}, ${windowTime(node, node.input.fields)})`;
    case "join": {
      const both = [...node.left.fields, ...node.right.fields];
      return `Join(type=${node.joinType}${node.condition === null ? "" : `, on=${text(node.condition, both)}`})`;
    }
    case "temporal-join": {
      const both = [...node.left.fields, ...node.right.fields];
      const asOf = node.versioned === null ? "processing time" : node.left.fields[node.versioned.leftTime].name;
      const on = node.condition === null ? "" : `, on=${text(node.condition, both)}`;
      return `TemporalJoin(type=${node.joinType}${on}, asOf=${asOf})`;
    }
    case "union":
      return "Union(all)";
    case "set-operation":
      return setOperation(node, "");
    case "table-function": {
      const args = node.args.map((arg) => text(arg, node.input.fields)).join(", ");
      const on = node.condition === null ? "" : `, on=${text(node.condition, node.fields)}`;
      return `TableFunction(${tableFunction(node, args)}${on})`;
    }
    case "over":
      return `Over(${partition(node.partitionKeys, node.orderBy, node.input.fields)}, calls=[${node.calls.map((each) => overCall(each, node.input.fields)).join(", ")}])`;
    case "top-n":
      return `TopN(${topN(node.partitionKeys, node)})`;
    case "match":
      return `Match(${describeMatch(node)})`;
    case "sort":
      return `Sort(${sortKeys(node.keys, node.fields)})`;
    case "limit":
      return `Limit(${limit(node)})`;
    case "to-changelog":
      return `ToChangelog(${toChangelog(node)})`;
    case "from-changelog":
      return `FromChangelog(${fromChangelog(node, node.input.fields)})`;
    case "sink":
      return `Sink(table=${node.table.name}${node.overwrite ? ", overwrite" : ""})`;
  }
}

/** One line; `showsMode`: whether an operator that updates says so at the end. */
function describePhysical(node: PhysicalPlan, showsMode = true): string {
  const clock = node.inLocalTime === true ? ", watermark in local time" : "";
  const mode = `${clock}${node.changelogMode === "append" || !showsMode ? "" : `, changelog=${node.changelogMode}`}`;
  switch (node.kind) {
    case "scan": {
      const read = [...node.readFields.map((field) => field.path.join(".")), ...node.metadata.map((each) => each.key)];
      const pushed = node.predicates.map(
        (each) => `${each.field.path.join(".")} ${each.operator} ${each.values.map(String).join(", ")}`,
      );
      const inputs = [
        ...node.readFields.map((field) => ({ name: field.path.join("."), type: field.type })),
        ...node.metadata.map((each) => ({ name: each.key, type: each.type })),
      ];
      return `${node.id}: Scan(table=${node.table.name}, connector=${node.options.connector}, read=[${read.join(", ")}]${
        pushed.length === 0 ? "" : `, pushed=[${pushed.join(" AND ")}]`
      }, ${calc(node.calc, inputs, node.fields)}${mode})`;
    }
    case "values":
      return `${node.id}: Values(rows=${node.rows.length})`;
    case "calc":
      return `${node.id}: Calc(${calc(node.calc, node.input.fields, node.fields)}${mode})`;
    case "upsert-materialize":
      return `${node.id}: UpsertMaterialize(key=[${node.keys.map((key) => node.fields[key].name).join(", ")}], state=all rows${mode})`;
    case "compacting-materialize": {
      const names = (columns: readonly number[]) => columns.map((column) => node.fields[column].name).join(", ");
      const upsertKey = node.upsertKey === null ? "" : `, upsertKey=[${names(node.upsertKey)}]`;
      return `${node.id}: CompactingMaterialize(key=[${names(node.keys)}]${upsertKey}, onConflict=${node.onConflict}, state=a row per key${mode})`;
    }
    case "sink-constraint":
      return `${node.id}: SinkConstraint(${sinkConstraint(node)}${mode})`;
    case "changelog-normalize":
      return `${node.id}: ChangelogNormalize(key=[${node.keys.map((key) => node.fields[key].name).join(", ")}], state=a row per key${ttl(node.stateTtlMs)}${mode})`;
    case "window-assign":
      return `${node.id}: WindowAssign(${window(node.window)}, ${windowTime(node, node.input.fields)})`;
    case "window-aggregate": {
      const { fields } = node.input;
      const source =
        node.window.kind === "assigned"
          ? `${window(node.window.window)}, ${windowTime(node.window, fields)}`
          : `window=[${fields[node.window.startColumn].name}, ${fields[node.window.endColumn].name})`;
      return `${node.id}: WindowAggregate(${source}, ${grouping(node.keys, node.aggregates, fields)}, properties=[${node.properties.join(", ")}]${mode})`;
    }
    case "group-aggregate":
      return `${node.id}: GroupAggregate(${grouping(node.keys, node.aggregates, node.input.fields)}${ttl(node.stateTtlMs)}${mode})`;
    case "window-join":
    case "interval-join":
    case "regular-join": {
      const keys = node.leftKeys.map((key, i) => {
        const equals = node.kind === "regular-join" && node.nullSafeKeys[i] ? "IS NOT DISTINCT FROM" : "=";
        return `${node.left.fields[key].name} ${equals} ${node.right.fields[node.rightKeys[i]].name}`;
      });
      const both = [...node.left.fields, ...node.right.fields];
      const residual = node.residual === null ? "" : `, where=${text(node.residual, both)}`;
      const kept =
        node.kind === "window-join"
          ? ", state=until the window ends"
          : node.kind === "interval-join"
            ? `, interval=${interval(node)}, state=until the watermark passes the interval`
            : `, state=left ${pruning(node.leftPruning, node.left.fields, node.leftTtlMs)}, right ${pruning(node.rightPruning, node.right.fields, node.rightTtlMs)}`;
      const name = { "window-join": "WindowJoin", "interval-join": "IntervalJoin", "regular-join": "Join" }[node.kind];
      return `${node.id}: ${name}(type=${node.joinType}, keys=[${keys.join(", ")}]${residual}${kept}${mode})`;
    }
    case "temporal-join": {
      const keys = node.leftKeys.map(
        (key, i) => `${node.left.fields[key].name} = ${node.right.fields[node.rightKeys[i]].name}`,
      );
      const both = [...node.left.fields, ...node.right.fields];
      const residual = node.residual === null ? "" : `, where=${text(node.residual, both)}`;
      const times = `${node.left.fields[node.leftTime].name}, valid from=${node.right.fields[node.rightTime].name}`;
      return `${node.id}: TemporalJoin(type=${node.joinType}, keys=[${keys.join(", ")}]${residual}, asOf=${times}, state=versions that a row may still want)`;
    }
    case "lookup-join":
      return `${node.id}: LookupJoin(${lookupJoin(node)}${mode})`;
    case "union":
      return `${node.id}: Union(all${mode})`;
    case "table-function": {
      const args = node.args.map((arg) => node.input.fields[arg].name).join(", ");
      const { condition, fields, passed } = node;
      const inCondition = [...(condition?.inputs ?? []).map((index) => fields[index]), ...fields.slice(passed)];
      const on = condition === null ? "" : `, on=${text(condition.expression, inCondition)}`;
      return `${node.id}: TableFunction(${tableFunction(node, args)}${on}${mode})`;
    }
    case "async-call": {
      const calls = node.calls.map(({ call }) => {
        const { capacity = 0, timeoutMs = 0 } = asyncCodeOf(call) ?? {};
        return `${text(call, node.input.fields)} (capacity ${capacity}, timeout ${timeoutMs} ms)`;
      });
      return `${node.id}: AsyncCall(calls=[${calls.join(", ")}]${mode})`;
    }
    case "set-operation":
      return `${node.id}: ${setOperation(node, ttl(node.stateTtlMs) + mode)}`;
    case "over": {
      const { fields } = node.input;
      const calls = node.calls.map((each) => overCall(each, fields)).join(", ");
      const by = node.time === null ? "" : `, time=${fields[node.time.column].name}`;
      const kept = node.time === null ? "all rows" : keptByFrames(node.calls);
      return `${node.id}: Over(${partition(node.keys, node.orderBy, fields)}${by}, calls=[${calls}], state=${kept} per key${ttl(node.stateTtlMs)}${mode})`;
    }
    case "top-n": {
      const kept =
        node.input.changelogMode === "append" ? `first ${node.end === 1 ? "row" : `${node.end} rows`}` : "all rows";
      return `${node.id}: TopN(${topN(node.keys, node)}, state=${kept} per key${ttl(node.stateTtlMs)}${mode})`;
    }
    case "deduplicate":
      return `${node.id}: Deduplicate(${deduplicate(node)}${mode})`;
    case "window-top-n":
      return `${node.id}: ${windowTopN(node)}${mode})`;
    case "temporal-sort":
      return `${node.id}: TemporalSort(${windowTime(node, node.fields)}${node.keys.length === 0 ? "" : `, then=[${sortKeys(node.keys, node.fields)}]`}, state=until the time is reached)`;
    case "match-recognize":
      return `${node.id}: MatchRecognize(${describeMatchOperator(node)})`;
    case "sort":
      return `${node.id}: Sort(${sortKeys(node.keys, node.fields)})`;
    case "limit":
      return `${node.id}: Limit(${limit(node)})`;
    case "stream-source":
      return `${node.id}: Source(${node.name}, ${node.boundedness})`;
    case "stream-operator":
      return `${node.id}: ${node.name}(${node.detail})`;
    case "stream-sink":
      return `${node.id}: Sink(${node.name})`;
    case "to-changelog":
      return `${node.id}: ToChangelog(${toChangelog(node)}${mode})`;
    case "from-changelog":
      return `${node.id}: FromChangelog(${fromChangelog(node, node.input.fields)}${mode})`;
    case "sink":
      return node.table === null
        ? `${node.id}: Collect(fields=[${node.fields.map((field) => `${field.name} ${formatType(field.type)}`).join(", ")}]${mode})`
        : `${node.id}: Sink(table=${node.table.name}, connector=${node.options.connector}${node.overwrite ? ", overwrite" : ""}${mode})`;
  }
}

function ttl(stateTtlMs: number): string {
  return stateTtlMs === 0 ? "" : `, ttl=${stateTtlMs} ms`;
}

function lookupJoin(node: PhysicalLookupJoin): string {
  const { input, table } = node;
  const keys = node.leftKeys.map((key, i) => `${input.fields[key].name} = ${table.fields[node.rightKeys[i]].name}`);
  const residual = node.residual === null ? "" : `, where=${text(node.residual, [...input.fields, ...table.fields])}`;
  const hint = Object.entries(node.hint).map(([option, value]) => `${option}=${value}`);
  const hints = hint.length === 0 ? "" : `, hint=[${hint.join(", ")}]`;
  return `type=${node.joinType}, keys=[${keys.join(", ")}]${residual}, table=${describePhysical(table).replace(/^.*?: /, "")}${hints}, state=none`;
}

function interval(node: PhysicalIntervalJoin): string {
  const [left, right] = [node.left.fields[node.leftTime].name, node.right.fields[node.rightTime].name];
  return `${node.lowerMs} ms <= ${right} - ${left} <= ${node.upperMs} ms`;
}

function pruning(
  rule: { readonly column: number; readonly offsetMs: number; readonly inclusive: boolean } | null,
  fields: readonly PlanField[],
  ttlMs: number,
): string {
  if (rule === null) return ttlMs === 0 ? "kept for ever" : `kept for ${ttlMs} ms`;
  const sign = rule.offsetMs < 0 ? "-" : "+";
  const kept = ttlMs === 0 ? "" : `kept for ${ttlMs} ms, `;
  return `${kept}freed when ${fields[rule.column].name} ${rule.inclusive ? "<=" : "<"} watermark ${sign} ${Math.abs(rule.offsetMs)} ms`;
}

function calc(spec: CalcSpec, inputs: readonly PlanField[], outputs: readonly PlanField[]): string {
  const parts = [projections(spec.projections, inputs, outputs)];
  if (spec.filter !== null) parts.push(`where=${text(spec.filter, inputs)}`);
  if (spec.watermark !== null) parts.push(`watermark=${text(spec.watermark, inputs)}`);
  return parts.join(", ");
}

function projections(
  expressions: readonly Expression[],
  inputs: readonly PlanField[],
  outputs: readonly PlanField[],
): string {
  const parts = expressions.map((expression, i) => {
    const written = text(expression, inputs);
    return written === outputs[i].name ? written : `${written} AS ${outputs[i].name}`;
  });
  return `select=[${parts.join(", ")}]`;
}

function grouping(keys: readonly number[], aggregates: readonly AggregateCall[], fields: readonly PlanField[]): string {
  const calls = aggregates.map((each) => {
    const columns = each.args.map((arg) => fields[arg].name);
    const parameters = (userAggregateOf(each) === null ? (each.parameters ?? []) : []).map((value) =>
      JSON.stringify(value),
    );
    const args = each.args.length === 0 ? "*" : [...columns, ...parameters].join(", ");
    const filter = each.filter === null ? "" : ` FILTER ${fields[each.filter].name}`;
    return `${each.name.toUpperCase()}(${each.distinct ? "DISTINCT " : ""}${args})${filter}`;
  });
  return `groupBy=[${keys.map((key) => fields[key].name).join(", ")}], aggregates=[${calls.join(", ")}]`;
}

function partition(keys: readonly number[], orderBy: readonly SortKey[], fields: readonly PlanField[]): string {
  const order = orderBy.length === 0 ? "" : `, orderBy=[${sortKeys(orderBy, fields)}]`;
  return `partitionBy=[${keys.map((key) => fields[key].name).join(", ")}]${order}`;
}

function topN(
  keys: readonly number[],
  node: Pick<TopNNode, "orderBy" | "start" | "end" | "withPlace"> & {
    readonly input: { readonly fields: readonly PlanField[] };
  },
): string {
  const last = node.end === Number.POSITIVE_INFINITY ? "all" : `${node.end}`;
  const places = node.start === node.end ? `place=${node.start}` : `places=${node.start} to ${last}`;
  const output = node.withPlace ? ", withPlace" : "";
  return `${partition(keys, node.orderBy, node.input.fields)}, ${places}${output}`;
}

function deduplicate(node: PhysicalDeduplicate): string {
  const { fields } = node.input;
  const kept =
    node.keep === "last"
      ? "a row per key"
      : node.timeDomain === "processing"
        ? "the keys"
        : "a row per key until the watermark reaches it, then the key";
  return `keep=${node.keep}, ${partition(node.keys, [], fields)}, ${windowTime(node, fields)}, state=${kept}${ttl(node.stateTtlMs)}`;
}

function windowTopN(node: PhysicalWindowTopN): string {
  const { fields } = node.input;
  const { startColumn, endColumn } = node.window;
  const window = `window=[${fields[startColumn].name}, ${fields[endColumn].name})`;
  const kept = "state=until the window ends";
  if (node.keep === null) return `WindowTopN(${window}, ${topN(node.keys, node)}, ${kept}`;
  const time = fields[node.orderBy[0].column].name;
  return `WindowDeduplicate(${window}, keep=${node.keep}, ${partition(node.keys, [], fields)}, time=${time}, ${kept}`;
}

function overCall(each: OverCall, fields: readonly PlanField[]): string {
  const parameters = each.parameters.map((value) => JSON.stringify(value));
  const args = [...each.args.map((arg) => fields[arg].name), ...parameters].join(", ");
  const nulls = each.ignoresNulls === null ? "" : each.ignoresNulls ? " IGNORE NULLS" : " RESPECT NULLS";
  return `${each.name.toUpperCase()}(${each.distinct ? "DISTINCT " : ""}${args})${nulls} ${frame(each.frame)}`;
}

/** What is kept where rows come in the order of time. */
function keptByFrames(calls: readonly OverCall[]): string {
  let rows = 0;
  let ms = 0;
  let sums = false;
  for (const { name, frame, parameters, ignoresNulls } of calls) {
    if (name === "lag" && ignoresNulls !== true) rows = Math.max(rows, parameters[0] as number);
    else if (frame.start === null) sums = true;
    else if (frame.mode === "rows") rows = Math.max(rows, -frame.start);
    else ms = Math.max(ms, -frame.start);
    if (frame.end !== null && frame.mode === "rows") rows = Math.max(rows, -frame.end);
    else if (frame.end !== null) ms = Math.max(ms, -frame.end);
  }
  const parts = [
    ...(sums ? ["results so far"] : []),
    ...(rows > 0 ? [`${rows} row${rows === 1 ? "" : "s"}`] : []),
    ...(ms > 0 ? [`rows of ${ms} ms`] : []),
  ];
  return parts.length === 0 ? "nothing" : parts.join(" and ");
}

function frame({ mode, start, end }: OverFrame): string {
  const bound = (value: number | null, side: string) => {
    if (value === null) return `UNBOUNDED ${side}`;
    return value === 0 ? "CURRENT ROW" : `${Math.abs(value)} ${value < 0 ? "PRECEDING" : "FOLLOWING"}`;
  };
  return `${mode.toUpperCase()} ${bound(start, "PRECEDING")} TO ${bound(end, "FOLLOWING")}`;
}

function window(spec: WindowSpec): string {
  switch (spec.kind) {
    case "tumble":
      return `TUMBLE(size=${spec.sizeMs} ms${offset(spec.offsetMs)})`;
    case "hop":
      return `HOP(slide=${spec.slideMs} ms, size=${spec.sizeMs} ms${offset(spec.offsetMs)})`;
    case "cumulate":
      return `CUMULATE(step=${spec.stepMs} ms, size=${spec.sizeMs} ms${offset(spec.offsetMs)})`;
    case "session":
      return `SESSION(gap=${spec.gapMs} ms)`;
  }
}

function windowTime(
  { timeColumn, timeDomain }: Pick<WindowNode, "timeColumn" | "timeDomain">,
  fields: readonly PlanField[],
): string {
  return `${timeDomain === "processing" ? "processing time" : "time"}=${fields[timeColumn].name}`;
}

function offset(offsetMs: number): string {
  return offsetMs === 0 ? "" : `, offset=${offsetMs} ms`;
}

function setOperation(
  { operation, all }: { readonly operation: "intersect" | "except"; readonly all: boolean },
  mode: string,
): string {
  return `${operation === "intersect" ? "Intersect" : "Except"}(${all ? "all" : "distinct"}${mode})`;
}

function tableFunction(
  node: { readonly function: string; readonly joinType: string; readonly withOrdinality: boolean },
  args: string,
): string {
  const ordinality = node.withOrdinality ? ", with ordinality" : "";
  return `type=${node.joinType}, call=${node.function.toUpperCase()}(${args})${ordinality}`;
}

function sortKeys(keys: readonly SortKey[], fields: readonly PlanField[]): string {
  return keys.map((key) => `${fields[key.column].name} ${key.descending ? "DESC" : "ASC"}`).join(", ");
}

function limit(node: { readonly limit: number | null; readonly offset: number }): string {
  return [
    ...(node.limit === null ? [] : [`limit=${node.limit}`]),
    ...(node.offset === 0 ? [] : [`offset=${node.offset}`]),
  ].join(", ");
}

function fieldNames(fields: readonly PlanField[]): string {
  return fields.map((field) => field.name).join(", ");
}

function text(expression: Expression, fields: readonly PlanField[]): string {
  return formatExpression(expression, (index) => fields[index]?.name ?? `$${index}`);
}

function sinkConstraint({ notNull, onNull, lengths, onLength }: PhysicalSinkConstraint): string {
  const names = (columns: readonly { readonly name: string }[]) => columns.map(({ name }) => name).join(", ");
  const parts = notNull.length === 0 ? [] : [`notNull=[${names(notNull)}], onNull=${onNull}`];
  if (lengths.length > 0) parts.push(`lengths=[${names(lengths)}], onLength=${onLength}`);
  return parts.join(", ");
}
